/** How far times may lie from the gateway's clock and from each other, from the configuration. */
export interface TimeLimits {
  /** Milliseconds that a time may be ahead of the gateway's clock. */
  readonly timeAheadMsMax: number;
  /** Milliseconds that a transaction may be said to have been received before it happened. */
  readonly receivedBeforeMsMax: number;
}

/** Epoch milliseconds of the gateway's clock, and what is held against it. */
export interface ClockBounds {
  readonly now: number;
  readonly times: TimeLimits;
}

/** What to send in place of a receivedAt that cannot be. */
export const receivedRemedy = 'send when it was received, or leave it out';

/** The last instant that counts as not in the future. */
export const latestOf = ({ now, times }: ClockBounds): number => now + times.timeAheadMsMax;

/**
 * What is wrong with a time that lies in the future; undefined when it does not. One that got into
 * the log would stay: a receivedAt beyond the correction window makes its sale `too_late` until a copy with the
 * right one comes, and an occurredAt with it moves the member's clock for good. `remedy` says what to send instead.
 */
export function futureProblem(
  instantMs: number,
  bounds: ClockBounds,
  remedy: string,
): string | undefined {
  if (!(instantMs > latestOf(bounds))) return undefined;
  const clock = new Date(bounds.now).toISOString();
  const limit = `${bounds.times.timeAheadMsMax} ms (TIME_AHEAD_MS_MAX)`;
  return `must be at most ${limit} ahead of the gateway’s clock, ${clock}; ${remedy}`;
}

/**
 * What is wrong with a receivedAt long before the transaction happened; undefined when it is not. The
 * newest receivedAt decides how much of a history is kept: were it to stand still while sales go on,
 * the history would grow without a bound.
 */
export function receivedBeforeProblem(
  at: { readonly receivedAt: number; readonly occurredAt: number },
  { receivedBeforeMsMax }: TimeLimits,
): string | undefined {
  if (!(at.occurredAt - at.receivedAt > receivedBeforeMsMax)) return undefined;
  const limit = `${receivedBeforeMsMax} ms (RECEIVED_BEFORE_MS_MAX)`;
  return `must be at most ${limit} before occurredAt; ${receivedRemedy}`;
}
