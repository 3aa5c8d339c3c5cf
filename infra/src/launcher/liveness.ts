import { setTimeout as sleep } from 'node:timers/promises';

/** When a program that runs counts as one that does not answer any more. Times in milliseconds. */
export interface LivenessLimits {
  /** Pause between two questions. */
  readonly askEvery: number;
  /** How long one answer may take; a busy program takes seconds. */
  readonly answerWithin: number;
  /** Questions in a row without an answer, at least … */
  readonly missedMax: number;
  /** … over this time, at least, so that neither a pause of the machine nor a busy minute counts. */
  readonly silentFor: number;
}

export const livenessDefaults: LivenessLimits = {
  askEvery: 5_000,
  answerWithin: 10_000,
  missedMax: 6,
  silentFor: 60_000,
};

interface Clock {
  readonly now: () => number;
  /** Ends early when the signal comes. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
}

const systemClock: Clock = {
  now: () => performance.now(),
  pause: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => undefined),
};

/**
 * Asks a program again and again, and resolves with how many seconds it has been silent once it is beyond the limits;
 * undefined when the signal comes first.
 *
 * @param ask Resolves with any answer at all, also one that says what the program lacks.
 */
export async function silence(
  ask: (signal: AbortSignal) => Promise<void>,
  options: { limits: LivenessLimits; signal: AbortSignal; clock?: Clock },
): Promise<number | undefined> {
  const { limits, signal, clock = systemClock } = options;
  let missed = 0;
  let since = clock.now();
  while (!signal.aborted) {
    await clock.pause(limits.askEvery, signal);
    const asked = clock.now();
    if (await answers(ask, AbortSignal.any([signal, AbortSignal.timeout(limits.answerWithin)]))) {
      missed = 0;
      continue;
    }
    if (missed === 0) since = asked;
    missed++;
    const silentMs = clock.now() - since;
    if (missed >= limits.missedMax && silentMs >= limits.silentFor)
      return Math.round(silentMs / 1_000);
  }
  return undefined;
}

async function answers(
  ask: (signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await ask(signal);
    return true;
  } catch {
    return false;
  }
}
