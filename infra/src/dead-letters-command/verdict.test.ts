import type { Records, Typed } from '@semarak/schemas';
import { describe, expect, it } from 'vitest';
import { UnreadableRecord } from '../records/index.ts';
import { letterOf } from './letter.ts';
import { hexDump, listed, listLine } from './text.ts';
import { verdictOn } from './verdict.ts';

const content: Records['DeadLetter'] = {
  sourceTopic: 'transactions',
  sourcePartition: 3,
  sourceOffset: 120,
  reason: 'schema id 9 is not in the registry',
  failedAt: Date.UTC(2014, 11, 24),
  key: Buffer.from('mall/M-1'),
  value: Buffer.from([0, 0, 0, 0, 9, 1]),
  headers: [
    { name: 'till', value: Buffer.from('a') },
    { name: 'till', value: Buffer.from([255]) },
  ],
  reader: 'accrual',
};
const letter = letterOf(content);
const enrolled = {
  type: 'MemberEnrolled',
  value: { programme: 'mall', memberId: 'M-1', enrolledAt: 0, receivedAt: 0 },
} as const;

const partitionOf = (key: string): number => (key === 'mall/M-1' ? 3 : 5);

describe('a retry', () => {
  it('writes the same bytes under the same key into the same partition', () => {
    expect(
      verdictOn(letter, { topic: 'transactions', decode: () => enrolled, partitionOf }),
    ).toEqual({
      type: 'write',
      record: {
        topic: 'transactions',
        partition: 3,
        key: content.key,
        value: content.value,
        headers: {
          till: [Buffer.from('a'), Buffer.from([255])],
          'retry-of': 'transactions/3/120',
        },
      },
    });
  });

  it('refuses what still cannot be read', () => {
    const decode = (): Typed => {
      throw new UnreadableRecord('no');
    };
    const verdict = verdictOn(letter, { topic: 'transactions', decode, partitionOf });
    expect(verdict).toEqual({ type: 'refused', reason: 'no' });
  });

  it('refuses a whole batch, and says where its records are', () => {
    const headers = [{ name: 'whole-batch', value: Buffer.from('offsets 7 to 9') }];
    const batch = letterOf({ ...content, headers });
    const decode = (): Typed => enrolled;
    expect(verdictOn(batch, { topic: 'transactions', decode, partitionOf })).toMatchObject({
      type: 'refused',
      reason: expect.stringContaining('smaller batches') as string,
    });
  });

  it('refuses what stood in a partition that is not its member’s, where it would be put aside again', () => {
    const misplaced = letterOf({ ...content, sourcePartition: 4 });
    const decode = (): Typed => enrolled;
    expect(verdictOn(misplaced, { topic: 'transactions', decode, partitionOf })).toEqual({
      type: 'refused',
      reason:
        'it stood in partition 4 and its member’s is 3: send it to the gateway instead, which writes it there',
    });
  });

  it('refuses a transaction whose id names no till', () => {
    const value = {
      programme: 'mall',
      transactionId: '17',
      type: 'sale',
      memberId: null,
      tenantId: 'shop',
      businessDay: 16_405,
      amount: 1,
      currency: 'IDR',
      occurredAt: 0,
      receivedAt: 0,
      originalId: null,
    } as const;
    const decode = (): Typed => ({ type: 'TransactionRecorded', value });
    expect(verdictOn(letter, { topic: 'transactions', decode, partitionOf })).toEqual({
      type: 'refused',
      reason: '"17" is no transaction id',
    });
  });

  it('writes what stands for all members into whatever partition it was in', () => {
    const value = { programme: 'mall', businessDay: 16_405, closedAt: 0, partitions: 8 };
    const decode = (): Typed => ({ type: 'BusinessDayClosed', value });
    const verdict = verdictOn(letterOf({ ...content, sourcePartition: 4 }), {
      topic: 'transactions',
      decode,
      partitionOf,
    });
    expect(verdict).toMatchObject({ type: 'write', record: { partition: 4 } });
  });

  it('refuses a record that may not stand in the topic', () => {
    const verdict = verdictOn(letter, { topic: 'members', decode: () => enrolled, partitionOf });
    expect(verdict).toEqual({
      type: 'refused',
      reason: 'MemberEnrolled may not stand in members',
    });
  });
});

describe('a line of the list', () => {
  it('has place, moment, reason, size and key', () => {
    expect(listLine(listed(letter))).toBe(
      'transactions/3/120  2014-12-24T00:00:00.000Z  schema id 9 is not in the registry  6 bytes  key mall/M-1',
    );
  });

  it('stays one line, and tells of no value, no key and bytes that are no text', () => {
    const odd = { ...content, reason: 'a\nb\u001b', value: null, key: null };
    expect(listLine(listed(letterOf(odd)))).toMatch(/ {2}a\\u000ab\\u001b {2}no value {2}no key$/);
    const bytes = { ...content, key: Buffer.from([255, 1]) };
    expect(listed(letterOf(bytes)).key).toBe('0xff01');
  });

  it('hides a key of members that is no id', () => {
    const member = { ...content, sourceTopic: 'members' };
    expect(listed(letterOf(member)).key).toBe('mall/M-1');
    const named = { ...member, key: Buffer.from('Siti Rahayu') };
    expect(listLine(listed(letterOf(named)))).toMatch(/key hidden$/);
  });
});

describe('the dump', () => {
  it('has sixteen bytes a line, and an end', () => {
    expect(hexDump(Buffer.from('0123456789abcdefg\n'), 18)).toEqual([
      '00000000  30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66  0123456789abcdef',
      `00000010  67 0a${' '.repeat(42)}  g.`,
    ]);
    expect(hexDump(Buffer.alloc(20), 17).at(-1)).toBe('… 3 bytes more');
    expect(hexDump(null, 16)).toEqual(['no value']);
    expect(hexDump(Buffer.alloc(0), 16)).toEqual(['no bytes']);
  });
});
