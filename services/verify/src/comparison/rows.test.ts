import { describe, expect, it } from 'vitest';
import { keyText, kinds, rowText } from './columns.ts';
import { Differences } from './differences.ts';
import { RowSum } from './row-sum.ts';
import { byKey, compareRows } from './rows.ts';
import { unlike } from './unlike.ts';

const columns = { member_id: kinds.text, tier: kinds.nullableText, points: kinds.whole };
const relation = { name: 'members', columns, key: ['member_id'] };
const row = (memberId: string, points: number, tier: string | null = null): string =>
  rowText(columns, { member_id: memberId, tier, points });

const said = (is: readonly string[], should: readonly string[]): string[] =>
  compareRows(relation, { is: byKey(relation, is), should: byKey(relation, should) }).map(
    ({ key, says }) => `${key}: ${says}`,
  );

describe('compareRows', () => {
  it('says nothing of equal rows in any order', () => {
    expect(said([row('M2', 5), row('M1', 0)], [row('M1', 0), row('M2', 5)])).toEqual([]);
  });

  it.each([
    ['missing', [], [row('M1', 3)], 'M1: the row is missing: member_id=M1, tier=NULL, points=3'],
    ['invented', [row('M1', 3)], [], 'M1: the row is there, none should be: member_id=M1'],
    ['doubled', [row('M1', 3), row('M1', 3)], [row('M1', 3)], 'M1: the row is there 2 times'],
    ['changed', [row('M1', 4, 'blue')], [row('M1', 3, 'gold')], 'M1: tier is blue, should be gold'],
  ])('names a row that is %s', (_, is, should, says) => {
    const differences = said(is, should);
    expect(differences).toHaveLength(1);
    expect(differences[0]).toContain(says);
  });
});

describe('a row’s text', () => {
  it('keeps empty columns in their place', () => {
    const text = rowText(columns, { member_id: '', tier: null, points: -1 });
    expect(keyText(columns, text, ['points', 'tier'])).toBe('-1 NULL');
  });
});

describe('RowSum', () => {
  const sumOf = (...texts: readonly string[]): string => {
    const sum = new RowSum();
    for (const text of texts) sum.add(text);
    return sum.sum;
  };

  it('does not depend on the order', () => {
    expect(sumOf('a', 'b', 'c')).toBe(sumOf('c', 'a', 'b'));
  });

  it('tells doubled rows, twice doubled ones too', () => {
    expect(new Set([sumOf('a'), sumOf('a', 'a'), sumOf('a', 'a', 'a')]).size).toBe(3);
  });

  // From ClickHouse 26.7: SELECT reinterpretAsUInt64(substring(MD5('abc'), 1, 8))
  it('is what ClickHouse comes to', () => {
    expect(sumOf('abc')).toBe('12704604231530709392');
  });
});

describe('Differences', () => {
  it('shows the first and counts all', () => {
    const differences = new Differences(1);
    for (const key of ['M1', 'M2', 'M3']) differences.add({ in: 'members', key, says: 'is wrong' });
    expect(differences.lines()).toEqual(['members M1: is wrong', '… and 2 more']);
    expect(differences.total).toBe(3);
    differences.add({ in: 'sales', key: 'S1', says: 'is wrong' });
    differences.forget(new Set(['members']));
    expect(differences.counts).toEqual(new Map([['sales', 1]]));
  });
});

describe('unlike', () => {
  it.each([
    ['equal', { a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }, undefined],
    ['a changed field', { a: { b: 1 } }, { a: { b: 2 } }, 'a.b is 1, should be 2'],
    ['a field too many', { a: 1, b: 2 }, { a: 1 }, 'b is 2, should be nothing'],
    ['a missing field', {}, { a: null }, 'a is nothing, should be null'],
    ['lists of other lengths', { a: [1] }, { a: [] }, 'a is [1], should be []'],
    ['bytes', { a: Buffer.from('x') }, { a: Buffer.from('y') }, 'a is 1 bytes, should be 1 bytes'],
    ['an undefined field', { a: undefined }, {}, undefined],
  ])('of %s', (_, is, should, says) => {
    expect(unlike(is, should)).toBe(says);
  });
});
