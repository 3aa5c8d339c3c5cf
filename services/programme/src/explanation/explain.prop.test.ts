import * as fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { closingHistory, documentsOf, history } from '../given/histories.ts';
import { after } from '../given/records.ts';
import { compileRules } from '../rules/rules.ts';
import { holdingsOf } from '../standing/standing.ts';
import { explain } from './explain.ts';
import { sentence } from './sentence.ts';

/** The longest take a core for half a minute; others may have it meanwhile. */
vi.setConfig({ testTimeout: 300_000 });

describe('the explanation of any record of any history', () => {
  it('comes to what is held, says why, and is plain JSON', () => {
    const any = fc.oneof(history({ maxLength: 20 }), closingHistory({ maxLength: 20 }));
    fc.assert(
      fc.property(any, (given) => {
        const rules = compileRules(documentsOf(given));
        const { state } = after(rules, given.records);
        const held = new Map(holdingsOf(state).sales.map((each) => [each.transactionId, each]));
        for (const { type, value } of given.records) {
          if (type === 'MemberEnrolled') continue;
          const explanation = explain(state, rules, value.transactionId);
          if (explanation === undefined) throw new Error('not known');
          expect(JSON.parse(JSON.stringify(explanation))).toEqual(explanation);
          expect(sentence(explanation)).toContain(value.transactionId);
          if (explanation.type !== 'sale') continue;
          const sale = held.get(value.transactionId);
          const { counted, refused, remaining } = explanation;
          expect(refused === null).toBe(sale !== undefined);
          const numbers = counted?.tickets.filter((ticket) => ticket.numbers > 0) ?? [];
          expect({
            remaining,
            points: counted?.points.points ?? 0,
            gift: counted?.gift.edition ?? undefined,
            parking: counted?.parking.outcome === 'granted',
            tickets: numbers.map((ticket) => [ticket.campaign, ticket.numbers]),
          }).toEqual({
            remaining: sale?.remaining ?? 0,
            points: sale?.points ?? 0,
            gift: sale?.gift?.edition,
            parking: sale?.parking ?? false,
            tickets: sale?.tickets.map(({ campaign, count }) => [campaign, count]) ?? [],
          });
          if (counted?.points.outcome === 'counted') {
            const { beforeCaps, limitedBy, points } = counted.points;
            const caps = limitedBy.map((cap) => Math.max(0, cap.points - cap.used));
            expect(points).toBe(Math.min(beforeCaps, ...caps));
          }
        }
      }),
      { numRuns: 2000 },
    );
  });
});
