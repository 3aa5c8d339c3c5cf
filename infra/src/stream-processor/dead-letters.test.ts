import type { Records, Typed } from '@semarak/schemas';
import { describe, expect, it } from 'vitest';
import { UnreadableRecord } from '../records/record-codec.ts';
import { deadLetter } from './dead-letters.ts';

describe('a dead letter', () => {
  const put = (input: Parameters<typeof deadLetter>[0]): Records['DeadLetter'] => {
    let written: Typed | undefined;
    deadLetter(input, new UnreadableRecord('why'), {
      topic: 'transactions',
      partition: 3,
      reader: 'accrual',
      encode: (record) => {
        written = record;
        return Buffer.alloc(0);
      },
    });
    if (written?.type !== 'DeadLetter') throw new Error('no dead letter was written');
    return written.value;
  };

  it('keeps key, value and every header as they came', () => {
    const repeated = [Buffer.from('b'), Buffer.from([255])] as unknown as Buffer;
    const input = {
      offset: 120,
      key: Buffer.from([1, 254]),
      value: Buffer.from([0, 255, 7]),
      headers: { one: Buffer.from('a'), two: repeated, none: null as unknown as Buffer },
    };
    expect(put(input)).toMatchObject({
      sourceTopic: 'transactions',
      sourcePartition: 3,
      sourceOffset: 120,
      reason: 'why',
      reader: 'accrual',
      key: input.key,
      value: input.value,
      headers: [
        { name: 'one', value: Buffer.from('a') },
        { name: 'two', value: Buffer.from('b') },
        { name: 'two', value: Buffer.from([255]) },
        { name: 'none', value: null },
      ],
    });
  });

  it('keeps a tombstone as one', () => {
    expect(put({ offset: 1, key: null, value: null })).toMatchObject({
      key: null,
      value: null,
      headers: [],
    });
  });
});
