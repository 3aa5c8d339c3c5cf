import * as fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { decodeState, encodeState } from '../encoding/state-bytes.ts';
import { bytesOf } from '../given/bytes.ts';
import { closingHistory, documentsOf } from '../given/histories.ts';
import { packing } from '../given/packing.ts';
import { afterClosings } from '../given/records.ts';
import { recount } from '../given/recount.ts';
import { rowsOf, withoutOrphans } from '../given/rows.ts';
import { compileRules } from '../rules/rules.ts';
import { holdingsOf, type MemberHoldings } from '../standing/standing.ts';
import { decide, decideFully, type MemberRecord } from './decide.ts';
import type { DomainEvent } from './events.ts';

/** The longest take a core for half a minute; others may have it meanwhile. */
vi.setConfig({ testTimeout: 300_000 });

/** The reorderDaysMax of these histories. */
const reorderMsMax = 16 * 86_400_000 - 1;
const runs = { numRuns: 2000 };
const days = (closings: readonly { readonly day: number }[]) => closings.map(({ day }) => day);

describe('any history over months, its business days closed at any time', () => {
  it('comes to what an independent recount of all its records says', () => {
    fc.assert(
      fc.property(closingHistory({ maxLength: 25 }), (given) => {
        const { records, closings } = given;
        const documents = documentsOf(given);
        const { events } = afterClosings(compileRules(documents), records, closings);
        expect(withoutOrphans(rowsOf(events), records)).toEqual(
          withoutOrphans(recount(records, documents, days(closings)), records),
        );
      }),
      runs,
    );
  });

  it('gives the same events in the short way and in full', () => {
    fc.assert(
      fc.property(closingHistory({ maxLength: 25 }), (given) => {
        const { records, closings } = given;
        const rules = compileRules(documentsOf(given));
        const short = afterClosings(rules, records, closings, decide);
        const full = afterClosings(rules, records, closings, decideFully);
        expect(short.events).toEqual(full.events);
        expect(holdingsOf(short.state)).toEqual(holdingsOf(full.state));
      }),
      runs,
    );
  });

  it('goes on the same from its bytes', () => {
    fc.assert(
      fc.property(closingHistory({ maxLength: 15 }), (given) => {
        const { records, closings } = given;
        const rules = compileRules(documentsOf(given));
        const kept = afterClosings(rules, records, closings);
        const stored = afterClosings(rules, records, closings, (state, record, known) =>
          decide(decodeState(encodeState(state)), record, known),
        );
        const packed = afterClosings(rules, records, closings, packing);
        expect(stored.events).toEqual(kept.events);
        expect(packed.events).toEqual(kept.events);
        expect(holdingsOf(stored.state)).toEqual(holdingsOf(kept.state));
        expect(bytesOf(decodeState(encodeState(kept.state)))).toBe(bytesOf(kept.state));
      }),
      runs,
    );
  });

  it('ends in the same holdings in any order, told or not', () => {
    const shift = fc.array(fc.integer({ min: 0, max: reorderMsMax }), { minLength: 5 });
    fc.assert(
      fc.property(closingHistory({ maxLength: 15 }), shift, fc.nat(), (given, shifts, place) => {
        const { records, closings } = given;
        const rules = compileRules(documentsOf(given));
        const one = afterClosings(rules, records, closings);
        const others = reordered(records, shifts);
        const moved = closings.map(({ day }, index) => ({
          before: (place + index * 7) % (records.length + 2),
          day,
        }));
        const two = afterClosings(rules, others, moved);
        const newest = Math.max(one.rules.closedMonth, two.rules.closedMonth);
        const known = { closedMonth: newest };
        const since = Math.max(one.state.clock, two.state.clock) - rules.keptMs;
        expect(heldSince(since, holdingsOf(two.state, known))).toEqual(
          heldSince(since, holdingsOf(one.state, known)),
        );
      }),
      runs,
    );
  });

  it('is changed by no folding', () => {
    fc.assert(
      fc.property(closingHistory({ maxLength: 25 }), (given) => {
        const { records, closings } = given;
        const rules = compileRules(documentsOf(given));
        const folded = afterClosings(rules, records, closings);
        const kept = afterClosings({ ...rules, keptMs: 1e12 }, records, closings);
        expect(kept.state.traces.ids).toHaveLength(0);
        expect(withoutOrphans(rowsOf(folded.events), records)).toEqual(
          withoutOrphans(rowsOf(kept.events), records),
        );
        expect(granting(folded.events)).toEqual(granting(kept.events));
      }),
      runs,
    );
  });
});

/** Of a copy the first to come moves the clock, so that one order may have folded more than another. */
const heldSince = (instant: number, { sales, ...held }: MemberHoldings) => ({
  ...held,
  refusals: [],
  sales: sales.filter(({ occurredAt }) => occurredAt >= instant),
});

/** Verdicts aside: of a refused record whose sale is folded, the sale’s version is no longer known. */
const granting = (events: readonly DomainEvent[]) =>
  events.filter(({ type }) => type !== 'TransactionRejected' && type !== 'RejectionWithdrawn');

/** Another order of arrival in which none is more than reorderDaysMax behind the newest. */
function reordered(records: readonly MemberRecord[], shifts: readonly number[]): MemberRecord[] {
  return records
    .map((record, index) => ({
      record,
      order: record.value.receivedAt + (shifts[index % shifts.length] ?? 0),
    }))
    .sort((a, b) => a.order - b.order)
    .map(({ record }) => record);
}
