import { describe, expect, it } from 'vitest';
import { like, pacificPlaceRules as rules } from '../given/pacific-place.ts';
import { after, enrolment, idOf, refund, sale, voiding } from '../given/records.ts';
import { compileRules } from '../rules/rules.ts';
import { explain } from './explain.ts';
import { sentence } from './sentence.ts';
import type { MemberRecord } from '../decision/decide.ts';

const said = (records: readonly MemberRecord[], of: MemberRecord, known = rules): string => {
  const explanation = explain(after(known, records).state, known, idOf(of));
  return explanation === undefined ? 'unknown' : sentence(explanation);
};

const first = sale(4_000_000, { id: 1, at: '2 12:00' });
const second = sale(1_260_000, { id: 2, at: '2 19:00' });

describe('why a transaction earned what it did', () => {
  it('says what counted and what it would have taken for more', () => {
    expect(said([enrolment(), first, second], second)).toBe(
      'PP-T017/2014-12-02/2 is a sale of IDR 1,260,000 at 2014-12-02 19:00. ' +
        'It lifted the tier to Blue; with it the spend of 2014-12 is IDR 5,260,000, and IDR 94,740,000 more would have reached Gold. ' +
        'Under version 1 it earned 5 points: 5 full amounts of IDR 250,000; IDR 240,000 more would have made one more. ' +
        'It gave 1 number in Pacific Place lucky draw. ' +
        'It gave the right to the gift teddy-bear (christmas), while stock lasted. ' +
        'It gave free parking.',
    );
  });

  it('says why a tier or an hour or an amount gave less', () => {
    const small = sale(499_999, { id: 3, at: '2 23:10' });
    expect(said([enrolment(), first, small], small)).toBe(
      'PP-T017/2014-12-02/3 is a sale of IDR 499,999 at 2014-12-02 23:10. ' +
        'The tier is Temporary; with it the spend of 2014-12 is IDR 4,499,999, and IDR 500,001 more would have reached Blue. ' +
        'Under version 1 it earned 1 point: 1 full amount of IDR 250,000; IDR 1 more would have made one more. ' +
        'It gave no number in Pacific Place lucky draw: that is for Blue or Gold. ' +
        'It gave no gift: that is for Blue or Gold. ' +
        'It gave no free parking: that takes IDR 1 more.',
    );
    expect(said([enrolment(), first], first)).toMatch(
      'It gave no free parking: that is for sales from 18:00 until before 22:00.',
    );
    const late = sale(600_000, { id: 4, at: '2 21:00' });
    expect(said([enrolment(), first, second, late], late)).toMatch(
      'It gave no gift; IDR 150,000 more would have given the magic-balloon. It gave no free parking: the 1 grant of the business day had been given.',
    );
  });

  it.each([
    { why: 'not enrolled', given: [], of: first, says: 'the member is not enrolled' },
    {
      why: 'before enrolment',
      given: [enrolment({ at: '3 09:00' })],
      of: first,
      says: 'before the member enrolled',
    },
    {
      why: 'too small to activate',
      given: [enrolment()],
      of: sale(400_000),
      says: 'IDR 100,000 more would have made it so',
    },
    {
      why: 'before the programme',
      given: [enrolment()],
      of: sale(400_000, { at: '2014-11-30 12:00' }),
      says: 'It is refused: no version of the programme was in force.',
    },
  ])('says why a sale earns nothing: $why', ({ given, of, says }) => {
    expect(said([...given, of], of)).toMatch(says);
  });

  it('names refunds and voids, accepted or not', () => {
    const part = refund(second, 260_000, { id: 900, at: '3 12:00' });
    const tooMuch = refund(second, 1_000_001, { id: 901, at: '3 13:00' });
    const undone = voiding(part, { id: 950, at: '3 14:00' });
    const records = [enrolment(), first, second, part, tooMuch];
    expect(said(records, second)).toMatch(
      /of which IDR 1,000,000 remains.*The refund of IDR 260,000 PP-T017\/2014-12-03\/900 is accepted. The refund of IDR 1,000,001 PP-T017\/2014-12-03\/901 is refused: it is larger than what remained of the sale\.$/,
    );
    expect(said(records, part)).toBe(
      'PP-T017/2014-12-03/900 is a refund of IDR 260,000, naming PP-T017/2014-12-02/2. It is accepted. ' +
        'Of the sale PP-T017/2014-12-02/2 IDR 1,000,000 of IDR 1,260,000 remains, which earns 4 points.',
    );
    expect(said([...records, undone], part)).toMatch('It was voided.');
    expect(said([...records, undone], tooMuch)).toMatch('It is accepted.');
    expect(said([...records, undone], undone)).toMatch('It is accepted.');
    expect(said([part], part)).toMatch('It waits');
  });

  it('says which cap took how much, and until when points are good', () => {
    const capped = compileRules([
      like({
        points: {
          perFullAmount: 250_000,
          points: 1,
          multipliers: [{ percent: 200, tiers: ['temporary'] }],
          caps: { perDay: 40 },
          expiresAfterMonths: 12,
        },
      }),
    ]);
    expect(said([enrolment(), first, second], second, capped)).toMatch(
      'it earned 5 points: 5 full amounts of IDR 250,000; IDR 240,000 more would have made one more. They are good through 2015-12.',
    );
    const third = sale(4_900_000, { id: 3, at: '2 20:00' });
    expect(said([enrolment(), first, second, third], third, capped)).toMatch(
      'it earned 3 points: 19 full amounts of IDR 250,000, limited by 40 points for a business day, of which 37 were used before.',
    );
  });

  it('knows a folded record as such, and nothing of others', () => {
    const later = sale(1_000_000, { id: 9, at: '2015-03-01 12:00' });
    expect(said([enrolment(), first, later], first)).toBe(
      'The details of PP-T017/2014-12-02/1 are no longer kept: they are for 60 days. It was a sale, and what it earned stands.',
    );
    expect(said([enrolment()], first)).toBe('unknown');
  });
});
