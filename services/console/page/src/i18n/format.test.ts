import { describe, expect, it } from 'vitest';
import { createFormat } from './format.ts';

const [english, indonesian] = ['en-GB', 'id-ID'].map(createFormat) as [
  ReturnType<typeof createFormat>,
  ReturnType<typeof createFormat>,
];
/** Without the spaces that do not break. */
const plain = (text: string): string => text.replaceAll(/\s/g, ' ');

describe('numbers', () => {
  it('are written as the language does', () => {
    expect([english.count(1234567), indonesian.count(1234567)]).toEqual(['1,234,567', '1.234.567']);
    expect(plain(indonesian.short(1500))).toBe('1,5 rb');
    expect([english.percent(0.256), english.percent(0), english.percent(0.001)]).toEqual([
      '26%',
      '0%',
      '<1%',
    ]);
    expect(english.bytes(12_345_678)).toBe('12.3 MB');
  });
});

describe('money', () => {
  it('has no decimals in rupiah, also where an average has some', () => {
    expect(plain(english.money(1250000.5, 'IDR'))).toBe('Rp 1,250,001');
    expect(plain(indonesian.money(1250000, 'IDR'))).toBe('Rp 1.250.000');
    expect(plain(indonesian.shortMoney(1250000, 'IDR'))).toBe('Rp 1,3 jt');
  });

  it('is in minor units of other currencies', () => {
    expect(plain(english.money(123456, 'USD'))).toBe('$1,234.56');
  });
});

describe('dates', () => {
  it('are the mall’s, whatever the time zone of the device', () => {
    expect(english.longDay('2014-12-24')).toBe('24 December 2014');
    expect(indonesian.longDay('2014-12-24')).toBe('24 Desember 2014');
    expect(english.shortDay('2014-12-01')).toBe('1 Dec');
    expect([english.month('2014-12-01'), english.month('2014-12')]).toEqual([
      'December 2014',
      'December 2014',
    ]);
    expect(indonesian.shortMonth('2014-05')).toBe('Mei');
    expect(english.hour(7)).toBe('07:00');
  });
});
