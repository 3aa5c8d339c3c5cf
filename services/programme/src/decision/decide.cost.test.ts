import { describe, expect, it } from 'vitest';
import type { MemberState } from '../history/state.ts';
import { pacificPlaceRules as rules } from '../given/pacific-place.ts';
import { after, at, enrolment, refund, sale } from '../given/records.ts';
import { encodeState } from '../encoding/state-bytes.ts';
import { decide, type MemberRecord } from './decide.ts';

const many = 10_000;
const few = 1000;

/** Every five minutes from the opening on: 10,000 sales are 35 days, all within the window. */
const sales = Array.from({ length: many }, (_, index): MemberRecord => {
  const made = sale(250_000 + (index % 20) * 50_000, {
    id: index,
    terminal: `PP-T0${String(10 + (index % 50))}`,
  });
  if (made.type !== 'TransactionRecorded') throw new Error('no sale');
  const occurredAt = at('1 12:00') + index * 300_000;
  const businessDay = Math.floor((occurredAt + 7 * 3_600_000) / 86_400_000);
  return {
    type: made.type,
    value: { ...made.value, businessDay, occurredAt, receivedAt: occurredAt },
  };
});

/** Milliseconds of processor time, the least of several runs: other processes take none of it. */
function leastMs(runs: number, work: (run: number) => void): number {
  let least = Infinity;
  for (let run = 0; run < runs; run++) {
    const before = process.cpuUsage();
    work(run);
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1000);
  }
  return least;
}

const append = (count: number): MemberState => {
  const { state } = after(rules, [enrolment()]);
  for (let index = 0; index < count; index++) {
    const record = sales[index];
    if (record !== undefined) decide(state, record, rules);
  }
  return state;
};

/**
 * 5 ms where a newest sale costs 2.5 us. Of two things measured in the same seconds the ratio stays: the milliseconds do
 * not, on a core that is shared.
 */
const refundCostInSales = 2000;

describe('the cost of a decision', () => {
  // Again when it fails: what V8 compiles beside it, and what it collects, is counted.
  it(
    `is, for a refund among ${many} sales, at most that of ${refundCostInSales} newest sales, among the first that a process sees too`,
    { retry: 2 },
    () => {
      const state = append(many);
      expect(state.sales).toHaveLength(many);
      encodeState(state);
      const returnOf = (run: number, amount?: number): void => {
        const returned = sales[5000 + run];
        if (returned?.type !== 'TransactionRecorded') throw new Error('no sale');
        const record = refund(returned, amount ?? returned.value.amount, {
          id: 90_000 + run,
          at: '2015-01-08 12:00',
        });
        expect(decide(state, record, rules).events).not.toEqual([]);
      };
      const refundOne = (run: number): void => {
        returnOf(run, 1000);
      };
      const first = leastMs(3, refundOne);
      const warm = leastMs(30, (run) => {
        refundOne(3 + run);
      });
      const encoding = leastMs(3, (run) => {
        refundOne(40 + run);
        encodeState(state);
      });
      const whole = leastMs(5, (run) => {
        returnOf(50 + run);
      });
      const limit = (leastMs(9, () => append(few)) / few) * refundCostInSales;
      const figures = [first, warm, encoding, whole].map((ms) => ms.toFixed(2)).join(', ');
      console.info(
        `a refund among ${many} sales, first, warm, encoded too, whole: ${figures} ms of ${limit.toFixed(2)}`,
      );
      expect(first).toBeLessThanOrEqual(limit);
      expect(encoding).toBeLessThanOrEqual(limit);
      expect(whole).toBeLessThanOrEqual(limit);
    },
  );

  it('does not grow with the history for a newest sale', () => {
    append(few);
    // As many sales of ten members, all kept: what the collector does is then the same for both.
    const times = many / few;
    const small = leastMs(9, () => Array.from({ length: times }, () => append(few))) / times;
    const large = leastMs(9, () => append(many));
    console.info(`${few} sales ${small.toFixed(2)} ms, ${many} sales ${large.toFixed(2)} ms`);
    expect(large).toBeLessThanOrEqual(15 * small);
  });
});
