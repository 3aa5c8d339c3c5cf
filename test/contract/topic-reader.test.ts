import {
  createConsumer,
  createKafka,
  createProducer,
  createTopics,
  recordsOf,
  TopicReader,
} from '@semarak/infra/kafka';
import { serverPorts, startLocalStack, type LocalStack } from '@semarak/infra/local-stack';
import { createLog, createMetrics } from '@semarak/infra/observability';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../system/until.ts';

const ports = serverPorts(22_600);
const partitions = 3;
const records = 400;
const log = createLog({ service: 'test', level: 'silent' });

let dataDir: string;
let stack: LocalStack;
let kafka: ReturnType<typeof createKafka>;
let reader: TopicReader;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'semarak-topic-reader-'));
  const keys = { analyst: 'a-password' };
  stack = await startLocalStack({ dataDir, ports, keys, servers: ['kafka'] });
  kafka = createKafka({ brokers: [stack.urls.KAFKA_BROKERS], clientId: 'test', log });
  const admin = kafka.admin();
  await admin.connect();
  await createTopics(admin, { partitions, replicationFactor: 1 });
  await admin.disconnect();
  const metrics = createMetrics({ service: 'test' });
  const producer = await createProducer({ kafka, metrics, timeoutMs: 10_000 });
  for (let partition = 0; partition < partitions; partition++)
    await producer.append(
      Array.from({ length: records }, (_, offset) => ({
        topic: 'members' as const,
        partition,
        key: `k${offset}`,
        // Large enough that a fetch holds a part of them.
        value: Buffer.from(`${partition}/${offset}`.padEnd(100)),
      })),
    );
  await producer.close();
  reader = await TopicReader.open({
    kafka,
    topic: 'members',
    partitions,
    group: 'test',
    limits: {
      readMsMax: 2_000,
      fetchWaitMsMax: 10,
      fetchBytesMax: 4_096,
      decompressedBytesMax: 1_048_576,
    },
  });
});

afterAll(async () => {
  await reader.close();
  await stack.stop();
  await rm(dataDir, { recursive: true, force: true });
});

async function read(range: { partition: number; from: number; to: number }): Promise<string[]> {
  const values: string[] = [];
  for await (const batch of reader.read(range))
    for (const { offset, value } of batch) {
      expect(value?.toString().trim()).toBe(`${range.partition}/${offset}`);
      values.push(String(offset));
    }
  return values;
}

const offsets = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, index) => String(from + index));

describe('TopicReader', () => {
  it.each([
    { partition: 1, from: 0, to: records },
    { partition: 1, from: 17, to: 18 },
    { partition: 0, from: 3, to: 399 },
    // Backwards, and again what was read.
    { partition: 1, from: 0, to: 250 },
    { partition: 1, from: 250, to: records },
    { partition: 2, from: 399, to: records },
    { partition: 2, from: 5, to: 5 },
  ])('reads partition $partition from $from to $to', async (range) => {
    expect(await read(range)).toEqual(offsets(range.from, range.to));
  });

  it('can be left in the middle', async () => {
    for await (const batch of reader.read({ partition: 0, from: 0, to: records })) {
      expect(batch[0]?.offset).toBe(0);
      break;
    }
    expect(await read({ partition: 0, from: 1, to: 9 })).toEqual(offsets(1, 9));
  });

  it('says where it waits when the log does not reach so far', async () => {
    await expect(read({ partition: 0, from: 399, to: records + 1 })).rejects.toThrow(
      `members/0 at ${records} of ${records + 1}`,
    );
    expect(await read({ partition: 0, from: 0, to: 9 })).toEqual(offsets(0, 9));
  });

  it('leaves no group behind', async () => {
    await reader.close();
    const admin = kafka.admin();
    await admin.connect();
    const { groups } = await admin.listGroups();
    await admin.disconnect();
    expect(groups).toEqual([]);
  });
});

describe('a consumer of a log that stands still', () => {
  const idleWaitMsMax = 1_000;

  it('asks seldom, and has the next record at once', async () => {
    const topic = 'members';
    const producer = await createProducer({
      kafka,
      metrics: createMetrics({ service: 'test' }),
      timeoutMs: 10_000,
    });
    const consumer = createConsumer(kafka, {
      groupId: 'still',
      maxWaitTimeInMs: 10,
      minBytes: 1_048_576,
      idleWaitMsMax,
      decompressedBytesMax: 1_048_576,
    });
    const waits: number[] = [];
    consumer.on(consumer.events.FETCH, ({ payload }) => waits.push(payload.duration));
    const isLong = (wait: number): boolean => wait > idleWaitMsMax / 2;
    let came: number | undefined;
    await consumer.connect();
    try {
      await consumer.subscribe({ topic, fromBeginning: false });
      await consumer.run({
        autoCommit: false,
        eachBatch({ batch }) {
          if (recordsOf(batch).some(({ value }) => String(value) === 'late')) came ??= Date.now();
          return Promise.resolve();
        },
      });
      await until('fetches wait', 20_000, () => waits.filter(isLong).length >= 2);
      expect(waits.findIndex(isLong)).toBeGreaterThanOrEqual(20);
      const sent = Date.now();
      await producer.append([{ topic, partition: 1, key: 'late', value: Buffer.from('late') }]);
      await until('the record has come', 20_000, () => came !== undefined);
      expect((came ?? Infinity) - sent).toBeLessThan(idleWaitMsMax / 2);
      const short = waits.length;
      await until('fetches are short again', 20_000, () => waits.length >= short + 10);
      expect(waits.slice(short + 1, short + 10).filter(isLong)).toEqual([]);
    } finally {
      await consumer.disconnect();
      await producer.close();
    }
  });
});
