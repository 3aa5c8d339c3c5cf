import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Records, RecordsOf, Typed } from '@semarak/schemas';
import { Comparison, correctionOrdinalMin } from './comparison.ts';
import { StandingRights, type Entitlement } from './rights.ts';
import { SourceHistory } from './source-history.ts';

type Written = Exclude<Typed<RecordsOf<'entitlements'>>, { readonly type: 'GiftHandedOver' }>;

const sourcePartition = 4;
const restartedAt = 1_796_000_000_000;

function ticket(change: 'earned' | 'forfeited', sale: number, sourceOffset: number): Entitlement {
  const value: Records['DrawTicketEarned'] = {
    sourcePartition,
    sourceOffset,
    ordinal: 0,
    programme: 'mall',
    programmeVersion: 1,
    cause: `t/2014-12-01/${sale}`,
    occurredAt: 0,
    receivedAt: 0,
    memberId: `m${sale}`,
    campaign: 'draw',
    transactionId: `t/2014-12-01/${sale}`,
    ticket: 1,
  };
  return { type: change === 'earned' ? 'DrawTicketEarned' : 'DrawTicketForfeited', value };
}

/** What a history of sales derives: each number is a sale, given when it is met and taken back when it is met again. */
function derived(sales: readonly number[]): Entitlement[] {
  const standing = new Set<number>();
  return sales.map((sale, offset) => {
    const change = standing.delete(sale) ? 'forfeited' : 'earned';
    if (change === 'earned') standing.add(sale);
    return ticket(change, sale, offset);
  });
}

const historyOf = (log: readonly Written[]): SourceHistory => {
  const history = new SourceHistory();
  for (const record of log) history.take(record);
  return history;
};

/** The log after it was held against what is derived, as `npm run rebuild -- all` does. */
function corrected(log: readonly Written[], expected: readonly Entitlement[]): Written[] {
  const comparison = new Comparison(historyOf(log));
  const missing = expected.filter((record) => comparison.isMissing(record));
  const end = expected.length;
  const correction = comparison.correction({ partition: sourcePartition, end, restartedAt });
  return [...log, ...missing, ...((correction?.records ?? []) as Written[])];
}

function rightsOf(records: readonly Entitlement[]): StandingRights {
  const rights = new StandingRights();
  for (const record of records) rights.take(record);
  return rights;
}

function expectSame(one: StandingRights, other: StandingRights): void {
  expect(one.without(other)).toEqual([]);
  expect(other.without(one)).toEqual([]);
}

const sales = fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 12 });

describe('entitlements held against transactions', () => {
  it('stand for what is derived, whatever both logs have lost', () => {
    fc.assert(
      fc.property(sales, sales, sales, fc.nat(24), (kept, lost, sentAgain, written) => {
        const log = derived([...kept, ...lost]).slice(0, written);
        const expected = derived([...kept, ...sentAgain]);
        const after = historyOf(corrected(log, expected));
        expectSame(after.rights, rightsOf(expected));
      }),
    );
  });

  it('take the next record of the source, whatever stood at its offset', () => {
    fc.assert(
      fc.property(sales, sales, sales, (kept, lost, sentAgain) => {
        const expected = derived([...kept, ...sentAgain]);
        const log = corrected(derived([...kept, ...lost]), expected);
        const next = ticket('earned', 9, expected.length);
        const after = historyOf([...log, next]);
        expect(after.last).toEqual({ sourceOffset: expected.length, ordinal: 0 });
        expectSame(after.rights, rightsOf([...expected, next]));
      }),
    );
  });

  it('are right once they were corrected, and after one that was cut short', () => {
    fc.assert(
      fc.property(sales, sales, sales, fc.nat(30), (kept, lost, sentAgain, cut) => {
        const before = derived([...kept, ...lost]);
        const expected = derived([...kept, ...sentAgain]);
        const whole = corrected(before, expected);
        expect(corrected(whole, expected)).toEqual(whole);
        const half = whole.slice(0, Math.max(before.length, cut));
        expectSame(historyOf(corrected(half, expected)).rights, rightsOf(expected));
      }),
    );
  });

  it('lack nothing but their end when accrual was not done: it is appended as it is', () => {
    const expected = derived([1, 2, 1, 3]);
    expect(corrected(expected.slice(0, 2), expected)).toEqual(expected);
  });

  it('keep the right of a sale that was sent again at another offset', () => {
    const log = derived([1, 2]);
    const value = { sourcePartition, sourceOffset: 1, ordinal: correctionOrdinalMin, restartedAt };
    expect(corrected(log, derived([2, 1]))).toEqual([
      ...log,
      { type: 'DerivationRestarted', value },
    ]);
  });

  it('are corrected behind a record that says so, at the last offset that was compared', () => {
    const ordinals = [0, 1, 2].map((at) => correctionOrdinalMin + at);
    const [restart, ...corrections] = corrected(derived([1, 2]), derived([3])).slice(2);
    expect(restart).toEqual({
      type: 'DerivationRestarted',
      value: { sourcePartition, sourceOffset: 0, ordinal: ordinals[0], restartedAt },
    });
    expect(corrections.map(({ type, value }) => [type, value.sourceOffset, value.ordinal])).toEqual(
      [
        ['DrawTicketForfeited', 0, ordinals[1]],
        ['DrawTicketForfeited', 0, ordinals[2]],
        ['DrawTicketEarned', 0, correctionOrdinalMin + 3],
      ],
    );
  });
});
