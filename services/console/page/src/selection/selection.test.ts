import { describe, expect, it } from 'vitest';
import { momentText } from '../parts/moment.ts';
import { readAddress, writeAddress } from './address.ts';
import { liveliest, newestDay } from './newest.ts';
import { addDays, daysBetween, firstDay, isDay } from './days.ts';

describe('the address', () => {
  it('is written as it is read', () => {
    const address = {
      view: 'tenants',
      programme: 'pacific-place',
      asOf: '2014-12-24',
      period: 'month_to_date',
    } as const;
    const written = '#/tenants?programme=pacific-place&as_of=2014-12-24&period=month_to_date';
    expect(writeAddress(address)).toBe(written);
    expect(readAddress(written)).toEqual(address);
  });

  it('takes what is wrong for what is not said', () => {
    expect(readAddress('#/nowhere?as_of=2014-02-30&period=week')).toEqual({
      view: 'overview',
      programme: undefined,
      asOf: undefined,
      period: 'today',
    });
    expect(readAddress('')).toEqual(readAddress('#/overview'));
  });
});

describe('days', () => {
  it('exist or do not', () => {
    expect(['2016-02-29', '2014-12-31'].map(isDay)).toEqual([true, true]);
    expect(['2014-02-29', '2014-13-01', '0014-12-24', '2014-1-1', ''].some(isDay)).toBe(false);
  });

  it('go on over months, years and leap days', () => {
    expect(addDays('2014-12-31', 1)).toBe('2015-01-01');
    expect(addDays('2016-03-01', -1)).toBe('2016-02-29');
    expect(daysBetween('2014-12-30', '2015-01-01')).toEqual([
      '2014-12-30',
      '2014-12-31',
      '2015-01-01',
    ]);
  });

  it('begin a period', () => {
    const first = (['today', 'month_to_date', 'year_to_date'] as const).map((period) =>
      firstDay(period, '2014-12-24'),
    );
    expect(first).toEqual(['2014-12-24', '2014-12-01', '2014-01-01']);
  });
});

describe('a moment', () => {
  const format = { longDay: (day: string) => `day ${day}` };
  it('is the mall’s time, with the date when that is another', () => {
    const moment = '2014-12-24T19:04:12.500+07:00';
    expect(momentText(moment, { today: '2014-12-24', format })).toBe('19:04:12');
    expect(momentText(moment, { today: '2014-12-25', format })).toBe('day 2014-12-24, 19:04:12');
  });
});

describe('what is shown when nothing is chosen', () => {
  const sold = (newest_business_day: string | null) => ({
    today: '2026-11-24',
    newest_business_day,
  });
  it('is the newest day with a sale, not one to come', () => {
    expect(newestDay(sold('2014-12-01'))).toBe('2014-12-01');
    expect(newestDay(sold(null))).toBe('2026-11-24');
    expect(newestDay(sold('2026-12-01'))).toBe('2026-11-24');
  });

  it('is of the programme that sold last, else of the first', () => {
    const [none, old, fresh] = [sold(null), sold('2014-06-30'), sold('2014-12-01')];
    expect(liveliest([none, old, fresh])).toBe(fresh);
    expect(liveliest([none, sold(null)])).toBe(none);
    expect(liveliest([])).toBeUndefined();
  });
});
