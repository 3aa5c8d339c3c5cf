import { randomUUID } from 'node:crypto';
import { Filter } from '../stream-processor/filter.ts';
import { describe, expect, it } from 'vitest';
import { decodeBookmark, encodeBookmark, metadataBytesMax } from './bookmark.ts';

const database = '98510f1d-f277-43cb-abbe-ef0ceadc48a7';

describe('a bookmark', () => {
  it.each([
    { last: undefined, open: undefined, filter: '', text: `v3 ${database} - - -` },
    {
      last: { offset: 99, epoch: 3, digest: '0a' },
      open: { to: 120, last: { offset: 118, epoch: 4, digest: '0b' }, insert: 'abc' },
      filter: '',
      text: `v3 ${database} 99:3:0a 120/118:4:0b/abc -`,
    },
    {
      last: { offset: 0, epoch: -1, digest: 'ff' },
      open: undefined,
      filter: 'transactions/3:99:2',
      text: `v3 ${database} 0:-1:ff - transactions/3:99:2`,
    },
  ])('reads as $text', ({ last, open, filter, text }) => {
    const encoded = encodeBookmark({ database, last, open, filter: Filter.decode(filter) });
    expect(encoded).toBe(text);
    const decoded = decodeBookmark(encoded);
    expect(decoded?.database).toBe(database);
    expect(decoded?.last).toEqual(last);
    expect(decoded?.open).toEqual(open);
    expect(decoded?.filter.encode()).toBe(filter);
  });

  it.each([
    { text: `v2 ${database} - transactions/3:99:2`, open: undefined },
    {
      text: `v2 ${database} 120/abc transactions/3:99:2`,
      open: { to: 120, last: undefined, insert: 'abc' },
    },
  ])('of the version before names no records: $text', ({ text, open }) => {
    expect(decodeBookmark(text)).toMatchObject({ database, last: undefined, open });
    expect(decodeBookmark(text)?.filter.encode()).toBe('transactions/3:99:2');
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
    const place = { offset: 2 ** 53 - 2, epoch: 2 ** 31 - 1, digest: '0123456789abcdef' };
    const length = (partitions: number) =>
      encodeBookmark({
        database,
        last: place,
        open: { to: 2 ** 53 - 1, last: place, insert: randomUUID() },
        filter: filterOf(partitions),
      }).length;
    expect(length(64)).toBeLessThan(metadataBytesMax);
    expect(() => length(128)).toThrow('too many source partitions');
  });
});
