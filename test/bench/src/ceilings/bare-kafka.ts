import type { EachBatchPayload, Kafka } from 'kafkajs';
import { randomUUID } from 'node:crypto';

/** What a bare program did from its first record to its last. */
export interface Bare {
  readonly records: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
}

const input = 'transactions';
/** As the workers read. */
const fetching = { maxWaitTimeInMs: 50, maxBytes: 16_777_216, maxBytesPerPartition: 1_048_576 };
const recordsPerSend = 500;

type Batch = EachBatchPayload['batch'];

export const consume = (kafka: Kafka, limit: { recordsMax: number }): Promise<Bare> =>
  eachBatch(kafka, limit, () => Promise.resolve());

/** Produces to a topic that is gone afterwards. */
export async function consumeAndProduce(
  kafka: Kafka,
  limit: { recordsMax: number },
): Promise<Bare> {
  const admin = kafka.admin();
  await admin.connect();
  const numPartitions = (await admin.fetchTopicOffsets(input)).length;
  const topic = `ceiling-${randomUUID()}`;
  await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions }] });
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  const bare = await eachBatch(kafka, limit, async ({ partition, messages }) => {
    for (let start = 0; start < messages.length; start += recordsPerSend) {
      const sent = messages.slice(start, start + recordsPerSend);
      await producer.send({
        topic,
        acks: -1,
        messages: sent.map(({ key, value }) => ({ partition, key, value })),
      });
    }
  });
  await producer.disconnect();
  await admin.deleteTopics({ topics: [topic] });
  await admin.disconnect();
  return bare;
}

/** Reads all partitions from their beginning to where they end now, or so many records. */
async function eachBatch(
  kafka: Kafka,
  { recordsMax }: { readonly recordsMax: number },
  take: (batch: Batch) => Promise<void>,
): Promise<Bare> {
  const admin = kafka.admin();
  await admin.connect();
  const offsets = await admin.fetchTopicOffsets(input);
  const wanted = Math.min(
    recordsMax,
    offsets.reduce((sum, { high }) => sum + Number(high), 0),
  );
  const groupId = `ceiling-${randomUUID()}`;
  const consumer = kafka.consumer({ groupId, ...fetching });
  await consumer.connect();
  await consumer.subscribe({ topic: input, fromBeginning: true });
  let begun: { readonly at: number; readonly cpu: NodeJS.CpuUsage } | undefined;
  let records = 0;
  const bare = await new Promise<Bare>((resolve, reject) => {
    consumer.on('consumer.crash', ({ payload }) => reject(payload.error));
    void consumer.run({
      autoCommit: false,
      partitionsConsumedConcurrently: offsets.length,
      eachBatch: async ({ batch }) => {
        begun ??= { at: performance.now(), cpu: process.cpuUsage() };
        await take(batch);
        records += batch.messages.length;
        if (records < wanted) return;
        const { user, system } = process.cpuUsage(begun.cpu);
        const seconds = (performance.now() - begun.at) / 1_000;
        resolve({ records, seconds, cpuSeconds: (user + system) / 1_000_000 });
      },
    });
  });
  await consumer.disconnect();
  await admin.deleteGroups([groupId]);
  await admin.disconnect();
  return bare;
}
