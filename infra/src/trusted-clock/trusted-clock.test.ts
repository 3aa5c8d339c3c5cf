import { epochDayOf } from '@semarak/schemas';
import { describe, expect, it } from 'vitest';
import { clockProblem } from './once.ts';
import { sinceBoot } from './since-boot.ts';
import { TrustedClock } from './trusted-clock.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const day = (text: string): number => epochDayOf(text) ?? NaN;
const noon = Date.parse('2026-12-01T05:00:00Z');

/** A machine whose clocks are moved by hand. */
function machine(start = noon) {
  let wall = start;
  let steady = 1_000;
  let uptime = 5 * dayMs;
  const wallMs = () => wall;
  return {
    wallMs,
    sinceBootMs: sinceBoot({ wallMs, steadyMs: () => steady, uptimeMs: () => uptime }),
    pass(ms: number) {
      wall += ms;
      steady += ms;
      uptime += ms;
    },
    sleep(ms: number) {
      wall += ms;
      uptime += ms;
    },
    set(byMs: number) {
      wall += byMs;
    },
  };
}

const configuration = {
  CLOCK_JUMP_MS_MAX: 12 * hourMs,
  CLOCK_AHEAD_OF_LOG_MS_MAX: 30 * dayMs,
};

describe('a clock at the start of a process', () => {
  it.each<[string, string | undefined, RegExp | undefined]>([
    ['nothing is closed yet', undefined, undefined],
    ['the system ran yesterday', '2026-11-29', undefined],
    ['the mall was closed for two weeks and nothing ran', '2026-11-14', undefined],
    ['the day was closed early by an hour', '2026-11-30', undefined],
    ['nothing ran for months, or the clock is ahead', '2026-08-01', /CLOCK_AHEAD_OF_LOG_MS_MAX/],
    ['the clock is back at some old date, or the log ahead', '2027-02-27', /is not over by it/],
  ])('%s', (_, closed, problem) => {
    const clock = new TrustedClock({ configuration, ...machine() });
    expect(clock.problem()).toContain('not compared');
    clock.compareWithLog(closed === undefined ? undefined : day(closed));
    if (problem === undefined) expect(clock.problem()).toBeUndefined();
    else expect(clock.problem()).toMatch(problem);
  });

  it('is believed when a person confirms it, and only then', () => {
    for (const [confirmedAt, isBelieved] of [
      [noon - 11 * hourMs, true],
      [noon - 13 * hourMs, false],
    ] as const) {
      const confirmed = { ...configuration, CLOCK_CONFIRMED_AT: confirmedAt };
      const clock = new TrustedClock({ configuration: confirmed, ...machine() });
      clock.compareWithLog(day('2026-08-01'));
      expect(clock.problem() === undefined).toBe(isBelieved);
    }
  });

  it('is believed once it is set right, without another start', () => {
    const at = machine(noon + 90 * dayMs);
    const clock = new TrustedClock({ configuration, ...at });
    clock.compareWithLog(day('2026-11-29'));
    expect(clock.problem()).toContain('2027-03-01T05:00:00.000Z');
    at.set(-90 * dayMs);
    clock.compareWithLog(day('2026-11-29'));
    expect(clock.problem()).toBeUndefined();
  });
});

describe('the clock of a command that writes', () => {
  const problemOf = (closed: string | undefined, confirmedAt?: number) =>
    clockProblem({
      configuration: {
        ...configuration,
        ...(confirmedAt === undefined ? {} : { CLOCK_CONFIRMED_AT: confirmedAt }),
      },
      newestClosed: closed === undefined ? undefined : day(closed),
      wallMs: () => noon,
    });

  it('is held against the log like that of a service', () => {
    expect(problemOf(undefined)).toBeUndefined();
    expect(problemOf('2026-11-29')).toBeUndefined();
    expect(problemOf('2026-08-01')).toContain('CLOCK_AHEAD_OF_LOG_MS_MAX');
    expect(problemOf('2027-02-27')).toContain('is not over by it');
  });

  it('is believed when a person confirms it', () => {
    expect(problemOf('2026-08-01', noon)).toBeUndefined();
    expect(problemOf('2026-08-01', noon - 13 * hourMs)).toContain('CLOCK_CONFIRMED_AT=2026-12-01');
  });
});

describe('a clock while a process runs', () => {
  const running = () => {
    const at = machine();
    const clock = new TrustedClock({ configuration, ...at });
    clock.compareWithLog(day('2026-11-29'));
    return { at, clock };
  };

  it('is believed through nights, quiet weeks and sleep', () => {
    const { at, clock } = running();
    for (let days = 0; days < 60; days++) {
      at.pass(14 * hourMs);
      expect(clock.problem()).toBeUndefined();
      at.sleep(10 * hourMs);
      expect(clock.problem()).toBeUndefined();
    }
    at.sleep(21 * dayMs);
    expect(clock.problem()).toBeUndefined();
  });

  it('is corrected by a time server', () => {
    const { at, clock } = running();
    for (const ms of [200, -3_000, hourMs]) {
      at.set(ms);
      at.pass(1_000);
      expect(clock.problem()).toBeUndefined();
    }
  });

  it.each([90 * dayMs, 13 * hourMs, -13 * hourMs, -3_650 * dayMs])(
    'is not believed once it was set by %i ms, until it is set back',
    (by) => {
      const { at, clock } = running();
      at.pass(hourMs);
      at.set(by);
      expect(clock.problem()).toMatch(/was set (ahead|back) by .* CLOCK_JUMP_MS_MAX/);
      at.pass(70_000);
      expect(clock.problem()).toBeDefined();
      at.set(-by);
      expect(clock.problem()).toBeUndefined();
    },
  );
});
