import { createConsumer, createKafka, recordsOf } from '@semarak/infra/kafka';
import { createLog } from '@semarak/infra/observability';
import { createCodec } from '@semarak/infra/records';
import type { TopicName, Typed } from '@semarak/schemas';
import type { EachBatchPayload } from 'kafkajs';
import { randomUUID } from 'node:crypto';

const readMsMax = 60_000;
const decompressedBytesMax = 16_777_216;

export interface Read {
  readonly partition: number;
  readonly offset: number;
  readonly value: Buffer | null;
  readonly record: Typed;
}

/** A topic from its beginning to the end that it has now, in the order of each partition. */
export async function readTopic(
  topic: TopicName,
  system: { readonly brokers: string; readonly registryUrl: string },
): Promise<Read[]> {
  const log = createLog({ service: 'test', level: 'silent' });
  const kafka = createKafka({ brokers: [system.brokers], clientId: 'test', log });
  const admin = kafka.admin();
  await admin.connect();
  const ends = await admin.fetchTopicOffsets(topic);
  const left = new Map(
    ends
      .filter(({ low, high }) => Number(high) > Number(low))
      .map(({ partition, high }) => [partition, Number(high)]),
  );
  const values: { partition: number; offset: number; value: Buffer | null }[] = [];
  if (left.size > 0) {
    const groupId = `test-${randomUUID()}`;
    const consumer = createConsumer(kafka, { groupId, maxWaitTimeInMs: 50, decompressedBytesMax });
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${topic} was not read`)), readMsMax);
      const eachBatch = ({ batch }: EachBatchPayload): Promise<void> => {
        const end = left.get(batch.partition) ?? 0;
        for (const { offset, value } of recordsOf(batch))
          if (offset < end) values.push({ partition: batch.partition, offset, value });
        if (Number(batch.lastOffset()) + 1 >= end) left.delete(batch.partition);
        if (left.size === 0) {
          clearTimeout(timer);
          resolve();
        }
        return Promise.resolve();
      };
      consumer.run({ autoCommit: false, eachBatch }).catch(reject);
    });
    await consumer.disconnect();
    await admin.deleteGroups([groupId]);
  }
  await admin.disconnect();
  const codec = await createCodec({ registryUrl: system.registryUrl });
  await codec.prepare(values.map(({ value }) => value));
  return values.map(({ partition, offset, value }) => ({
    partition,
    offset,
    value,
    record: codec.decode(value),
  }));
}
