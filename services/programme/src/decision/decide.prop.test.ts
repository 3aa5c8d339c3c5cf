import * as fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { decodeState, encodeState } from '../encoding/state-bytes.ts';
import { bytesOf } from '../given/bytes.ts';
import { documentsOf, history } from '../given/histories.ts';
import { like } from '../given/pacific-place.ts';
import { packing } from '../given/packing.ts';
import { after } from '../given/records.ts';
import { recount } from '../given/recount.ts';
import { rowsOf, withoutOrphans } from '../given/rows.ts';
import { holdingsOf } from '../standing/standing.ts';
import { compileRules } from '../rules/rules.ts';
import { decide, decideFully, type MemberRecord } from './decide.ts';

/** The longest take a core for half a minute; others may have it meanwhile. */
vi.setConfig({ testTimeout: 300_000 });

const runs = { numRuns: 2000 };

describe('any history', () => {
  it('comes to what an independent recount of all its records says', () => {
    fc.assert(
      fc.property(history({ maxLength: 25 }), (given) => {
        const { records } = given;
        const documents = documentsOf(given);
        const { events } = after(compileRules(documents), records);
        expect(withoutOrphans(rowsOf(events), records)).toEqual(
          withoutOrphans(recount(records, documents), records),
        );
      }),
      runs,
    );
  });

  it('gives the same events in the short way and in full', () => {
    fc.assert(
      fc.property(history({ maxLength: 25 }), (given) => {
        const { records } = given;
        const documents = documentsOf(given);
        const rules = compileRules(documents);
        const short = after(rules, records, decide);
        const full = after(rules, records, decideFully);
        expect(short.events).toEqual(full.events);
        expect(holdingsOf(short.state)).toEqual(holdingsOf(full.state));
      }),
      runs,
    );
  });

  it('gives the same from a change on as from the beginning, when it is long', () => {
    fc.assert(
      fc.property(history({ minLength: 60, maxLength: 100 }), (given) => {
        const { records } = given;
        const rules = compileRules(documentsOf(given));
        const partly = after(rules, records, decide);
        const full = after(rules, records, decideFully);
        expect(partly.events).toEqual(full.events);
        expect(bytesOf(partly.state)).toBe(bytesOf(full.state));
      }),
      // Histories this long take minutes to shrink.
      { ...runs, endOnFailure: true },
    );
  });

  it('goes on the same from its bytes', () => {
    fc.assert(
      fc.property(history({ maxLength: 25 }), (given) => {
        const { records } = given;
        const documents = documentsOf(given);
        const rules = compileRules(documents);
        const kept = after(rules, records);
        const stored = after(rules, records, (state, record, known) => {
          const decision = decide(decodeState(encodeState(state)), record, known);
          expect(bytesOf(decodeState(encodeState(decision.state)))).toBe(bytesOf(decision.state));
          return decision;
        });
        expect(stored.events).toEqual(kept.events);
        expect(holdingsOf(stored.state)).toEqual(holdingsOf(kept.state));
      }),
      runs,
    );
  });

  it('goes on the same, and to the same bytes, when it is packed after each record', () => {
    fc.assert(
      fc.property(history({ maxLength: 25 }), (given) => {
        const { records } = given;
        const rules = compileRules(documentsOf(given));
        const kept = after(rules, records);
        const packed = after(rules, records, packing);
        expect(packed.events).toEqual(kept.events);
        expect(holdingsOf(packed.state)).toEqual(holdingsOf(kept.state));
      }),
      runs,
    );
  });

  it('is changed by no folding', () => {
    fc.assert(
      fc.property(history({ maxLength: 25 }), (given) => {
        const { records } = given;
        const rules = compileRules(documentsOf(given));
        const folded = after(rules, records);
        const kept = after({ ...rules, keptMs: 1e12 }, records);
        expect(kept.state.traces.ids).toHaveLength(0);
        expect(withoutOrphans(rowsOf(folded.events), records)).toEqual(
          withoutOrphans(rowsOf(kept.events), records),
        );
      }),
      runs,
    );
  });

  it('comes to a recount of what was not refused, in any order, though a longer window comes between', () => {
    fc.assert(
      fc.property(
        history({ maxLength: 25 }),
        fc.infiniteStream(fc.nat()),
        fc.nat(),
        (given, order, place) => {
          const records = enrolledFirst(shuffled(given.records, order));
          const documents = documentsOf(given);
          const longer = [...documents, like({ version: 9, effectiveFrom: '2016-01-01T00:00' })];
          const from = place % (records.length + 1);
          const [before, since] = [compileRules(documents), compileRules(longer)];
          let seen = 0;
          const { events } = after(before, records, (state, record) =>
            decide(state, record, seen++ < from ? before : since),
          );
          const rows = rowsOf(events);
          const refused = new Set(Object.keys(rows.refusals).map((key) => key.split(' ')[0]));
          const counted = records.filter(
            ({ type, value }) => type === 'MemberEnrolled' || !refused.has(value.transactionId),
          );
          expect({ ...rows, refusals: {} }).toEqual({ ...recount(counted, longer), refusals: {} });
        },
      ),
      runs,
    );
  });
});

/** By numbers drawn. */
function shuffled(
  records: readonly MemberRecord[],
  order: fc.Stream<number>,
): readonly MemberRecord[] {
  const numbers = [...order.take(records.length)];
  return [...records.keys()]
    .sort((a, b) => (numbers[a] ?? 0) - (numbers[b] ?? 0))
    .flatMap((index) => records[index] ?? []);
}

/** Sales folded before their enrolment arrives are past for it. */
const enrolledFirst = (records: readonly MemberRecord[]): readonly MemberRecord[] => [
  ...records.filter(({ type }) => type === 'MemberEnrolled'),
  ...records.filter(({ type }) => type !== 'MemberEnrolled'),
];
