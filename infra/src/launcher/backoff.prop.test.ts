import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffDefaults, nextPause } from './backoff.ts';

const limits = backoffDefaults;
const pausesOf = (runs: readonly number[]): number[] => {
  let pause: number | undefined;
  return runs.map((ranMs) => (pause = nextPause(pause, { ranMs, limits })));
};

describe('the pause before a restart', () => {
  it('doubles while a program keeps dying', () => {
    expect(pausesOf([0, 0, 0, 0])).toEqual([500, 1_000, 2_000, 4_000]);
  });

  it('is bounded, never shrinks while a program keeps dying, and begins again after a healthy minute', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(120_000), { minLength: 1, maxLength: 50 }), (runs) => {
        const pauses = pausesOf(runs);
        pauses.forEach((pause, index) => {
          expect(pause).toBeGreaterThanOrEqual(limits.first);
          expect(pause).toBeLessThanOrEqual(limits.max);
          const healthy = (runs[index] ?? 0) >= limits.healthyAfter;
          if (healthy) expect(pause).toBe(limits.first);
          else expect(pause).toBeGreaterThanOrEqual(pauses[index - 1] ?? 0);
        });
      }),
    );
  });
});
