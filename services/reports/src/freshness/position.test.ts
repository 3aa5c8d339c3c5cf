import { describe, expect, it } from 'vitest';
import { positionOf, projectedInto } from './position.ts';
import type { Committed } from './round.ts';

const database = 'b7e1';
const bookmark = (of: { offset: number; database?: string; openTo?: number }) => ({
  offset: of.offset,
  metadata: `v2 ${of.database ?? database} ${of.openTo === undefined ? '-' : `${of.openTo}/insert`} -`,
});

function position(
  projector: Readonly<
    Record<string, Committed extends ReadonlyMap<string, infer Value> ? Value : never>
  >,
  more: { views?: string; ends?: Readonly<Record<string, number>> } = {},
): string | undefined {
  const ends = { 'transactions/0': 7, 'entitlements/0': 3, ...more.ends };
  return positionOf({
    databaseId: database,
    views: more.views ?? 'v',
    round: {
      projector: new Map(Object.entries(projector)),
      sourceEnds: new Map(Object.entries(ends)),
      derivedEnds: new Map(),
      rewardEnds: new Map(),
    },
  });
}

describe('the position of the rows', () => {
  const closed = { 'transactions/0': bookmark({ offset: 7 }) };

  it('is the same for the same offsets, also while more is in the log', () => {
    expect(position(closed)).toMatch(/^[\w-]{22}$/);
    expect(position(closed, { ends: { 'transactions/0': 9 } })).toBe(position(closed));
  });

  it('is another one for other offsets, views or partitions', () => {
    const all = [
      position(closed),
      position({ 'transactions/0': bookmark({ offset: 8 }) }),
      position(closed, { views: 'w' }),
      position({ ...closed, 'members/0': bookmark({ offset: 1 }) }, { ends: { 'members/0': 1 } }),
    ];
    expect(new Set(all).size).toBe(all.length);
    expect(all).not.toContain(undefined);
  });

  it.each([
    ['an insert is open', { 'transactions/0': bookmark({ offset: 7, openTo: 9 }) }],
    ['another database is meant', { 'transactions/0': bookmark({ offset: 7, database: 'c' }) }],
    ['there is no bookmark', { 'transactions/0': { offset: 7, metadata: '' } }],
    ['nothing is committed', {}],
  ])('cannot be told while %s', (_why, projector) => {
    expect(position(projector)).toBeUndefined();
  });

  it('cannot be told while the first insert of a partition is open', () => {
    const projector = { ...closed, 'members/0': bookmark({ offset: 0, openTo: 1 }) };
    expect(position(projector, { ends: { 'members/0': 0 } })).toBeUndefined();
  });

  it('does not need a partition that nothing was ever written to', () => {
    expect(position(closed, { ends: { 'members/0': 0 } })).toBe(position(closed));
  });
});

it('what another database has is not in this one', () => {
  const committed = new Map([
    ['transactions/0', bookmark({ offset: 7 })],
    ['transactions/1', bookmark({ offset: 5, database: 'c' })],
    ['transactions/2', { offset: 5, metadata: '' }],
    ['transactions/3', bookmark({ offset: 4, openTo: 6 })],
  ]);
  expect([...projectedInto(database, committed)]).toEqual([
    ['transactions/0', 7],
    ['transactions/3', 4],
  ]);
});
