import { describe, expect, it } from 'vitest';
import { AwakeClock } from './awake-clock.ts';

/** A clock that ticks every second; `pass` lets time go by, in milliseconds. */
function started() {
  let nowMs = 1_000_000;
  const clock = new AwakeClock({ clock: () => nowMs, gapMs: 2_000 });
  const pass = (ms: number): void => {
    nowMs += ms;
  };
  const run = (seconds: number): void => {
    for (let second = 0; second < seconds; second++) {
      pass(1_000);
      clock.tick();
    }
  };
  return { clock, pass, run };
}

describe('the time in which a process was awake', () => {
  it('is that of the clock while it runs, between ticks too', () => {
    const { clock, pass, run } = started();
    run(30);
    pass(700);
    expect(clock.now()).toBe(30_700);
  });

  it('leaves out what passed while the process stood still, however long', () => {
    const { clock, pass, run } = started();
    run(10);
    pass(3_600_000);
    expect(clock.now()).toBe(12_000);
    clock.tick();
    expect(clock.now()).toBe(12_000);
    run(10);
    expect(clock.now()).toBe(22_000);
  });

  it('never goes back', () => {
    const { clock, pass, run } = started();
    const seen: number[] = [];
    for (const ms of [0, 500, 1_999, 2_001, 90_000, 1]) {
      pass(ms);
      seen.push(clock.now());
      run(1);
      seen.push(clock.now());
    }
    expect(seen).toEqual(seen.toSorted((one, other) => one - other));
  });
});
