import { KafkaJSProtocolError, KafkaJSRequestTimeoutError, type Admin } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { offsetRequests, OffsetInDoubt, type SendCommit } from './offset-requests.ts';
import { groupOffsets, StaleGeneration } from './offsets.ts';

/** The offsets of partitions of one group. */
function groupWith(send: SendCommit | undefined, admin: Partial<Admin> = {}) {
  const requests = offsetRequests({
    groupId: 'projector',
    admin: admin as Admin,
    send: () => send,
  });
  const asked: number[] = [];
  const offsetsOf = (topic: string, partition: number, isCurrent = () => true) =>
    groupOffsets({
      topic,
      partition,
      requests,
      hasBatch: () => send !== undefined,
      isCurrent,
      fetchAgain: (offset) => asked.push(offset),
    });
  return { offsetsOf, asked };
}

describe('an offset that is committed', () => {
  it('is sent with its metadata, and with those that are committed just then', async () => {
    const sent: unknown[] = [];
    const { offsetsOf } = groupWith((commit) => Promise.resolve(void sent.push(commit)));
    await Promise.all([
      offsetsOf('members', 2).commit({ offset: 7, metadata: 'v2' }),
      offsetsOf('transactions', 0).commit({ offset: 1 }),
      offsetsOf('members', 3).commit({ offset: 9 }),
    ]);
    const members = [
      { partition: 2, offset: '7', metadata: 'v2' },
      { partition: 3, offset: '9' },
    ];
    const transactions = [{ partition: 0, offset: '1' }];
    expect(sent).toEqual([
      {
        topics: [
          { topic: 'members', partitions: members },
          { topic: 'transactions', partitions: transactions },
        ],
      },
    ]);
  });

  it('is not sent in another generation than the partition was acquired in', async () => {
    const sent: unknown[] = [];
    const { offsetsOf } = groupWith((commit) => Promise.resolve(void sent.push(commit)));
    let isCurrent = true;
    const stale = offsetsOf('members', 2, () => isCurrent).commit({ offset: 7 });
    const fresh = offsetsOf('members', 3).commit({ offset: 8 });
    isCurrent = false;
    await expect(stale).rejects.toThrow(StaleGeneration);
    await fresh;
    const partitions = [{ partition: 3, offset: '8' }];
    expect(sent).toEqual([{ topics: [{ topic: 'members', partitions }] }]);
  });

  it('asks for a batch to be sent with when none has come yet', async () => {
    const { offsetsOf, asked } = groupWith(undefined);
    const offsets = offsetsOf('members', 2);
    await expect(offsets.commit({ offset: 7 })).rejects.toThrow(StaleGeneration);
    await expect(offsets.commit({ offset: 0 })).rejects.toThrow(StaleGeneration);
    expect(asked).toEqual([6]);
  });

  it('is refused when Kafka says so, and in doubt when it says nothing', async () => {
    const refusal = new KafkaJSProtocolError(new Error('ILLEGAL_GENERATION'));
    const refused = groupWith(() => Promise.reject(refusal)).offsetsOf('members', 2);
    await expect(refused.commit({ offset: 7 })).rejects.toBe(refusal);
    const details = { broker: 'b', clientId: 'c', correlationId: 1, createdAt: 0, sentAt: 0 };
    const silence = new KafkaJSRequestTimeoutError('timeout', { ...details, pendingDuration: 1 });
    const unanswered = groupWith(() => Promise.reject(silence)).offsetsOf('members', 2);
    await expect(unanswered.commit({ offset: 7 })).rejects.toThrow(OffsetInDoubt);
  });
});

describe('an offset that is read', () => {
  it('is asked for with those of other partitions, and is none when nothing was committed', async () => {
    const asked: (readonly string[] | undefined)[] = [];
    const { offsetsOf } = groupWith(undefined, {
      fetchOffsets({ topics }) {
        asked.push(topics);
        const partitions = [
          { partition: 2, offset: '7', metadata: 'v2' },
          { partition: 3, offset: '-1', metadata: null },
        ];
        return Promise.resolve([{ topic: 'members', partitions }]);
      },
    });
    const places = [
      ['members', 2],
      ['members', 3],
      ['transactions', 0],
    ] as const;
    const read = await Promise.all(
      places.map(([topic, partition]) => offsetsOf(topic, partition).read()),
    );
    const nothing = { offset: undefined, metadata: '' };
    expect(read).toEqual([{ offset: 7, metadata: 'v2' }, nothing, nothing]);
    expect(asked).toEqual([['members', 'transactions']]);
  });
});
