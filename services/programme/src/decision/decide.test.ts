import type { Records } from '@semarak/schemas';
import { describe, expect, it } from 'vitest';
import { like, pacificPlaceRules as rules } from '../given/pacific-place.ts';
import { compileRules } from '../rules/rules.ts';
import { decide } from './decide.ts';
import { after, enrolment, refund, sale, told, voiding, when } from '../given/records.ts';

const blue = [enrolment(), sale(5_000_000, { id: 1, at: '1 12:00' })];

describe('sales in order', () => {
  it('posts a sale of someone not enrolled without points', () => {
    expect(told(when(rules, [], sale(1_250_000)))).toEqual([
      'posted 1 1250000 (+1250000) points +0 = 0',
    ]);
  });

  it('posts an anonymous sale without a member', () => {
    const events = when(rules, [], sale(1_250_000, { member: null }));
    expect(events).toMatchObject([{ type: 'TransactionPosted', value: { memberId: null } }]);
  });

  it('activates with the first sale of enough', () => {
    expect(told(when(rules, [enrolment()], sale(500_000)))).toEqual([
      'activated by 1',
      'tier none > temporary activated',
      'posted 1 500000 (+500000) points +2 = 2',
    ]);
  });

  it('lifts through all tiers in one sale, which has the benefits at once', () => {
    expect(told(when(rules, [enrolment()], sale(100_000_000, { at: '2 18:00' })))).toEqual([
      'activated by 1',
      'tier none > temporary activated',
      'tier temporary > blue spend_reached',
      'tier blue > gold spend_reached',
      'posted 1 100000000 (+100000000) points +400 = 400',
      'ticket 1#0',
      'gift 1 teddy-bear christmas',
      'parking 1',
    ]);
  });
});

describe('corrections', () => {
  it('takes back the tier and what only that tier allowed', () => {
    const second = sale(1_000_000, { id: 2, at: '1 13:00' });
    const given = [enrolment(), sale(4_000_000, { id: 1, at: '1 12:00' }), second];
    const third = sale(1_000_000, { id: 3, at: '1 14:00' });
    expect(
      told(when(rules, [...given, third], refund(second, 600_000, { at: '3 12:00' }))),
    ).toEqual([
      'posted 2 400000 (-600000) points -3 = 21',
      'ticket gone 2#0',
      'gift gone 2 teddy-bear christmas',
    ]);
    expect(
      told(when(rules, [...given, third], refund(second, 1_000_000, { at: '3 12:00' }))),
    ).toEqual([
      'posted 2 0 (-1000000) points -4 = 20',
      'ticket gone 2#0',
      'gift gone 2 teddy-bear christmas',
    ]);
    expect(told(when(rules, given, refund(second, 1, { at: '3 12:00' })))).toEqual([
      'tier blue > temporary spend_reversed',
      'posted 2 999999 (-1) points -1 = 19',
      'ticket gone 2#0',
      'gift gone 2 teddy-bear christmas',
    ]);
  });

  it('gives what a sale no longer holds to one many places later', () => {
    const holder = sale(500_000, { id: 2, at: '2 18:00' });
    const tooSmall = Array.from({ length: 50 }, (_, index) =>
      sale(400_000, { id: 100 + index, at: `2 19:${String(10 + index)}` }),
    ).slice(0, 49);
    const next = sale(500_000, { id: 3, at: '2 21:59' });
    const given = [
      enrolment(),
      sale(100_000_000, { id: 1, at: '1 12:00' }),
      holder,
      ...tooSmall,
      next,
    ];
    expect(told(when(rules, given, refund(holder, 1, { at: '3 12:00' })))).toEqual([
      'posted 2 499999 (-1) points -1 = 452',
      'ticket gone 2#0',
      'parking gone 2',
      'posted 3 500000 (+0) points +0 = 452',
      'parking 3',
    ]);
  });

  it('leaves nothing of a voided sale', () => {
    const [enrolled, first] = blue;
    if (enrolled === undefined || first === undefined) throw new Error('given');
    expect(told(when(rules, blue, voiding(first)))).toEqual([
      'deactivated',
      'tier blue > temporary spend_reversed',
      'tier temporary > none deactivated',
      'posted 1 0 (-5000000) points -20 = 0',
      'ticket gone 1#0',
      'gift gone 1 teddy-bear christmas',
    ]);
    expect(after(rules, [...blue, voiding(first)]).state.end).toMatchObject({
      tier: 0,
      balance: 0,
    });
  });
});

describe('a version that is published for days gone by', () => {
  const [version] = rules.versions;
  if (version === undefined) throw new Error('given');
  const tenants = version.document.tenants.map((tenant) =>
    tenant.tenantId === 'PP-017' ? { ...tenant, category: 'toys' } : tenant,
  );
  const both = compileRules([
    version.document,
    like({ version: 2, effectiveFrom: '2014-12-03T00:00', tenants }),
  ]);

  it.each([
    ['a member', 'M1', [-1, 1, 0, 0, 1]],
    ['nobody', null, [0, 0, 0, 0, 0]],
  ])('tells sales of %s anew whose tenant it moves to another category', (_, member, firsts) => {
    const given = [
      sale(300_000, { member, id: 1, at: '2 12:00' }),
      sale(300_000, { member, id: 2, at: '3 12:00' }),
      sale(300_000, { member, id: 3, at: '3 13:00' }),
    ];
    const { state } = after(rules, given);
    const { events } = decide(state, sale(1, { member, id: 4, at: '4 12:00' }), both);
    const posted = events.map(({ value }) => value as Records['TransactionPosted']);
    expect(
      posted.map(({ transactionId, category, remainingChange }) => [
        transactionId.slice(-1),
        category,
        remainingChange,
      ]),
    ).toEqual([
      ['2', 'Jewellery and watches', -300_000],
      ['2', 'toys', 300_000],
      ['3', 'Jewellery and watches', -300_000],
      ['3', 'toys', 300_000],
      ['4', 'toys', 1],
    ]);
    expect(posted.map(({ firstInMallChange }) => firstInMallChange)).toEqual(firsts);
  });
});
