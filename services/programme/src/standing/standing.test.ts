import { describe, expect, it } from 'vitest';
import { pacificPlaceRules as rules } from '../given/pacific-place.ts';
import { after, at, enrolment, idOf, refund, sale } from '../given/records.ts';
import { standingOf } from './standing.ts';

const first = sale(1_000_000, { id: 1, at: '2 19:00' });
const second = sale(4_000_000, { id: 2, at: '3 12:00' });

describe('the standing of a member', () => {
  it('says what is missing to the next tier', () => {
    const { state } = after(rules, [enrolment(), first]);
    expect(standingOf(state, rules, { at: at('4 12:00') })).toMatchObject({
      tier: 'temporary',
      benefits: [],
      points: 4,
      month: '2014-12',
      monthSpend: 1_000_000,
      nextTier: { tier: 'blue', monthSpend: 5_000_000, missing: 4_000_000 },
      enrolledAt: at('1 09:00'),
      activatedAt: at('2 19:00'),
      activatingAmount: null,
      transactions: [
        { transactionId: idOf(first), points: 4, tickets: [], gift: null, parking: true },
      ],
    });
  });

  it('shows what each sale holds, the newest first, and what was refused', () => {
    const tooMuch = refund(first, 2_000_000, { id: 900, at: '4 12:00' });
    const { state } = after(rules, [enrolment(), first, second, tooMuch]);
    const standing = standingOf(state, rules, { at: at('2015-01-04 12:00') });
    expect(standing).toMatchObject({
      tier: 'blue',
      benefits: ['tenant discount'],
      points: 20,
      month: '2015-01',
      monthSpend: 0,
      nextTier: { tier: 'gold', missing: 100_000_000 },
      refusals: [{ transactionId: idOf(tooMuch), reason: 'refund_exceeds_sale' }],
    });
    expect(standing.transactions).toMatchObject([
      {
        transactionId: idOf(second),
        tickets: [{ campaign: 'opening-draw', count: 1 }],
        gift: { campaign: 'teddy-bear', edition: 'christmas' },
      },
      { transactionId: idOf(first) },
    ]);
  });

  it('says what an enrolled member needs to become active', () => {
    const { state } = after(rules, [enrolment()]);
    expect(standingOf(state, rules, { at: at('4 12:00') })).toMatchObject({
      tier: 'none',
      nextTier: null,
      activatedAt: null,
      activatingAmount: 500_000,
    });
  });
});
