import { epochDayOf, epochMonthOf, firstDayOfMonth, isoDate } from '@semarak/schemas';
import * as fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { MemberRecord } from '../decision/decide.ts';
import { closingHistory, documentsOf } from '../given/histories.ts';
import { after, afterClosings } from '../given/records.ts';
import { rowsOf } from '../given/rows.ts';
import type { MemberState } from '../history/state.ts';
import { compileRules, type ProgrammeRules } from '../rules/rules.ts';
import type { Explanation, SaleExplanation } from './explanation.ts';
import { explain } from './explain.ts';

/** The longest take a core for half a minute; others may have it meanwhile. */
vi.setConfig({ testTimeout: 300_000 });

const runs = { numRuns: 2000 };
const histories = closingHistory({ maxLength: 15 });

describe('explanations over months, business days closed at any time', () => {
  it('are the same whatever is closed: a sale has the tier and points of its own month', () => {
    fc.assert(
      fc.property(histories, (given) => {
        const { records, closings } = given;
        const rules = compileRules(documentsOf(given));
        const closed = afterClosings(rules, records, closings);
        expect(explained(closed, records)).toEqual(
          explained({ ...after(rules, records), rules }, records),
        );
      }),
      runs,
    );
  });

  it('come to what was told of each sale that is not folded', () => {
    fc.assert(
      fc.property(histories, (given) => {
        const { records, closings } = given;
        const closed = afterClosings(compileRules(documentsOf(given)), records, closings);
        const rows = rowsOf(closed.events);
        const sales = salesOf(explained(closed, records));
        const ids = new Set(sales.map(({ transactionId }) => transactionId));
        const told = (entries: Iterable<string>) =>
          [...entries].filter((entry) => ids.has(entry.split(' ')[0] ?? '')).sort();
        for (const sale of sales) {
          const row = rows.sales[sale.transactionId];
          if (sale.refused !== null) expect(row).toBeUndefined();
          else expect(row).toMatchObject({ remaining: sale.remaining, points: pointsOf(sale) });
        }
        for (const { outcome, numbers } of sales.flatMap(({ counted }) => counted?.tickets ?? []))
          expect(outcome === 'earned').toBe(numbers > 0);
        expect(sales.flatMap(ticketsOf).sort()).toEqual(told(rows.tickets));
        expect(sales.flatMap(giftOf).sort()).toEqual(told(rows.gifts));
        expect(sales.flatMap(parkingOf).sort()).toEqual(told(rows.parking));
      }),
      runs,
    );
  });

  it('add up to the balance, to what expired of each lot, and to the tier', () => {
    fc.assert(
      fc.property(histories, (given) => {
        const { records, closings } = given;
        // Nothing is folded, so that every sale is explained.
        const rules = { ...compileRules(documentsOf(given)), keptMs: 1e12 };
        const closed = afterClosings(rules, records, closings);
        const rows = rowsOf(closed.events);
        const sales = salesOf(explained(closed, records)).sort(inHistoryOrder);
        const current = Math.max(
          closed.rules.closedMonth + 1,
          ...sales.flatMap(({ counted }) =>
            counted === null ? [] : [monthOf(counted.tier.month)],
          ),
        );
        const expired: Record<string, number> = {};
        for (const sale of sales) {
          const through = goodThrough(sale);
          if (through === undefined || through >= current || pointsOf(sale) === 0) continue;
          const lastDay = isoDate(firstDayOfMonth(through + 1) - 1);
          expired[lastDay] = (expired[lastDay] ?? 0) + pointsOf(sale);
        }
        expect(rows.expired).toEqual(expired);
        const earned = sum(sales.map(pointsOf));
        expect(rows.balance).toBe(earned - sum(Object.values(expired)));

        const newest = sales.findLast(({ counted }) => counted !== null)?.counted?.tier;
        if (newest !== undefined && monthOf(newest.month) === current)
          expect(rows.tier).toBe(newest.held);
      }),
      runs,
    );
  });
});

/** The explanation of each transaction, by its id. */
function explained(
  { state, rules }: { readonly state: MemberState; readonly rules: ProgrammeRules },
  records: readonly MemberRecord[],
): Map<string, Explanation> {
  const ids = records.flatMap(({ type, value }) =>
    type === 'TransactionRecorded' ? [value.transactionId] : [],
  );
  return new Map(
    ids.map((id) => {
      const explanation = explain(state, rules, id);
      if (explanation === undefined) throw new Error(`${id} is not known`);
      return [id, explanation];
    }),
  );
}

const salesOf = (all: ReadonlyMap<string, Explanation>): SaleExplanation[] =>
  [...all.values()].filter((explanation) => explanation.type === 'sale');

const inHistoryOrder = (a: SaleExplanation, b: SaleExplanation): number =>
  a.occurredAt - b.occurredAt || (a.transactionId < b.transactionId ? -1 : 1);

const pointsOf = ({ counted }: SaleExplanation): number => counted?.points.points ?? 0;

/** The last month in which the sale’s points are good, counted since January 1970. */
function goodThrough({ counted }: SaleExplanation): number | undefined {
  if (counted?.points.outcome !== 'counted' || counted.points.goodThrough === null)
    return undefined;
  return monthOf(counted.points.goodThrough);
}

/** `YYYY-MM` as months since January 1970. */
const monthOf = (text: string): number => epochMonthOf(epochDayOf(`${text}-01`) ?? Number.NaN);

/** As rows have them: `sale campaign ticket`. */
const ticketsOf = ({ transactionId, counted }: SaleExplanation): string[] =>
  (counted?.tickets ?? []).flatMap(({ campaign, numbers }) =>
    Array.from(
      { length: numbers },
      (_, ticket) => `${transactionId} ${campaign} ${String(ticket)}`,
    ),
  );

function giftOf({ transactionId, counted }: SaleExplanation): string[] {
  if (counted?.gift.outcome !== 'entitled') return [];
  const { campaign, gift, edition } = counted.gift;
  return [`${transactionId} ${campaign ?? ''} ${gift ?? ''} ${edition ?? ''}`];
}

const parkingOf = ({ transactionId, businessDay, counted }: SaleExplanation): string[] =>
  counted?.parking.outcome === 'granted'
    ? [`${transactionId} ${String(epochDayOf(businessDay))}`]
    : [];

const sum = (values: readonly number[]): number => values.reduce((total, each) => total + each, 0);
