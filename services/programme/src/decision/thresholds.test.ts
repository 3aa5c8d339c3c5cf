import { describe, expect, it } from 'vitest';
import { pacificPlaceRules as rules } from '../given/pacific-place.ts';
import { after, enrolment, refund, sale, told, when, type Given } from '../given/records.ts';
import { holdingsOf } from '../standing/standing.ts';

const enrolled = enrolment();
/** A Blue member who has spent exactly Rp5.000.000. */
const blue = [enrolled, sale(5_000_000, { id: 90, at: '1 10:00' })];

const heldBy = (records: Parameters<typeof after>[1], amount: number, given: Given = {}) => {
  const { state } = after(rules, [...records, sale(amount, { id: 50, ...given })]);
  const { tier, sales } = holdingsOf(state);
  const last = sales.at(-1);
  return {
    tier,
    points: last?.points,
    tickets: last?.tickets.length,
    gift: last?.gift && `${last.gift.gift} ${last.gift.edition}`,
    parking: last?.parking,
  };
};

describe('Pacific Place, each threshold from both sides', () => {
  it.each([
    { amount: 499_999, tier: 'none', points: 0 },
    { amount: 500_000, tier: 'temporary', points: 2 },
  ])('joins with a first sale: $amount', ({ amount, ...held }) => {
    expect(heldBy([enrolled], amount)).toMatchObject(held);
  });

  it('does not count what came before activation', () => {
    const small = [enrolled, ...[1, 2, 3].map((id) => sale(499_999, { id, at: '1 12:00' }))];
    expect(heldBy(small, 4_999_999)).toMatchObject({ tier: 'temporary', points: 19 });
    expect(heldBy(small, 5_000_000)).toMatchObject({ tier: 'blue', points: 20 });
  });

  it.each([
    { at: '1 08:59', tier: 'none' },
    { at: '1 09:00', tier: 'temporary' },
  ])('counts sales at or after enrolment: $at', ({ at, tier }) => {
    expect(heldBy([enrolled], 500_000, { at })).toMatchObject({ tier });
  });

  it.each([
    { amount: 249_999, points: 0 },
    { amount: 250_000, points: 1 },
    { amount: 499_999, points: 1 },
    { amount: 1_250_000, points: 5 },
  ])('gives a point for each full Rp250.000: $amount', ({ amount, points }) => {
    expect(heldBy(blue, amount)).toMatchObject({ points });
  });

  it.each([
    { amount: 4_999_999, tier: 'temporary', tickets: 0, gift: null },
    { amount: 5_000_000, tier: 'blue', tickets: 1, gift: 'teddy-bear christmas' },
    { amount: 99_999_999, tier: 'blue', tickets: 1, gift: 'teddy-bear christmas' },
    { amount: 100_000_000, tier: 'gold', tickets: 1, gift: 'teddy-bear christmas' },
  ])('lifts by the month’s spend: $amount', ({ amount, ...held }) => {
    expect(heldBy([enrolled], amount)).toMatchObject(held);
  });

  it('lifts a Blue member to Gold by the sum of the month', () => {
    expect(heldBy(blue, 94_999_999)).toMatchObject({ tier: 'blue' });
    expect(heldBy(blue, 95_000_000)).toMatchObject({ tier: 'gold' });
  });

  it('begins each month anew and keeps the tier', () => {
    const given = [enrolled, sale(3_000_000, { id: 1, at: '31 21:00' })];
    expect(heldBy(given, 2_000_000, { at: '31 23:59' })).toMatchObject({ tier: 'blue' });
    expect(heldBy(given, 2_000_000, { at: '2015-01-01 10:00' })).toMatchObject({
      tier: 'temporary',
    });
    expect(heldBy(blue, 250_000, { at: '2015-01-01 10:00' })).toMatchObject({ tier: 'blue' });
  });

  it('counts a sale after midnight to its business day’s month', () => {
    const given = [enrolled, sale(3_000_000, { id: 1, at: '31 21:00' })];
    const late = { at: '2015-01-01 00:20' };
    expect(heldBy(given, 2_000_000, { ...late, day: '2014-12-31' })).toMatchObject({
      tier: 'blue',
      gift: 'teddy-bear christmas',
    });
    expect(heldBy(given, 2_000_000, late)).toMatchObject({ tier: 'temporary' });
    expect(heldBy(blue, 2_000_000, late)).toMatchObject({ gift: 'teddy-bear new-year' });
    const newYear = [...given, sale(250_000, { id: 2, at: '2015-01-01 00:10' })];
    expect(heldBy(newYear, 2_000_000, { ...late, day: '2014-12-31' })).toMatchObject({
      tier: 'blue',
    });
  });

  it.each([
    { amount: 499_999, tickets: 0, gift: null },
    { amount: 500_000, tickets: 1, gift: null },
    { amount: 749_999, tickets: 1, gift: null },
    { amount: 750_000, tickets: 1, gift: 'magic-balloon classic' },
    { amount: 999_999, tickets: 1, gift: 'magic-balloon classic' },
    { amount: 1_000_000, tickets: 1, gift: 'teddy-bear christmas' },
  ])('gives Blue a number and the highest gift only: $amount', ({ amount, ...held }) => {
    expect(heldBy(blue, amount)).toMatchObject(held);
  });

  it.each([
    { amount: 499_999, at: '2 19:00', parking: false },
    { amount: 500_000, at: '2 19:00', parking: true },
    { amount: 500_000, at: '2 17:59', parking: false },
    { amount: 500_000, at: '2 18:00', parking: true },
    { amount: 500_000, at: '2 21:59', parking: true },
    { amount: 500_000, at: '2 22:00', parking: false },
  ])('parks from 18:00 to 22:00: $amount at $at', ({ amount, at, parking }) => {
    expect(heldBy(blue, amount, { at })).toMatchObject({ parking });
    expect(heldBy([enrolled], amount, { at })).toMatchObject({ parking });
  });

  it('parks once a business day, and passes it on when the first sale goes', () => {
    const first = sale(600_000, { id: 1, at: '2 18:10' });
    const given = [enrolled, first];
    expect(heldBy(given, 600_000, { id: 2, at: '2 19:00' })).toMatchObject({ parking: false });
    expect(heldBy(given, 600_000, { id: 2, at: '3 19:00' })).toMatchObject({ parking: true });
    const both = [...given, sale(600_000, { id: 2, at: '2 19:00' })];
    expect(told(when(rules, both, refund(first, 600_000, { at: '4 12:00' })))).toEqual([
      'activated by 2',
      'posted 1 0 (-600000) points -2 = 2',
      'parking gone 1',
      'posted 2 600000 (+0) points +0 = 2',
      'parking 2',
    ]);
  });
});
