import * as fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { contentDigest } from '../history/content.ts';
import { documentsOf, history } from '../given/histories.ts';
import { like, pacificPlaceRules } from '../given/pacific-place.ts';
import { after, at, enrolment, refund, sale } from '../given/records.ts';
import { rowsOf } from '../given/rows.ts';
import { compileRules, type ProgrammeRules } from '../rules/rules.ts';
import { holdingsOf } from '../standing/standing.ts';
import type { MemberRecord } from './decide.ts';

/** The longest take a core for half a minute; others may have it meanwhile. */
vi.setConfig({ testTimeout: 300_000 });

const runs = { numRuns: 2000 };
const rules = pacificPlaceRules;
const hourMs = 3_600_000;
const jakartaMs = 7 * hourMs;

/** Within the window of Pacific Place, so that every order of arrival is allowed. */
const sales = fc
  .array(
    fc.record({ amount: fc.integer({ min: 1, max: 6_000_000 }), hour: fc.nat({ max: 300 }) }),
    {
      minLength: 1,
      maxLength: 12,
    },
  )
  .map((drafts) =>
    drafts.map(({ amount, hour }, index) =>
      sale(amount, {
        id: index + 1,
        at: `${String(2 + Math.floor(hour / 24))} ${String(hour % 24).padStart(2, '0')}:30`,
      }),
    ),
  );

const amountOf = (record: MemberRecord): number =>
  record.type === 'TransactionRecorded' ? record.value.amount : 0;

const occurredAt = (record: MemberRecord): number =>
  record.type === 'TransactionRecorded' ? record.value.occurredAt : 0;

/** The same record, received later by as much. */
const receivedLater = (record: MemberRecord, byMs: number): MemberRecord =>
  record.type === 'TransactionRecorded'
    ? { ...record, value: { ...record.value, receivedAt: record.value.receivedAt + byMs } }
    : record;

const partsOf = (amount: number, cuts: readonly number[]): number[] => {
  const at = [...new Set(cuts.map((cut) => cut % amount))].filter((cut) => cut > 0);
  const bounds = [0, ...at.sort((a, b) => a - b), amount];
  return bounds.slice(1).map((bound, index) => bound - (bounds[index] ?? 0));
};

const salesUnder = (known: ProgrammeRules, records: readonly MemberRecord[]) =>
  new Map(
    holdingsOf(after(known, records).state).sales.map((row) => [row.transactionId, row] as const),
  );

const held = (records: readonly MemberRecord[]) => {
  const { sales: rows, ...rest } = holdingsOf(after(rules, records).state);
  return { ...rest, sales: rows.filter(({ remaining }) => remaining > 0) };
};

describe('laws of a history', () => {
  it('a sale and its full refund, however split, are nothing', () => {
    fc.assert(
      fc.property(sales, fc.nat(), fc.array(fc.nat(), { maxLength: 4 }), (bought, which, cuts) => {
        const returned = bought[which % bought.length];
        if (returned === undefined) return;
        const parts = partsOf(amountOf(returned), cuts).map((part, index) =>
          refund(returned, part, { id: 900 + index, at: '20 12:00' }),
        );
        const others = bought.filter((record) => record !== returned);
        expect(held([enrolment(), ...bought, ...parts])).toEqual(held([enrolment(), ...others]));
      }),
      runs,
    );
  });

  it('a refund split is the refund whole', () => {
    fc.assert(
      fc.property(sales, fc.nat(), fc.array(fc.nat(), { maxLength: 4 }), (bought, which, cuts) => {
        const returned = bought[which % bought.length];
        if (returned === undefined || amountOf(returned) < 2) return;
        const amount = 1 + (which % (amountOf(returned) - 1));
        const whole = refund(returned, amount, { at: '20 12:00' });
        const parts = partsOf(amount, cuts).map((part, index) =>
          refund(returned, part, { id: 900 + index, at: '20 12:00' }),
        );
        expect(held([enrolment(), ...bought, ...parts])).toEqual(
          held([enrolment(), ...bought, whole]),
        );
      }),
      runs,
    );
  });

  it('the order of arrival changes no holdings', () => {
    fc.assert(
      fc.property(
        sales.chain((bought) =>
          fc.tuple(
            fc.constant(bought),
            fc.shuffledSubarray([enrolment(), ...bought], { minLength: bought.length + 1 }),
          ),
        ),
        ([bought, shuffled]) => {
          expect(held(shuffled)).toEqual(held([enrolment(), ...bought]));
        },
      ),
      runs,
    );
  });

  it('copies with the right receivedAt put right what a clock months ahead has spoilt', () => {
    const refundOf = fc.record({ part: fc.nat(), hours: fc.nat({ max: 44 * 24 }) });
    fc.assert(
      fc.property(
        sales,
        fc.array(refundOf, { maxLength: 12 }),
        fc.record({ from: fc.nat({ max: 20 }), count: fc.integer({ min: 1, max: 4 }) }),
        fc.integer({ min: 46, max: 4_000 }),
        (bought, drafts, { from, count }, days) => {
          const refunds = bought.slice(0, drafts.length).map((record, index) => {
            const { part = 0, hours = 0 } = drafts[index] ?? {};
            const time = new Date(occurredAt(record) + hours * hourMs + jakartaMs).toISOString();
            const amount = 1 + (part % amountOf(record));
            const id = 500 + index;
            return refund(record, amount, { id, at: time.slice(0, 16).replace('T', ' ') });
          });
          const right = [...bought, ...refunds].sort((a, b) => occurredAt(a) - occurredAt(b));
          const isSpoilt = (index: number) => index >= from && index < from + count;
          const spoilt = right.map((record, index) =>
            isSpoilt(index) ? receivedLater(record, days * 24 * hourMs) : record,
          );
          const copies = right.filter((_, index) => isSpoilt(index));
          expect(held([enrolment(), ...spoilt, ...copies])).toEqual(held([enrolment(), ...right]));
        },
      ),
      runs,
    );
  });

  it('repeats change nothing, whenever they come', () => {
    fc.assert(
      fc.property(history({ maxLength: 15 }), fc.infiniteStream(fc.nat()), (given, picks) => {
        const known = compileRules(documentsOf(given));
        const { records } = given;
        const repeated = records.flatMap((record, index) => {
          const earlier = records[(picks.next().value as number) % (index + 1)];
          return earlier === undefined ? [record] : [record, earlier];
        });
        expect(after(known, repeated).events).toEqual(after(known, records).events);
      }),
      runs,
    );
  });

  it('a conflict changes nothing that is granted and is told once', () => {
    fc.assert(
      fc.property(history({ maxLength: 15 }), fc.nat(), (given, which) => {
        const known = compileRules(documentsOf(given));
        const { records } = given;
        const original = records[which % records.length];
        if (original?.type !== 'TransactionRecorded') return;
        const value = { ...original.value, amount: original.value.amount + 1 };
        const other: MemberRecord = { type: 'TransactionRecorded', value };
        const plain = rowsOf(after(known, records).events);
        const rows = rowsOf(after(known, [...records, other, other]).events);
        const key = `${value.transactionId} ${String(contentDigest(value))}`;
        expect(rows).toEqual({ ...plain, refusals: { ...plain.refusals, [key]: 'conflict' } });
      }),
      runs,
    );
  });

  it('two versions meet at midnight: each sale is as under its own version alone', () => {
    const midnight = at('2015-01-01 00:00');
    const before = like({ ...independent, version: 1, effectiveFrom: '2014-12-01T00:00' });
    const after0 = {
      ...independent,
      points: { perFullAmount: 100_000, points: 7, multipliers: [], caps: { perTransaction: 90 } },
      tickets: [{ ...independent.tickets[0], minimumAmount: 700_000 }],
    };
    const behind = like({ ...after0, version: 2, effectiveFrom: '2015-01-01T00:00' });
    const alone = like({ ...after0, version: 2, effectiveFrom: '2014-12-01T00:00' });
    const rulesOfBoth = compileRules([behind, before]);
    const rulesBefore = compileRules([before]);
    const rulesAlone = compileRules([alone]);
    const draft = fc.record({
      amount: fc.integer({ min: 1, max: 2_000_000 }),
      minute: fc.integer({ min: -3, max: 3 }),
      returned: fc.integer({ min: 0, max: 400_000 }),
      yesterday: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(draft, { minLength: 1, maxLength: 10 }), (drafts) => {
        const bought = drafts.map(({ amount, minute, yesterday }, index) =>
          sale(amount, {
            id: index + 1,
            at: minute < 0 ? `31 23:${String(60 + minute)}` : `2015-01-01 00:0${String(minute)}`,
            day: minute < 0 || yesterday ? '2014-12-31' : '2015-01-01',
          }),
        );
        // Made under the new version, also of sales under the old.
        const refunds = bought.flatMap((record, index) => {
          const { returned = 0 } = drafts[index] ?? {};
          const part = Math.min(returned, amountOf(record));
          return part === 0
            ? []
            : [refund(record, part, { id: 500 + index, at: '2015-01-02 12:00' })];
        });
        const records = [enrolment(), ...bought, ...refunds];
        const both = after(rulesOfBoth, records);
        const old = salesUnder(rulesBefore, records);
        const fresh = salesUnder(rulesAlone, records);
        const { sales: rows } = holdingsOf(both.state);
        expect(rows).toHaveLength(bought.length);
        expect(rows).toEqual(
          rows.map(({ occurredAt: soldAt, transactionId }) =>
            (soldAt < midnight ? old : fresh).get(transactionId),
          ),
        );
        for (const { type, value } of both.events)
          if (type === 'TransactionPosted')
            expect(value.programmeVersion).toBe(value.soldAt < midnight ? 1 : 2);
      }),
      runs,
    );
  });
});

/** Rules under which no sale depends on another, so that versions can be told apart sale by sale. */
const independent = {
  join: { rule: 'enrolment' },
  points: { perFullAmount: 250_000, points: 2, multipliers: [], caps: {} },
  tiers: [{ tier: 'temporary', monthSpend: 0, keep: 'forever', benefits: [] }],
  tickets: [
    {
      campaign: 'one',
      name: 'One per half a million',
      minimumAmount: 500_000,
      numbers: { perFullAmount: 500_000 },
      numbersMax: 3,
      tiers: ['temporary'],
    },
  ],
  gifts: [],
  parking: undefined,
} as const;
