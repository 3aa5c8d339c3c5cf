import { describe, expect, it } from 'vitest';
import { Halt } from '../consumer-group/partition-task.ts';
import { entryBytes, StateCache, type StateCacheLimits } from './state-cache.ts';

const namesOf = (entries: readonly { readonly name: string }[]): string[] =>
  entries.map(({ name }) => name);

/** A cache of texts, which tells what it decodes. */
function cacheOf(limits: Partial<StateCacheLimits>) {
  const decoded: string[] = [];
  const logic = {
    encode: (_name: string, state: string) => Buffer.from(state),
    decode(name: string, bytes: Uint8Array) {
      decoded.push(name);
      return Buffer.from(bytes).toString();
    },
  };
  const unlimited = { entriesMax: 9, bytesMax: Infinity, decodedMax: 9 };
  const cache = new StateCache<string>(logic, { ...unlimited, ...limits });
  return { cache, decoded };
}

/** Commits a slice whose records read these states; which of them had to be loaded. */
function slice(cache: StateCache<string>, ...records: string[][]): string[] {
  const entries = records.map((names) => cache.entriesOf(names));
  const absent = cache.takeAbsent();
  for (const entry of absent) cache.load(entry, Buffer.from(entry.name));
  for (const [index, ofRecord] of entries.entries()) {
    cache.select(ofRecord);
    for (const name of records[index] ?? []) cache.get(name);
  }
  cache.changes();
  cache.settle();
  return namesOf(absent);
}

describe('states of a partition in memory', () => {
  it('halt the worker with both formats when a newer version wrote them', () => {
    const logic = {
      encode: (_name: string, state: string) => Buffer.from(state),
      decode(): string {
        throw new RangeError('it has format 3, and this version reads 1 and 2');
      },
    };
    const cache = new StateCache<string>(logic, { entriesMax: 9, bytesMax: 99, decodedMax: 9 });
    cache.select(cache.entriesOf(['mall/m1']));
    for (const entry of cache.takeAbsent()) cache.load(entry, Buffer.from('newer'));
    const get = () => cache.get('mall/m1');
    expect(get).toThrow(Halt);
    expect(get).toThrow(
      /^The state "mall\/m1" in Redis .* format 3, and this version reads 1 and 2\. .* deploy .* rebuild -- redis/,
    );
  });

  it('are to be loaded once, however many records of a slice name them', () => {
    const { cache } = cacheOf({});
    expect(slice(cache, ['a', 'b'], ['b', 'c'])).toEqual(['a', 'b', 'c']);
    expect(slice(cache, ['c', 'a'], ['d'])).toEqual(['d']);
  });

  it('go in the order in which they were used last, beyond the limit', () => {
    const { cache } = cacheOf({ entriesMax: 3 });
    slice(cache, ['a'], ['b'], ['c']);
    slice(cache, ['a'], ['d']);
    expect(slice(cache, ['a'], ['c'], ['d'])).toEqual([]);
    expect(slice(cache, ['b'])).toEqual(['b']);
    expect(slice(cache, ['c'], ['d'])).toEqual([]);
    expect(slice(cache, ['a'])).toEqual(['a']);
  });

  it('go beyond the bytes that they may take, as they are stored after the slice', () => {
    const { cache } = cacheOf({ bytesMax: 3 * entryBytes + 6 });
    slice(cache, ['aa'], ['bb'], ['cc']);
    expect(slice(cache, ['aa'], ['bb'], ['cc'])).toEqual([]);
    cache.select(cache.entriesOf(['bb']));
    cache.set('bb', 'bytes');
    cache.changes();
    cache.settle();
    expect(slice(cache, ['cc'], ['bb'])).toEqual([]);
    expect(slice(cache, ['aa'])).toEqual(['aa']);
    cache.clear();
    slice(cache, ['aa'], ['bb'], ['cc']);
    expect(slice(cache, ['aa'], ['bb'], ['cc'])).toEqual([]);
  });

  it('may all go', () => {
    const { cache } = cacheOf({ entriesMax: 0 });
    slice(cache, ['a'], ['b']);
    expect(slice(cache, ['b'], ['a'])).toEqual(['b', 'a']);
  });

  it('stay decoded when they are among those used last', () => {
    const { cache, decoded } = cacheOf({ decodedMax: 2 });
    slice(cache, ['a'], ['b'], ['c']);
    expect(decoded.splice(0)).toEqual(['a', 'b', 'c']);
    slice(cache, ['b']);
    expect(decoded.splice(0)).toEqual([]);
    slice(cache, ['c', 'a']);
    expect(decoded.splice(0)).toEqual(['a']);
    slice(cache, ['b', 'a', 'c']);
    expect(decoded.splice(0)).toEqual(['b']);
  });

  it.each([0, 9])('are as they were set last, with %i that stay decoded', (decodedMax) => {
    const { cache } = cacheOf({ decodedMax });
    slice(cache, ['a']);
    cache.select(cache.entriesOf(['a']));
    cache.set('a', '\u00e4 longer');
    cache.changes();
    cache.settle();
    cache.select(cache.entriesOf(['a']));
    expect(cache.get('a')).toBe('\u00e4 longer');
  });

  it('are changed once, and seen by the records after', () => {
    const { cache } = cacheOf({});
    const changes = () => cache.changes().map(([name, bytes]) => [name, String(bytes)]);
    const [first = [], second = []] = [['a'], ['b', 'a']].map((names) => cache.entriesOf(names));
    cache.select(first);
    expect(cache.get('a')).toBeUndefined();
    cache.set('a', '1');
    cache.select(second);
    expect(cache.get('a')).toBe('1');
    cache.set('a', '2');
    cache.set('not named', '3');
    expect(changes()).toEqual([
      ['a', '2'],
      ['not named', '3'],
    ]);
    cache.settle();
    expect(changes()).toEqual([]);
    cache.select(cache.entriesOf(['a', 'not named']));
    expect([cache.takeAbsent(), cache.get('a'), cache.get('not named')]).toEqual([[], '2', '3']);
  });

  it('are forgotten with their changes', () => {
    const { cache } = cacheOf({});
    slice(cache, ['a']);
    cache.set('a', '1');
    cache.clear();
    expect(cache.changes()).toEqual([]);
    expect(slice(cache, ['a'])).toEqual(['a']);
  });
});
