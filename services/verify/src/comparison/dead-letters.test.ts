import { describe, expect, it } from 'vitest';
import { DeadLetters, digest } from './dead-letters.ts';
import type { Difference } from './differences.ts';

const letter = {
  sourceTopic: 'transactions',
  sourcePartition: 3,
  sourceOffset: 120,
  reason: 'why',
  reader: 'accrual',
  value: Buffer.from('bytes'),
  headers: [],
};
const origin = { topic: 'transactions', partition: 3, offset: 120 };
const record = { offset: 120, value: letter.value };

function compared(compare: (letters: DeadLetters) => void): string[] {
  const says: string[] = [];
  const letters = new DeadLetters((difference: Difference) => says.push(difference.says));
  compare(letters);
  letters.finish();
  return says;
}

describe('dead letters', () => {
  it('must be there for what cannot be read, with its bytes, and for nothing else', () => {
    expect(compared((letters) => letters.expect('transactions', 3, record))).toEqual([
      'the dead letter is missing',
    ]);
    expect(compared((letters) => letters.found(letter, false))).toEqual([
      expect.stringContaining('none should be'),
    ]);
    expect(
      compared((letters) => {
        letters.expect('transactions', 3, { ...record, value: null });
        letters.found(letter, false);
      }),
    ).toEqual([expect.stringContaining('the bytes are not those of the record')]);
  });

  it('tell who put a record aside', () => {
    compared((letters) => {
      letters.learn(letter);
      expect(letters.isAside(origin, 'accrual')).toBe(true);
      expect(letters.isAside(origin, 'projector')).toBe(false);
      letters.learn({ ...letter, reader: '' });
      expect(letters.isAside(origin, 'projector')).toBe(true);
    });
  });

  it('tell whether it was the record that the log has there now', () => {
    compared((letters) => {
      letters.learn(letter);
      expect(letters.isAside(origin, 'accrual', letter.value)).toBe(true);
      expect(letters.isAside(origin, 'accrual', Buffer.from('another'))).toBe(false);
      expect(letters.isAside(origin, 'accrual', null)).toBe(false);
      letters.learn({ ...letter, value: Buffer.from('another') });
      expect(letters.isAside(origin, 'accrual', Buffer.from('another'))).toBe(true);
    });
  });

  it('of a whole batch stand for any record at its place', () => {
    compared((letters) => {
      const headers = [{ name: 'whole-batch', value: null }];
      letters.learn({ ...letter, headers });
      expect(letters.isAside(origin, 'accrual', Buffer.from('another'))).toBe(true);
    });
  });

  it('of what can be read today ask for it once more in the topic, behind it', () => {
    const identity = digest(record.value);
    const aside = (letters: DeadLetters): void => {
      letters.expectReadable(origin, record, identity);
      letters.found(letter, false);
    };
    expect(compared(aside)).toEqual([expect.stringContaining('retry transactions/3/120')]);
    const before = compared((letters) => {
      letters.takenIn(origin, () => identity);
      aside(letters);
    });
    expect(before).toHaveLength(1);
    const behind = compared((letters) => {
      aside(letters);
      letters.takenIn(origin, () => 'another');
      letters.takenIn(origin, () => identity);
    });
    expect(behind).toEqual([]);
  });
});
