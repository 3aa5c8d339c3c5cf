/** The pauses before a program that died is started again. Times in milliseconds. */
export interface BackoffLimits {
  readonly first: number;
  readonly max: number;
  /** After running for this long the next death counts as the first again. */
  readonly healthyAfter: number;
}

export const backoffDefaults: BackoffLimits = { first: 500, max: 30_000, healthyAfter: 60_000 };

/** Doubles from `first` to `max`; `ranMs` is how long the program ran this time. */
export function nextPause(
  previous: number | undefined,
  run: { ranMs: number; limits: BackoffLimits },
): number {
  const { limits, ranMs } = run;
  if (previous === undefined || ranMs >= limits.healthyAfter) return limits.first;
  return Math.min(previous * 2, limits.max);
}
