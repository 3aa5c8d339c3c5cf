import { expect, it } from 'vitest';
import { ApiError } from './client.ts';
import { pauseAfter, pollEveryMs, pollPauseMsMax } from './polling.ts';

it('asks every few seconds, and less often after each failure', () => {
  const pauses = [0, 1, 2, 3, 20].map((failures) => pauseAfter({ failures, error: null }));
  expect(pauses).toEqual([
    pollEveryMs,
    pollEveryMs * 2,
    pollEveryMs * 4,
    pollEveryMs * 8,
    pollPauseMsMax,
  ]);
});

it('waits as long as the server asks for, within bounds', () => {
  const after = (retryAfterS: number) =>
    pauseAfter({ failures: 1, error: new ApiError(503, 'no', retryAfterS) });
  expect(after(20)).toBe(20_000);
  expect(after(1)).toBe(pollEveryMs * 2);
  expect(after(86_400)).toBe(pollPauseMsMax);
});
