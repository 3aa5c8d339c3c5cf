import {
  createKafka,
  createProducer,
  createTopics,
  LogUnavailable,
  TopicReader,
  type OutputRecord,
  type RecordProducer,
} from '@semarak/infra/kafka';
import { readPid, serverPorts, startLocalStack, type LocalStack } from '@semarak/infra/local-stack';
import { createLog, createMetrics } from '@semarak/infra/observability';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ports = serverPorts(22_700);
const partitions = 3;
const log = createLog({ service: 'test', level: 'silent' });
const metrics = createMetrics({ service: 'test' });

let dataDir: string;
let stack: LocalStack;
let kafka: ReturnType<typeof createKafka>;
let producer: RecordProducer;

const start = (): Promise<LocalStack> =>
  startLocalStack({ dataDir, ports, keys: { analyst: 'a-password' }, servers: ['kafka'] });

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'semarak-producer-'));
  stack = await start();
  kafka = createKafka({ brokers: [stack.urls.KAFKA_BROKERS], clientId: 'test', log });
  const admin = kafka.admin();
  await admin.connect();
  await createTopics(admin, { partitions, replicationFactor: 1 });
  await admin.disconnect();
  producer = await createProducer({ kafka, metrics, timeoutMs: 10_000 });
});

afterAll(async () => {
  await producer.close();
  await stack.stop();
  await rm(dataDir, { recursive: true, force: true });
});

const record = (partition: number, value: string): OutputRecord => ({
  topic: 'members',
  partition,
  key: `kartu/é${value}`,
  value: Buffer.from(value),
  headers: { 'acked-below': value },
});

async function valuesOf(partition: number, range: { from: number; to: number }): Promise<string[]> {
  const reader = await TopicReader.open({
    kafka,
    topic: 'members',
    partitions,
    group: 'test',
    limits: {
      readMsMax: 10_000,
      fetchWaitMsMax: 10,
      fetchBytesMax: 1_048_576,
      decompressedBytesMax: 1_048_576,
    },
  });
  const values: string[] = [];
  for await (const batch of reader.read({ partition, ...range }))
    for (const { key, value, headers } of batch) {
      const text = value?.toString() ?? '';
      expect(key?.toString()).toBe(`kartu/é${text}`);
      expect(headers['acked-below']?.toString()).toBe(text);
      values.push(text);
    }
  await reader.close();
  return values;
}

describe('appending to the log', () => {
  it('puts records of a partition there in their order, with key and headers', async () => {
    const sent = Array.from({ length: 1_000 }, (_, index) => record(index % 2, `a${index}`));
    const offsets = sent.map((_, index) => Math.floor(index / 2));
    expect(await producer.append(sent)).toEqual(offsets);
    const found = [
      await valuesOf(0, { from: 0, to: 500 }),
      await valuesOf(1, { from: 0, to: 500 }),
    ];
    expect(found).toEqual(
      [0, 1].map((partition) =>
        sent.filter((one) => one.partition === partition).map(({ value }) => value.toString()),
      ),
    );
  });

  it.each([
    ['a partition that does not exist', { ...record(0, 'x'), partition: 99 }],
    ['a record that is larger than Kafka takes', { ...record(0, 'x'), value: Buffer.alloc(3e6) }],
  ])('says that Kafka does not take %s', async (_, bad) => {
    await expect(producer.append([bad])).rejects.toBeInstanceOf(LogUnavailable);
  });

  it('says that Kafka is away, and goes on when it is back', async () => {
    const pid = await readPid(join(dataDir, 'run', 'kafka.pid'));
    if (pid === undefined) throw new Error('Kafka has no process');
    process.kill(pid, 'SIGKILL');
    await expect(producer.append([record(2, 'away')])).rejects.toBeInstanceOf(LogUnavailable);
    await stack.stop();
    stack = await start();
    await producer.append([record(2, 'b1'), record(2, 'b2')]);
    expect((await valuesOf(2, { from: 0, to: 2 })).slice(-2)).toEqual(['b1', 'b2']);
  });

  it('appends over a connection that was opened while Kafka hung, once it goes on', async () => {
    const pid = await readPid(join(dataDir, 'run', 'kafka.pid'));
    if (pid === undefined) throw new Error('Kafka has no process');
    let late: RecordProducer;
    process.kill(pid, 'SIGSTOP');
    try {
      late = await createProducer({ kafka, metrics, timeoutMs: 10_000 });
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await late.append([record(2, 'c')]);
    await late.close();
    expect((await valuesOf(2, { from: 0, to: 3 })).slice(-1)).toEqual(['c']);
  });
});
