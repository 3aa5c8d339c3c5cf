import { epochDayOf, isoDate } from '@semarak/schemas';
import { describe, expect, it } from 'vitest';
import { decodeState, encodeState } from '../encoding/state-bytes.ts';
import { like } from '../given/pacific-place.ts';
import { after, at, enrolment, refund, sale, told } from '../given/records.ts';
import { compileRules, withClosedDay } from '../rules/rules.ts';
import { standingOf } from '../standing/standing.ts';
import { decide, type MemberRecord } from './decide.ts';

const points = { perFullAmount: 250_000, points: 1, multipliers: [], caps: {} };
const rules = compileRules([
  like({
    // Wide enough that everything here is corrected within the window.
    correctionWindowDays: 300,
    points: { ...points, expiresAfterMonths: 2 },
    tiers: [
      { tier: 'temporary', monthSpend: 0, keep: { months: 1 }, benefits: [] },
      { tier: 'blue', monthSpend: 5_000_000, keep: { months: 2 }, benefits: [] },
      { tier: 'gold', monthSpend: 9_000_000, keep: { months: 1 }, benefits: [] },
    ],
    gifts: [],
    tickets: [],
  }),
]);
const oneMonth = compileRules([like({ points: { ...points, expiresAfterMonths: 1 } })]);
const closed = (day: string, by = rules) => withClosedDay(by, epochDayOf(day) ?? Number.NaN);

const big = sale(9_000_000, { id: 1, at: '10 12:00' });
const gold = [enrolment(), big];
/** What comes to be known with a copy of the first sale, once a day is closed. */
const known = (records: readonly MemberRecord[], day: string): string[] =>
  told(decide(after(rules, records).state, big, closed(day)).events);
const bought = (amount: number, on: string, id = 2) => sale(amount, { id, at: `${on} 12:00` });

describe('the ends of months', () => {
  it('take away each tier when it is no longer kept, and points when their lot ends', () => {
    expect(known(gold, '2015-01-30')).toEqual([]);
    expect(known(gold, '2015-01-31')).toEqual(['tier gold > blue month_closed']);
    expect(known(gold, '2015-02-27')).toEqual(['tier gold > blue month_closed']);
    expect(known(gold, '2015-02-28')).toEqual([
      'tier gold > blue month_closed',
      'tier blue > temporary month_closed',
      'expired 2015-02-28 36 points -36 = 0',
    ]);
  });

  it('have the time of the month’s end, whatever makes them known', () => {
    const { events } = decide(after(rules, gold).state, big, closed('2015-04-15'));
    expect(
      events.map(({ value }) => ('effectiveAt' in value ? value.effectiveAt : undefined)),
    ).toEqual([at('2015-02-01 00:00'), at('2015-03-01 00:00'), undefined]);
    expect(events.at(-1)?.value).toMatchObject({ expiredAt: at('2015-03-01 00:00') });
  });

  it('are known by a later sale too, which has the tier of its own month', () => {
    const later = bought(1_000_000, '2015-03-01');
    expect(told(decide(after(rules, gold).state, later, rules).events)).toEqual([
      'tier gold > blue month_closed',
      'tier blue > temporary month_closed',
      'expired 2015-02-28 36 points -36 = 0',
      'posted 2 1000000 (+1000000) points +4 = 4',
    ]);
  });

  it('take nothing that was reached again', () => {
    const again = bought(5_000_000, '2015-01-20');
    expect(known([...gold, again], '2015-03-31')).toEqual([
      'tier gold > blue month_closed',
      'expired 2015-02-28 36 points -36 = 20',
      'tier blue > temporary month_closed',
      'expired 2015-03-31 20 points -20 = 0',
    ]);
  });

  it('are corrected by a late sale of a closed month', () => {
    const { state } = after(rules, gold);
    decide(state, big, closed('2015-02-28'));
    const late = sale(5_000_000, { id: 3, at: '2015-01-20 12:00', received: '2015-03-05 12:00' });
    expect(told(decide(state, late, closed('2015-02-28')).events)).toEqual([
      'tier temporary > blue spend_reached',
      'posted 3 5000000 (+5000000) points +20 = 20',
    ]);
  });

  it('give back what had expired of a sale that is refunded', () => {
    const { state } = after(rules, gold);
    decide(state, big, closed('2015-03-31'));
    const back = refund(big, 1_000_000, { at: '2015-04-02 12:00' });
    expect(told(decide(state, back, closed('2015-03-31')).events)).toEqual([
      'posted 1 8000000 (-1000000) points -4 = -4',
      'expired 2015-02-28 32 points +4 = 0',
    ]);
  });

  it.each([80, 560])('leave %s sales right that are corrected on both sides of them', (count) => {
    const early = bought(1_000_000, '20');
    const { state } = after(oneMonth, [enrolment(), early]);
    const later = Array.from({ length: count }, (_, index) => {
      const day = String(2 + Math.floor(index / 30)).padStart(2, '0');
      return sale(1_000_000, {
        id: 100 + index,
        at: `2015-01-${day} 12:${String(10 + (index % 30))}`,
      });
    });
    for (const record of later) decide(state, record, oneMonth);
    const last = later.at(-1);
    if (last === undefined) throw new Error('given');
    const over = closed('2015-01-31', oneMonth);
    decide(state, refund(early, 500_000, { id: 900, at: '2015-02-01 10:00' }), over);
    decide(state, refund(last, 1_000_000, { id: 901, at: '2015-02-01 11:00' }), over);
    expect(state.end.balance).toBe(4 * (count - 1));
    expect(decodeState(encodeState(state)).end.balance).toBe(4 * (count - 1));
  });

  it('are in the standing before they are told', () => {
    const { state } = after(rules, gold);
    const on = (text: string, by = rules) => standingOf(state, by, { at: at(text) });
    expect(on('2015-01-31 23:59')).toMatchObject({
      tier: 'gold',
      tierKeptThrough: '2015-01',
      points: 36,
      lots: [{ through: '2015-02', points: 36 }],
    });
    expect(on('2015-02-01 00:00')).toMatchObject({ tier: 'blue', tierKeptThrough: '2015-02' });
    expect(on('2015-03-01 00:00')).toMatchObject({
      tier: 'temporary',
      tierKeptThrough: null,
      points: 0,
      lots: [],
    });
    expect(on('20 12:00', closed('2015-02-28'))).toMatchObject({ tier: 'temporary', points: 0 });
  });
});

describe('the numbers of one sale', () => {
  it.each([
    { amount: 2_999_999, numbers: 2 },
    { amount: 3_000_000, numbers: 3 },
    { amount: 9_000_000, numbers: 3 },
  ])('are at most numbersMax: $numbers for $amount', ({ amount, numbers }) => {
    const draw = {
      campaign: 'draw',
      name: 'Draw',
      minimumAmount: 1_000_000,
      numbers: { perFullAmount: 1_000_000 },
      numbersMax: 3,
      tiers: ['temporary', 'blue', 'gold'],
    };
    const limited = compileRules([like({ tickets: [draw], gifts: [] })]);
    const { events } = after(limited, [enrolment(), bought(amount, isoDate(16_420))]);
    expect(events.filter(({ type }) => type === 'DrawTicketEarned')).toHaveLength(numbers);
  });
});

describe('a version for days gone by that changes how long points are good', () => {
  it('has a sale taken out by the version that told it and posted again by the new one', () => {
    const [version] = oneMonth.versions;
    if (version === undefined) throw new Error('given');
    const both = compileRules([
      version.document,
      like({
        version: 2,
        effectiveFrom: '2014-12-02T00:00',
        points: { ...points, expiresAfterMonths: 6 },
      }),
    ]);
    const { state } = after(oneMonth, [enrolment(), sale(1_000_000, { id: 1, at: '2 12:00' })]);
    const { events } = decide(state, sale(250_000, { id: 2, at: '3 12:00' }), both);
    const posted = events.flatMap((event) =>
      event.type === 'TransactionPosted' ? [event.value] : [],
    );
    expect(
      posted.map(({ transactionId, programmeVersion, remainingChange, pointsChange, balance }) => [
        transactionId.slice(-1),
        programmeVersion,
        remainingChange,
        pointsChange,
        balance,
      ]),
    ).toEqual([
      ['1', 1, -1_000_000, -4, 0],
      ['1', 2, 1_000_000, 4, 4],
      ['2', 2, 250_000, 1, 5],
    ]);
  });
});
