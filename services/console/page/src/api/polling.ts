import { ApiError } from './client.ts';

/** How often a report that is looked at is asked for; mostly the answer is "not modified". */
export const pollEveryMs = 3_000;
/** The longest pause after failures in a row. */
export const pollPauseMsMax = 60_000;

/** Milliseconds until the next question, after so many failures in a row. */
export function pauseAfter({ failures, error }: { failures: number; error: unknown }): number {
  const grown = Math.min(pollEveryMs * 2 ** failures, pollPauseMsMax);
  const asked = error instanceof ApiError ? (error.retryAfterS ?? 0) * 1_000 : 0;
  return Math.min(Math.max(grown, asked), pollPauseMsMax);
}
