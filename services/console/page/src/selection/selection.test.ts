import { describe, expect, it } from 'vitest';
import { momentText } from '../parts/moment.ts';
import { readAddress, writeAddress } from './address.ts';
import { liveliest } from './liveliest.ts';
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
  const moment = '2014-12-24T19:04:12.500+07:00';
  const written = (now: string) =>
    momentText(moment, { timeZone: 'Asia/Jakarta', now: new Date(now), format });

  it('is the mall’s time, with the date when that is not the mall’s today', () => {
    expect(written('2014-12-24T16:59:59Z')).toBe('19:04:12');
    expect(written('2014-12-24T17:00:00Z')).toBe('day 2014-12-24, 19:04:12');
  });
});

describe('the programme that is shown when none is chosen', () => {
  it('is the one that sold last, else the first', () => {
    const sold = (newest_business_day: string | null) => ({ newest_business_day });
    const [none, old, fresh] = [sold(null), sold('2014-06-30'), sold('2014-12-01')];
    expect(liveliest([none, old, fresh])).toBe(fresh);
    expect(liveliest([none, sold(null)])).toBe(none);
    expect(liveliest<ReturnType<typeof sold>>([])).toBeUndefined();
  });
});
