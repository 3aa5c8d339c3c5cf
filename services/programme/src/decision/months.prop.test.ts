import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeState, encodeState } from '../encoding/state-bytes.ts';
import { closingHistory, documentsOf } from '../given/histories.ts';
import { afterClosings } from '../given/records.ts';
import { recount } from '../given/recount.ts';
import { rowsOf } from '../given/rows.ts';
import { compileRules } from '../rules/rules.ts';
import { holdingsOf } from '../standing/standing.ts';
import { decide, decideFully } from './decide.ts';

const runs = { numRuns: 2000 };
const days = (closings: readonly { readonly day: number }[]) => closings.map(({ day }) => day);

describe('any history over months, its business days closed at any time', () => {
  it('comes to what an independent recount of all its records says', () => {
    fc.assert(
      fc.property(closingHistory({ maxLength: 25 }), (given) => {
        const { records, closings } = given;
        const documents = documentsOf(given);
        const { events } = afterClosings(compileRules(documents), records, closings);
        expect(rowsOf(events)).toEqual(recount(records, documents, days(closings)));
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
        expect(stored.events).toEqual(kept.events);
        expect(holdingsOf(stored.state)).toEqual(holdingsOf(kept.state));
        expect(encodeState(decodeState(encodeState(kept.state)))).toEqual(encodeState(kept.state));
      }),
      runs,
    );
  });
});
