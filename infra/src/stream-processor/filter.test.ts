import { describe, expect, it } from 'vitest';
import { Filter } from './filter.ts';

const event = (offset: number, ordinal: number, partition = 3) =>
  ({ topic: 'transactions', partition, offset, ordinal }) as const;

describe('Filter', () => {
  it('admits each event of a source once, in order', () => {
    const filter = Filter.decode('');
    expect(filter.admit(event(10, 0))).toBe(true);
    expect(filter.admit(event(10, 1))).toBe(true);
    expect(filter.admit(event(10, 1))).toBe(false);
    expect(filter.admit(event(10, 0))).toBe(false);
    expect(filter.admit(event(9, 5))).toBe(false);
    expect(filter.admit(event(12, 0))).toBe(true);
  });

  it('goes on from where a source restarts, below what was applied as above', () => {
    const filter = Filter.decode('');
    filter.admit(event(10, 0));
    expect(filter.admit({ ...event(7, 5), restarts: true })).toBe(true);
    expect(filter.admit({ ...event(7, 5), restarts: true })).toBe(false);
    expect(filter.admit(event(7, 5))).toBe(false);
    expect(filter.admit(event(7, 6))).toBe(true);
    expect(filter.admit(event(10, 0))).toBe(true);
  });

  it('keeps sources apart', () => {
    const filter = Filter.decode('');
    filter.admit(event(10, 0, 1));
    expect(filter.admit(event(10, 0, 2))).toBe(true);
  });

  it('is the same after it was written and read', () => {
    const filter = Filter.decode('');
    filter.admit(event(10, 2, 1));
    filter.admit(event(7, 0, 2));
    const read = Filter.decode(filter.encode());
    expect(read.encode()).toBe(filter.encode());
    expect(read.admit(event(10, 2, 1))).toBe(false);
    expect(read.admit(event(10, 3, 1))).toBe(true);
  });

  it('leaves the original alone when a copy goes on', () => {
    const filter = Filter.decode('');
    filter.copy().admit(event(10, 0));
    expect(filter.admit(event(10, 0))).toBe(true);
  });

  it('refuses text that it did not write', () => {
    expect(() => Filter.decode('transactions:1')).toThrow('is no entry of a filter');
  });
});
