import { describe, expect, it } from 'vitest';
import { hourMap, shadeOf, shades } from './hours.ts';

const cell = (category: string, hour: number, transactions: number, spend = transactions * 10) => ({
  category,
  hour,
  transactions,
  spend,
});

describe('hourMap', () => {
  it('has every hour between the first and the last sale, and the hours after midnight last', () => {
    const map = hourMap([cell('Cinema', 0, 1), cell('Cinema', 22, 5), cell('Books', 21, 2)], {
      measure: 'transactions',
    });
    expect(map.hours).toEqual([21, 22, 23, 0]);
    expect(map.rows.map(({ category, total }) => [category, total])).toEqual([
      ['Cinema', 6],
      ['Books', 2],
    ]);
    expect(map.rows[0]?.cells.map(({ transactions }) => transactions)).toEqual([0, 5, 0, 1]);
    expect(map.busiest).toMatchObject({ category: 'Cinema', hour: 22 });
  });

  it('orders and shades by the measure', () => {
    const map = hourMap([cell('A', 10, 9, 5), cell('B', 10, 1, 50)], { measure: 'spend' });
    expect(map.rows.map(({ category }) => category)).toEqual(['B', 'A']);
    expect(map.max).toBe(50);
  });

  it('is empty without a sale', () => {
    expect(hourMap([cell('A', 10, 0)], { measure: 'spend' })).toEqual({
      hours: [],
      rows: [],
      max: 0,
      busiest: undefined,
    });
  });
});

describe('shadeOf', () => {
  it('keeps nothing apart from little', () => {
    expect([0, 1, 50, 100].map((value) => shadeOf(value, 100))).toEqual([0, 1, 3, shades]);
    expect(shadeOf(0, 0)).toBe(0);
  });
});
