import { describe, expect, it } from 'vitest';
import { StateCache } from './state-cache.ts';

const namesOf = (entries: readonly { readonly name: string }[]): string[] =>
  entries.map(({ name }) => name);

/** Commits a slice whose records name these states; which of them had to be loaded. */
function slice(cache: StateCache<string>, ...records: string[][]): string[] {
  const entries = records.map((names) => cache.entriesOf(names));
  const absent = cache.takeAbsent();
  for (const entry of absent) entry.state = entry.name;
  for (const ofRecord of entries) cache.select(ofRecord);
  cache.settle();
  return namesOf(absent);
}

describe('states of a partition in memory', () => {
  it('are to be loaded once, however many records of a slice name them', () => {
    const cache = new StateCache<string>({ entriesMax: 9 });
    expect(slice(cache, ['a', 'b'], ['b', 'c'])).toEqual(['a', 'b', 'c']);
    expect(slice(cache, ['c', 'a'], ['d'])).toEqual(['d']);
  });

  it('go in the order in which they were used last, beyond the limit', () => {
    const cache = new StateCache<string>({ entriesMax: 3 });
    slice(cache, ['a'], ['b'], ['c']);
    slice(cache, ['a'], ['d']);
    expect(slice(cache, ['a'], ['c'], ['d'])).toEqual([]);
    expect(slice(cache, ['b'])).toEqual(['b']);
    expect(slice(cache, ['c'], ['d'])).toEqual([]);
    expect(slice(cache, ['a'])).toEqual(['a']);
  });

  it('go beyond the bytes that they may take, as they weigh after the slice', () => {
    const memoryOf = (state: string) => state.length;
    const cache = new StateCache<string>({ entriesMax: 9, bytesMax: 6, memoryOf });
    slice(cache, ['aa'], ['bb'], ['cc']);
    expect(slice(cache, ['aa'], ['bb'], ['cc'])).toEqual([]);
    cache.select(cache.entriesOf(['bb']));
    cache.set('bb', 'b4b4');
    cache.settle();
    expect(slice(cache, ['cc'], ['bb'])).toEqual([]);
    expect(slice(cache, ['aa'])).toEqual(['aa']);
    cache.clear();
    slice(cache, ['aa'], ['bb'], ['cc']);
    expect(slice(cache, ['aa'], ['bb'], ['cc'])).toEqual([]);
  });

  it('may all go', () => {
    const cache = new StateCache<string>({ entriesMax: 0 });
    slice(cache, ['a'], ['b']);
    expect(slice(cache, ['b'], ['a'])).toEqual(['b', 'a']);
  });

  it('are changed once, and seen by the records after', () => {
    const cache = new StateCache<string>({ entriesMax: 9 });
    const [first = [], second = []] = [['a'], ['b', 'a']].map((names) => cache.entriesOf(names));
    cache.select(first);
    expect(cache.get('a')).toBeUndefined();
    cache.set('a', '1');
    cache.select(second);
    expect(cache.get('a')).toBe('1');
    cache.set('a', '2');
    cache.set('not named', '3');
    expect(cache.changed().map(({ name, state }) => [name, state])).toEqual([
      ['a', '2'],
      ['not named', '3'],
    ]);
    cache.settle();
    expect(cache.changed()).toEqual([]);
    cache.select(cache.entriesOf(['a', 'not named']));
    expect([cache.takeAbsent(), cache.get('a'), cache.get('not named')]).toEqual([[], '2', '3']);
  });

  it('are forgotten with their changes', () => {
    const cache = new StateCache<string>({ entriesMax: 9 });
    slice(cache, ['a']);
    cache.set('a', '1');
    cache.clear();
    expect(cache.changed()).toEqual([]);
    expect(slice(cache, ['a'])).toEqual(['a']);
  });
});
