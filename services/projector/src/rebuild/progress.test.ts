import { describe, expect, it } from 'vitest';
import { distance } from './catching-up.ts';
import { progressLine, Rate } from './progress.ts';

describe('progress', () => {
  it.each([
    { done: 0, total: 200, recordsPerSecond: undefined, line: '0 % (0 of 200 records)' },
    {
      done: 199,
      total: 200,
      recordsPerSecond: 10.4,
      line: '99 % (199 of 200 records), 10 records/s, 1 s left',
    },
    { done: 0, total: 0, recordsPerSecond: 0, line: '100 % (0 of 0 records)' },
  ])('reads as "$line"', ({ line, ...work }) => {
    expect(progressLine(work)).toBe(line);
  });

  it('has the rate of the last ten seconds', () => {
    const rate = new Rate();
    expect(rate.observe({ done: 0, at: 0 })).toBeUndefined();
    expect(rate.observe({ done: 100, at: 1_000 })).toBe(100);
    expect(rate.observe({ done: 200, at: 11_000 })).toBe(10);
    expect(rate.observe({ done: 1_200, at: 21_000 })).toBe(100);
  });

  it('is not made up for by a partition that is ahead', () => {
    const to = new Map(Object.entries({ 'members/0': 5, 'transactions/0': 10 }));
    expect(distance({ from: new Map(), to })).toBe(15);
    expect(distance({ from: new Map([['members/0', 100]]), to })).toBe(10);
  });
});
