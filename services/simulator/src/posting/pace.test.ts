import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createPace } from './pace.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('lets the first go at once and the others when their time has come', async () => {
  const pace = createPace({ recordsPerSecondMax: 100 });
  const wentAt: number[] = [];
  const began = performance.now();
  const go = async (): Promise<void> => {
    await pace(50);
    wentAt.push(performance.now() - began);
  };
  const going = Promise.all([go(), go(), go()]);
  await vi.advanceTimersByTimeAsync(1_000);
  await going;
  expect(wentAt).toEqual([0, 500, 1_000]);
});

it('does not make up for a pause', async () => {
  const pace = createPace({ recordsPerSecondMax: 100 });
  await pace(10);
  await vi.advanceTimersByTimeAsync(10_000);
  await pace(10);
  const began = performance.now();
  const third = pace(10).then(() => performance.now() - began);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(await third).toBe(100);
});
