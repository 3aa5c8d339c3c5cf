import { runConsumerGroup, type InputBatch } from '@semarak/infra/consumer-group';
import {
  createKafka,
  createProducer,
  createTopics,
  TopicReader,
  type RecordProducer,
} from '@semarak/infra/kafka';
import { serverPorts, startLocalStack, type LocalStack } from '@semarak/infra/local-stack';
import { createLog, createMetrics } from '@semarak/infra/observability';
import { consumerGroupConfiguration, consumerGroupLimits } from '@semarak/infra/workers';
import kafkajs, { type Admin } from 'kafkajs';
import { compressFrameSync } from 'lz4-napi';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compressSync } from 'snappy';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { inTransaction } from '../system/foreign-producer.ts';
import { until } from '../system/until.ts';

const { CompressionCodecs, CompressionTypes, ConfigResourceTypes } = kafkajs;
const ports = serverPorts(22_800);
const topic = 'transactions';
const partitions = 3;
const decompressedBytesMax = 1_048_576;
const log = createLog({ service: 'test', level: 'silent' });

CompressionCodecs[CompressionTypes.Snappy] = () => ({
  compress: (encoder: { buffer: Buffer }) => Promise.resolve(compressSync(encoder.buffer)),
});
CompressionCodecs[CompressionTypes.LZ4] = () => ({
  compress: (encoder: { buffer: Buffer }) => Promise.resolve(compressFrameSync(encoder.buffer)),
});

let dataDir: string;
let stack: LocalStack;
let kafka: ReturnType<typeof createKafka>;
let admin: Admin;
let producer: RecordProducer;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'semarak-foreign-'));
  const keys = { analyst: 'a-password' };
  stack = await startLocalStack({ dataDir, ports, keys, servers: ['kafka'] });
  kafka = createKafka({ brokers: [stack.urls.KAFKA_BROKERS], clientId: 'test', log });
  admin = kafka.admin();
  await admin.connect();
  await createTopics(admin, { partitions, replicationFactor: 1 });
  const metrics = createMetrics({ service: 'test' });
  producer = await createProducer({ kafka, metrics, timeoutMs: 10_000 });
  // A leader of a new partition may be a moment away.
  await until('the ends are known', 30_000, async () =>
    endsNow().then(
      () => true,
      () => false,
    ),
  );
});

afterAll(async () => {
  await producer.close();
  await admin.disconnect();
  await stack.stop();
  await rm(dataDir, { recursive: true, force: true });
});

async function endsNow(): Promise<number[]> {
  const ends = await admin.fetchTopicOffsets(topic);
  return ends.sort((a, b) => a.partition - b.partition).map(({ high }) => Number(high));
}

async function endOf(partition: number): Promise<number> {
  return (await endsNow())[partition] ?? 0;
}

async function read(partition: number, from: number): Promise<string[]> {
  const reader = await TopicReader.open({
    kafka,
    topic,
    partitions,
    group: 'test',
    limits: { readMsMax: 5_000, fetchWaitMsMax: 10, fetchBytesMax: 65_536, decompressedBytesMax },
  });
  const values: string[] = [];
  try {
    for await (const records of reader.read({ partition, from, to: await endOf(partition) }))
      for (const { value, fault } of records) values.push(fault ?? value?.toString() ?? 'null');
  } finally {
    await reader.close();
  }
  return values;
}

/** The codec of the last batch of a partition, as it lies on the disk. */
async function lastCodec(partition: number): Promise<number> {
  const file = join(dataDir, 'kafka', 'data', `${topic}-${partition}`, `${'0'.repeat(20)}.log`);
  const log = await readFile(file);
  let codec = 0;
  for (let at = 0; at + 61 <= log.length && log.readInt32BE(at + 8) > 0;) {
    codec = log.readInt16BE(at + 21) & 7;
    at += 12 + log.readInt32BE(at + 8);
  }
  return codec;
}

const setCodec = (value: string) =>
  admin.alterConfigs({
    validateOnly: false,
    resources: [
      {
        type: ConfigResourceTypes.TOPIC,
        name: topic,
        configEntries: [{ name: 'compression.type', value }],
      },
    ],
  });

/** What is appended now lies there in this codec: a configuration takes a moment to hold. */
async function untilCodec(name: string, number: number): Promise<void> {
  await setCodec(name);
  await until(`the broker compresses with ${name}`, 30_000, async () => {
    await producer.append([{ topic, partition: 0, key: null, value: Buffer.from('probe') }]);
    return (await lastCodec(0)) === number;
  });
}

const valuesOf = (name: string): string[] =>
  Array.from({ length: 50 }, (_, index) => `${name} ${index}`.padEnd(40));

describe('a batch of somebody else’s producer', () => {
  it.each([
    ['gzip', 1],
    ['snappy', 2],
    ['lz4', 3],
    ['zstd', 4],
  ])('is read when the topic’s compression.type is %s', async (codec, number) => {
    const values = valuesOf(codec);
    await untilCodec(codec, number);
    const from = await endOf(0);
    const records = values.map((value) => ({ key: null, value: Buffer.from(value) }));
    await producer.append(records.map((record) => ({ topic, partition: 0, ...record })));
    expect(await lastCodec(0)).toBe(number);
    expect(await read(0, from)).toEqual(values);
    expect(await read(0, from + 7)).toEqual(values.slice(7));
    await setCodec('producer');
    await until('the broker leaves it to producers', 30_000, async () => {
      await producer.append([{ topic, partition: 0, key: null, value: Buffer.from('probe') }]);
      return (await lastCodec(0)) === 0;
    });
  });

  it.each([
    ['gzip', CompressionTypes.GZIP],
    ['snappy', CompressionTypes.Snappy],
    ['lz4', CompressionTypes.LZ4],
  ])('is read when the producer writes %s', async (name, compression) => {
    const values = valuesOf(`${name} of a producer`);
    const from = await endOf(0);
    const foreign = kafka.producer({ allowAutoTopicCreation: false });
    await foreign.connect();
    await foreign.send({
      topic,
      compression,
      messages: values.map((value) => ({ partition: 0, value })),
    });
    await foreign.disconnect();
    expect(await read(0, from)).toEqual(values);
  });

  it('is one record with the reason when it becomes too large, and what is behind it is read', async () => {
    const from = await endOf(0);
    const foreign = kafka.producer({ allowAutoTopicCreation: false });
    await foreign.connect();
    const value = Buffer.alloc(20 * decompressedBytesMax);
    const compression = CompressionTypes.GZIP;
    await foreign.send({ topic, compression, messages: [{ partition: 0, value }] });
    await foreign.send({ topic, messages: [{ partition: 0, value: 'behind' }] });
    await foreign.disconnect();
    expect(await read(0, from)).toEqual([
      expect.stringContaining(`DECOMPRESSED_BYTES_MAX = ${decompressedBytesMax}`),
      'behind',
    ]);
  });
});

describe('the end of a partition', () => {
  const message = (value: string) => ({ key: 'k', value });
  it.each([
    ['a transaction that was committed', 'commit', ['before', 'within']],
    ['a transaction that was given up', 'abort', ['before']],
  ] as const)('is reached behind %s', async (_, end, values) => {
    const partition = 1;
    const from = await endOf(partition);
    await producer.append([{ topic, partition, key: null, value: Buffer.from('before') }]);
    await inTransaction(kafka, [{ topic, partition, messages: [message('within')] }], end);
    await until('the end is known', 10_000, async () => (await endOf(partition)) === from + 3);
    expect(await read(partition, from)).toEqual(values);
    expect(await read(partition, from + 2)).toEqual([]);
  });

  it('is where the group’s positions come to, whatever stands there', async () => {
    const before = await endsNow();
    for (let partition = 0; partition < partitions; partition++)
      await inTransaction(kafka, [{ topic, partition, messages: [message('given up')] }], 'abort');
    // The coordinator answers before the control records are written.
    const ends = before.map((end) => end + 2);
    await until('the ends are known', 10_000, async () =>
      (await endsNow()).every((end, partition) => end === ends[partition]),
    );
    const positions = Array.from({ length: partitions }, () => 0);
    const delivered: InputBatch[] = [];
    const limits = {
      ...consumerGroupLimits(z.object(consumerGroupConfiguration).parse({})),
      decompressedBytesMax,
    };
    const failures: Error[] = [];
    const group = await runConsumerGroup({
      kafka,
      clientId: 'test',
      groupId: 'positions',
      topics: [topic],
      concurrency: partitions,
      limits,
      log,
      onFatal: (error) => failures.push(error),
      taskFor: ({ partition }) => ({
        acquire: () => Promise.resolve(positions[partition] ?? 0),
        process(batch) {
          expect(batch.from).toBe(positions[partition]);
          positions[partition] = batch.to;
          delivered.push(batch);
          return Promise.resolve({ type: 'done', position: batch.to });
        },
        check: () => Promise.resolve({ type: 'done', position: positions[partition] ?? 0 }),
      }),
    });
    try {
      await until('every position is at the end', 30_000, () =>
        ends.every((end, partition) => positions[partition] === end),
      );
    } finally {
      await group.close();
    }
    expect(failures).toEqual([]);
    const values = delivered.flatMap(({ records }) => records.map(({ value }) => String(value)));
    expect(values).not.toContain('given up');
    expect(values).toContain('within');
    expect(delivered.at(-1)?.highWatermark).toBeGreaterThan(0);
  });
});
