import { describe, expect, it } from 'vitest';
import { decodeState, encodeState, encodeStateAnew } from '../encoding/state-bytes.ts';
import { like, pacificPlaceRules as rules } from '../given/pacific-place.ts';
import { after, at, enrolment, refund, sale, told, voiding, when } from '../given/records.ts';
import { compileRules } from '../rules/rules.ts';
import { decide, type MemberRecord } from './decide.ts';

const enrolled = enrolment();
const sold = sale(1_000_000, { id: 1, at: '2 12:00' });
const held = [enrolled, sold];

const inTurn = (...records: MemberRecord[]): string[][] => {
  const { state } = after(rules, []);
  return records.map((record) => told(decide(state, record, rules).events));
};

describe('refusals, the first reason that applies', () => {
  it.each([
    {
      why: 'other content under a known id',
      record: sale(999_999, { id: 1, at: '2 12:00' }),
      told: ['refused 1 conflict'],
    },
    {
      why: 'before the programme began',
      record: sale(1_000_000, { id: 2, at: '2014-11-30 23:59', day: '2014-11-30' }),
      told: ['refused 2 no_programme_in_force'],
    },
    {
      why: 'before the programme began, and too late',
      record: sale(1_000_000, { id: 2, at: '2014-11-30 23:59', received: '2015-03-01 12:00' }),
      told: ['refused 2 no_programme_in_force'],
    },
    {
      why: 'a sale more than 45 days old',
      record: sale(1_000_000, { id: 2, at: '3 12:00', received: '2015-01-17 12:01' }),
      told: ['refused 2 too_late'],
    },
    {
      why: 'a refund more than 45 days after its sale',
      record: refund(sold, 250_000, { at: '2015-01-16 12:01', received: '2015-01-16 12:01' }),
      told: ['refused 900 too_late'],
    },
    {
      why: 'a void more than 45 days after its sale',
      record: voiding(sold, { at: '2 12:30', received: '2015-01-16 12:01' }),
      told: ['refused 950 too_late'],
    },
    {
      why: 'a refund of more than the sale',
      record: refund(sold, 1_000_001, { at: '3 12:00' }),
      told: ['refused 900 refund_exceeds_sale'],
    },
  ])('$why', ({ record, told: expected }) => {
    expect(told(when(rules, held, record))).toEqual(expected);
  });

  it.each([
    {
      why: 'a sale exactly 45 days old',
      record: sale(250_000, { id: 2, at: '3 12:00', received: '2015-01-17 12:00' }),
      told: ['posted 2 250000 (+250000) points +1 = 5'],
    },
    {
      why: 'a refund exactly 45 days after its sale',
      record: refund(sold, 250_000, { at: '2015-01-16 12:00', received: '2015-01-16 12:00' }),
      told: ['posted 1 750000 (-250000) points -1 = 3'],
    },
    { why: 'a copy', record: sold, told: [] },
    {
      why: 'a refund of a sale that has not come',
      record: refund(sale(1, { id: 7 }), 100, { at: '3 12:00' }),
      told: [],
    },
    { why: 'a second enrolment, later', record: enrolment({ at: '2 13:00' }), told: [] },
  ])('accepts $why', ({ record, told: expected }) => {
    expect(told(when(rules, held, record))).toEqual(expected);
  });

  it('refuses a refund of a voided sale, and no longer once the refund is voided', () => {
    const paidBack = refund(sold, 250_000, { at: '3 12:00' });
    expect(inTurn(enrolled, sold, voiding(sold), paidBack, voiding(paidBack, { id: 951 }))).toEqual(
      [
        [],
        [
          'activated by 1',
          'tier none > temporary activated',
          'posted 1 1000000 (+1000000) points +4 = 4',
        ],
        ['deactivated', 'tier temporary > none deactivated', 'posted 1 0 (-1000000) points -4 = 0'],
        ['refused 900 sale_voided'],
        ['no longer refused 900 sale_voided'],
      ],
    );
  });

  it('judges the refunds of a sale in the order they happened, whatever came first', () => {
    const early = refund(sold, 800_000, { id: 900, at: '3 12:00' });
    const late = refund(sold, 300_000, { id: 901, at: '4 12:00' });
    expect(inTurn(enrolled, sold, late, early).slice(2)).toEqual([
      ['posted 1 700000 (-300000) points -2 = 2'],
      [
        'deactivated',
        'tier temporary > none deactivated',
        'posted 1 200000 (-500000) points -2 = 0',
        'refused 901 refund_exceeds_sale',
      ],
    ]);
  });

  it('lets a refund wait for its sale', () => {
    expect(inTurn(enrolled, refund(sold, 250_000, { at: '3 12:00' }), sold)[2]).toEqual([
      'activated by 1',
      'tier none > temporary activated',
      'posted 1 750000 (+750000) points +3 = 3',
    ]);
  });

  it('posts a sale whose void came before it with nothing remaining', () => {
    expect(inTurn(enrolled, voiding(sold), sold)[2]).toEqual(['posted 1 0 (+0) points +0 = 0']);
  });

  it('tells a conflict once, however often it comes', () => {
    const other = sale(2_000_000, { id: 1, at: '2 12:00' });
    expect(inTurn(sold, other, other, sold).slice(1)).toEqual([['refused 1 conflict'], [], []]);
  });

  it('counts the smallest receivedAt of copies', () => {
    const late = sale(250_000, { id: 2, at: '3 12:00', received: '2015-01-20 12:00' });
    const early = sale(250_000, { id: 2, at: '3 12:00', received: '3 12:00' });
    expect(inTurn(late, early, late)).toEqual([
      ['refused 2 too_late'],
      ['posted 2 250000 (+250000) points +0 = 0', 'no longer refused 2 too_late'],
      [],
    ]);
  });
});

describe('after the window', () => {
  const newest = sale(250_000, { id: 3, at: '2015-03-01 12:00' });
  const folded = [...held, newest];

  it('knows copies, conflicts and late corrections of what is folded', () => {
    expect(after(rules, folded).state.sales).toHaveLength(1);
    expect(told(when(rules, folded, sold))).toEqual([]);
    expect(told(when(rules, folded, sale(2, { id: 1, at: '2 12:00' })))).toEqual([
      'refused 1 conflict',
    ]);
    const late = { at: '2015-03-02 12:00' };
    expect(told(when(rules, folded, refund(sold, 1, late)))).toEqual(['refused 900 too_late']);
    expect(told(when(rules, folded, voiding(sold, late)))).toEqual(['refused 950 too_late']);
    const disordered = sale(250_000, { id: 4, at: '2 13:00' });
    expect(told(when(rules, folded, disordered))).toEqual(['refused 4 too_late']);
    expect(told(when(rules, [...folded, disordered], disordered))).toEqual([]);
  });

  describe('a member who buys six hundred times on a day', () => {
    const buys = (count: number, day: string): MemberRecord[] =>
      Array.from({ length: count }, (_, index) =>
        sale(1_000 + index, {
          id: index + 1,
          at: `${day} ${String(10 + Math.floor(index / 60))}:${String(index % 60).padStart(2, '0')}`,
        }),
      );
    const monthsLater = (record: MemberRecord): MemberRecord =>
      record.type === 'MemberEnrolled'
        ? record
        : { ...record, value: { ...record.value, receivedAt: at('2015-03-02 12:00') } };

    it('is told nothing of copies of all of them, two months later', () => {
      const day = buys(600, '2');
      const { state } = after(rules, [...day, newest]);
      expect(state.sales).toHaveLength(1);
      const copies = [...day, ...day].map(monthsLater);
      expect(copies.flatMap((copy) => told(decide(state, copy, rules).events))).toEqual([]);
    });

    it('loses nothing by copies of what is beyond memory', () => {
      const days = Array.from({ length: 8 }, (_, index) => buys(600, String(2 + index)));
      const { state } = after(rules, [...days.flat(), newest]);
      const before = encodeStateAnew(state);
      const [forgotten = [], ...others] = days;
      const refused = forgotten
        .map(monthsLater)
        .flatMap((copy) => decide(state, copy, rules).events);
      expect(refused).toHaveLength(forgotten.length);
      expect(encodeStateAnew(state)).toEqual(before);
      const known = others.slice(-6).flat().map(monthsLater);
      expect(known.flatMap((copy) => told(decide(state, copy, rules).events))).toEqual([]);
    });

    it('keeps what is known of them, however many conflicts come', () => {
      const day = buys(600, '2');
      const { state } = after(rules, [...day, newest]);
      for (let amount = 1; amount <= 4_500; amount++)
        decide(state, sale(2_000_000 + amount, { id: 1, at: '2 12:00' }), rules);
      expect(day.flatMap((copy) => told(decide(state, monthsLater(copy), rules).events))).toEqual(
        [],
      );
    });
  });

  it('goes on from the carried-forward base', () => {
    expect(told(when(rules, folded, sale(500_000, { id: 5, at: '2015-03-02 12:00' })))).toEqual([
      'posted 5 500000 (+500000) points +2 = 7',
    ]);
  });

  it('opens no place again that is folded, when a version with a longer window comes', () => {
    const parked = sale(4_000_000, { id: 2, at: '3 19:00' });
    const { state } = after(rules, [
      enrolled,
      parked,
      sale(600_000, { id: 3, at: '2015-01-05 12:00' }),
      sale(600_000, { id: 4, at: '2015-03-20 12:00' }),
    ]);
    const longer = compileRules([
      like({}),
      like({ version: 2, effectiveFrom: '2015-04-01T00:00', correctionWindowDays: 120 }),
    ]);
    const behind = sale(2_000_000, { id: 5, at: '3 20:00', received: '3 20:01' });
    const before = sale(600_000, { id: 6, at: '2015-01-07 12:00', received: '2015-01-07 12:01' });
    const beyond = sale(600_000, { id: 7, at: '2015-01-09 12:00', received: '2015-01-09 12:01' });
    const read = decodeState(encodeState(state));
    expect(told(decide(read, behind, longer).events)).toEqual(['refused 5 too_late']);
    expect(told(decide(read, before, longer).events)).toEqual(['refused 6 too_late']);
    expect(told(decide(read, beyond, longer).events)).toEqual([
      'posted 7 600000 (+600000) points +2 = 22',
    ]);
  });

  it('takes an enrolment for the sales that are not folded', () => {
    const waiting = [sold, newest, sale(500_000, { id: 6, at: '2015-03-01 13:00' })];
    expect(told(when(rules, waiting, enrolled))).toEqual([
      'activated by 6',
      'tier none > temporary activated',
      'posted 6 500000 (+0) points +2 = 2',
    ]);
  });
});
