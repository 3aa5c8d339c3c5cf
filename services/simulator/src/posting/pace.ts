/** Resolves when so many records may be sent. */
export type Pace = (records: number) => Promise<void>;

/**
 * Lets at most so many records a second go, all callers together, evenly from the first on; what was
 * not used in a pause is not made up for.
 */
export function createPace({ recordsPerSecondMax }: { recordsPerSecondMax: number }): Pace {
  let nextAt = performance.now();
  return async (records) => {
    const now = performance.now();
    const startAt = Math.max(now, nextAt);
    nextAt = startAt + (records * 1_000) / recordsPerSecondMax;
    if (startAt > now) await new Promise((resolve) => setTimeout(resolve, startAt - now));
  };
}
