import { randomUUID } from 'node:crypto';
import { Filter } from '../stream-processor/filter.ts';
import { describe, expect, it } from 'vitest';
import { decodeBookmark, encodeBookmark, metadataBytesMax } from './bookmark.ts';

const database = '98510f1d-f277-43cb-abbe-ef0ceadc48a7';

describe('a bookmark', () => {
  it.each([
    { open: undefined, filter: '', text: `v2 ${database} - -` },
    { open: { to: 120, insert: 'abc' }, filter: '', text: `v2 ${database} 120/abc -` },
    {
      open: undefined,
      filter: 'transactions/3:99:2',
      text: `v2 ${database} - transactions/3:99:2`,
    },
  ])('reads as $text', ({ open, filter, text }) => {
    const encoded = encodeBookmark({ database, open, filter: Filter.decode(filter) });
    expect(encoded).toBe(text);
    const decoded = decodeBookmark(encoded);
    expect(decoded?.database).toBe(database);
    expect(decoded?.open).toEqual(open);
    expect(decoded?.filter.encode()).toBe(filter);
  });

  it.each(['', 'something else', `v1 ${database} - -`])('is not "%s"', (text) => {
    expect(decodeBookmark(text)).toBeUndefined();
  });

  it('holds the filter of sixty-four source partitions, and says when it is too long', () => {
    const filterOf = (partitions: number) =>
      Filter.decode(
        Array.from(
          { length: partitions },
          (_, partition) => `transactions/${partition}:9007199254740991:9`,
        ).join(','),
      );
    const length = (partitions: number) =>
      encodeBookmark({
        database,
        open: { to: 2 ** 53 - 1, insert: randomUUID() },
        filter: filterOf(partitions),
      }).length;
    expect(length(64)).toBeLessThan(metadataBytesMax);
    expect(() => length(128)).toThrow('too many source partitions');
  });
});
