import { describe, expect, it } from 'vitest';
import { StartWatch, type Work } from './start-watch.ts';

/** Looks every second; what the program has done by then, from how many seconds have passed. */
function silentAfter(seconds: number, work: (second: number) => Partial<Work>): number {
  const watch = new StartWatch(0);
  for (let second = 0; second <= seconds; second++)
    watch.saw({ cpuMs: 0, logBytes: 0, ...work(second) }, second * 1_000);
  return watch.silentMs(seconds * 1_000);
}

describe('a program that is starting', () => {
  it('is silent while it does nothing', () => {
    expect(silentAfter(90, () => ({}))).toBe(90_000);
    expect(silentAfter(90, () => ({ cpuMs: 700, logBytes: 1_000 }))).toBe(90_000);
  });

  it('is not while it writes to its log', () => {
    expect(silentAfter(90, (second) => ({ logBytes: second }))).toBe(0);
    expect(silentAfter(90, (second) => ({ logBytes: Math.floor(second / 40) }))).toBe(10_000);
  });

  it('is not while it gets a fiftieth of a core, and is with what waiting takes', () => {
    expect(silentAfter(90, (second) => ({ cpuMs: 30 * second }))).toBe(0);
    expect(silentAfter(93, (second) => ({ cpuMs: 30 * second }))).toBe(3_000);
    expect(silentAfter(90, (second) => ({ cpuMs: 10 * second }))).toBe(90_000);
  });

  it('is not while it answers that it is not ready', () => {
    const watch = new StartWatch(0);
    watch.answered(50_000);
    expect(watch.silentMs(61_000)).toBe(11_000);
  });
});
