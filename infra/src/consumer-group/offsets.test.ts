import { KafkaJSProtocolError, KafkaJSRequestTimeoutError, type Admin } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { groupOffsets, OffsetInDoubt, StaleGeneration, type SendCommit } from './offsets.ts';

const offsetsWith = (
  send: SendCommit | undefined,
  isCurrent = () => true,
  fetchAgain: (offset: number) => void = () => undefined,
) =>
  groupOffsets({
    topic: 'members',
    partition: 2,
    groupId: 'projector',
    admin: {} as Admin,
    send: () => send,
    isCurrent,
    fetchAgain,
  });

describe('an offset that is committed', () => {
  it('is sent with its metadata', async () => {
    const sent: unknown[] = [];
    const offsets = offsetsWith((commit) => Promise.resolve(void sent.push(commit)));
    await offsets.commit({ offset: 7, metadata: 'v1' });
    const partitions = [{ partition: 2, offset: '7', metadata: 'v1' }];
    expect(sent).toEqual([{ topics: [{ topic: 'members', partitions }] }]);
  });

  it('is not sent in another generation than the partition was acquired in', async () => {
    const offsets = offsetsWith(
      () => Promise.reject(new Error('sent')),
      () => false,
    );
    await expect(offsets.commit({ offset: 7 })).rejects.toThrow(StaleGeneration);
  });

  it('asks for a batch to be sent with when none has come yet', async () => {
    const asked: number[] = [];
    const offsets = offsetsWith(
      undefined,
      () => true,
      (offset) => asked.push(offset),
    );
    await expect(offsets.commit({ offset: 7 })).rejects.toThrow(StaleGeneration);
    await expect(offsets.commit({ offset: 0 })).rejects.toThrow(StaleGeneration);
    expect(asked).toEqual([6]);
  });

  it('is refused when Kafka says so, and in doubt when it says nothing', async () => {
    const refusal = new KafkaJSProtocolError(new Error('ILLEGAL_GENERATION'));
    const refused = offsetsWith(() => Promise.reject(refusal));
    await expect(refused.commit({ offset: 7 })).rejects.toBe(refusal);
    const details = { broker: 'b', clientId: 'c', correlationId: 1, createdAt: 0, sentAt: 0 };
    const silence = new KafkaJSRequestTimeoutError('timeout', { ...details, pendingDuration: 1 });
    const unanswered = offsetsWith(() => Promise.reject(silence));
    await expect(unanswered.commit({ offset: 7 })).rejects.toThrow(OffsetInDoubt);
  });
});
