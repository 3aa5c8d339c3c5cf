import { describe, expect, it } from 'vitest';
import { StallWatch } from './stall-watch.ts';

const at = (position: number | undefined, high = 10) => ({
  place: 'transactions/3',
  position,
  high,
});

describe('a partition that stands still', () => {
  it('has stalled when its log goes on', () => {
    const watch = new StallWatch({ stalledAfterMs: 1_000 });
    expect(watch.observe(at(4), 0)).toBeUndefined();
    expect(watch.observe(at(4, 20), 999)).toBeUndefined();
    expect(watch.observe(at(4, 20), 1_000)).toMatch(/transactions\/3 has stood at 4 of 20 for 1 s/);
  });

  it('has stalled when it is never acquired', () => {
    const watch = new StallWatch({ stalledAfterMs: 1_000 });
    watch.observe(at(undefined), 0);
    expect(watch.observe(at(undefined), 2_000)).toMatch(/no position/);
  });

  it('has not when it moves, is at the end, or nothing could be seen', () => {
    const watch = new StallWatch({ stalledAfterMs: 1_000 });
    watch.observe(at(4), 0);
    expect(watch.observe(at(5), 5_000)).toBeUndefined();
    expect(watch.observe(at(10), 10_000)).toBeUndefined();
    expect(watch.observe(at(10, 12), 10_999)).toBeUndefined();
    watch.reset();
    expect(watch.observe(at(10, 12), 30_000)).toBeUndefined();
  });
});
