import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLog } from '../observability/index.ts';
import { LagReport } from './lag-report.ts';

const log = createLog({ service: 'test', level: 'silent' });
const everyMs = 500;

function reports(
  commit: (position: number) => Promise<void> = () => Promise.resolve(),
  committed: () => Promise<number | undefined> = () => Promise.resolve(undefined),
) {
  const told: number[] = [];
  const report = new LagReport({
    log,
    everyMs,
    committed,
    commit: (position) => {
      told.push(position);
      return commit(position);
    },
  });
  return { told, report };
}

describe('how far a partition is', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('is told at once, then the newest once in a while, and the last in the end', async () => {
    const { told, report } = reports();
    for (const position of [1, 2, 3]) await report.report(position);
    expect(told).toEqual([1]);
    await vi.advanceTimersByTimeAsync(everyMs);
    expect(told).toEqual([1, 3]);
    await report.report(4);
    await vi.advanceTimersByTimeAsync(10 * everyMs);
    expect(told).toEqual([1, 3, 4]);
    await report.report(5);
    expect(told).toEqual([1, 3, 4, 5]);
  });

  it('is told at once when it is to end', async () => {
    const { told, report } = reports();
    await report.report(1);
    await report.report(2);
    await report.flush();
    expect(told).toEqual([1, 2]);
    await vi.advanceTimersByTimeAsync(10 * everyMs);
    expect(told).toEqual([1, 2]);
  });

  it('waits for the position before to be told', async () => {
    let answer = (): void => undefined;
    const { told, report } = reports(() => new Promise((resolve) => (answer = resolve)));
    void report.report(1);
    await vi.advanceTimersByTimeAsync(everyMs);
    void report.report(2);
    await vi.advanceTimersByTimeAsync(everyMs);
    expect(told).toEqual([1]);
    answer();
    await vi.advanceTimersByTimeAsync(0);
    expect(told).toEqual([1, 2]);
  });

  it('goes on when it could not be told', async () => {
    const { told, report } = reports(() => Promise.reject(new Error('no broker')));
    await report.report(1);
    await vi.advanceTimersByTimeAsync(everyMs);
    await report.report(2);
    expect(told).toEqual([1, 2]);
  });

  it('is told again until it is acknowledged, and no more', async () => {
    let failures = 2;
    const { told, report } = reports(() =>
      failures-- > 0 ? Promise.reject(new Error('the group is rebalanced')) : Promise.resolve(),
    );
    for (let check = 0; check < 6; check++) {
      await report.report(7);
      await vi.advanceTimersByTimeAsync(2 * everyMs);
    }
    expect(told).toEqual([7, 7, 7]);
  });

  it('is told after a takeover when the group has something else', async () => {
    let has: number | undefined = 7;
    const { told, report } = reports(undefined, () => Promise.resolve(has));
    await report.report(7);
    expect(told).toEqual([]);
    has = 3;
    await vi.advanceTimersByTimeAsync(everyMs);
    await report.report(7);
    expect(told).toEqual([]);
    report.forget();
    await report.report(7);
    expect(told).toEqual([7]);
  });
});
