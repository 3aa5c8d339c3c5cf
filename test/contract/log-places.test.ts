import {
  createKafka,
  createLogPlaces,
  createProducer,
  createTopics,
  placeOf,
  TopicReader,
  type LogPlace,
  type LogPlaces,
} from '@semarak/infra/kafka';
import { serverPorts, startLocalStack, type LocalStack } from '@semarak/infra/local-stack';
import { createLog, createMetrics } from '@semarak/infra/observability';
import type { TopicName } from '@semarak/schemas';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cutLog } from '../system/cut-log.ts';

const ports = serverPorts(22_800);
const partitions = 2;
const readingLimits = { decompressedBytesMax: 1_048_576 };
const log = createLog({ service: 'test', level: 'silent' });
const metrics = createMetrics({ service: 'test' });
const topicsUsed: readonly TopicName[] = ['transactions', 'members'];

let dataDir: string;
let stack: LocalStack;
let places: LogPlaces;

const kafkaOf = (of: LocalStack) =>
  createKafka({ brokers: [of.urls.KAFKA_BROKERS], clientId: 'test', log });

const start = (): Promise<LocalStack> =>
  startLocalStack({ dataDir, ports, keys: { analyst: 'a-password' }, servers: ['kafka'] });

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'semarak-log-places-'));
  stack = await start();
  const admin = kafkaOf(stack).admin();
  await admin.connect();
  await createTopics(admin, { partitions, replicationFactor: 1 });
  await admin.disconnect();
  places = await createLogPlaces(kafkaOf(stack), readingLimits);
});

afterAll(async () => {
  await places.close();
  await stack.stop();
  await rm(dataDir, { recursive: true, force: true });
});

/** One record an append: a batch each. */
async function write(values: readonly string[]): Promise<void> {
  const producer = await createProducer({ kafka: kafkaOf(stack), metrics, timeoutMs: 10_000 });
  for (const value of values)
    for (const topic of topicsUsed)
      for (let partition = 0; partition < partitions; partition++)
        await producer.append([{ topic, partition, key: 'a', value: Buffer.from(value) }]);
  await producer.close();
}

async function placesOf(topic: TopicName, range: { from: number; to: number }) {
  const limits = {
    ...readingLimits,
    ...{ readMsMax: 10_000, fetchWaitMsMax: 10, fetchBytesMax: 65_536 },
  };
  const kafka = kafkaOf(stack);
  const reader = await TopicReader.open({ kafka, topic, partitions, group: 'test', limits });
  const found: LogPlace[] = [];
  try {
    for await (const records of reader.read({ partition: 0, ...range }))
      found.push(...records.map(placeOf));
  } finally {
    await reader.close();
  }
  return found;
}

const verdicts = (topic: TopicName, of: readonly LogPlace[]) =>
  Promise.all(of.map((place) => places.verdictOf({ topic, partition: 0 }, place)));

const stands = { type: 'stands' } as const;
const lostFrom = (from: number | undefined) => ({ type: 'lost', from }) as const;

describe('places in a log', () => {
  it.each(topicsUsed)('stand as long as %s has their records', async (topic) => {
    if (topic === topicsUsed[0]) await write(['one', 'two', 'three', 'four']);
    const found = await placesOf(topic, { from: 0, to: 4 });
    expect(await verdicts(topic, found)).toEqual([stands, stands, stands, stands]);
  });

  it('are lost when the log has lost its end, and stay so when it has grown beyond', async () => {
    const before = new Map<TopicName, LogPlace[]>();
    for (const topic of topicsUsed) before.set(topic, await placesOf(topic, { from: 0, to: 4 }));
    const at = { topic: 'transactions', partition: 0 } as const;
    const identity = await places.identityOf(at);
    expect(await places.isLedSince(at, identity.epoch)).toBe(true);
    await stack.stop();
    for (const topic of topicsUsed)
      expect(await cutLog({ dataDir, topic, partition: 0, off: { batches: 2 } })).toBe(2);
    stack = await start();
    // The first request meets the connection that is gone.
    await places.endOfEpoch({ topic: 'members', partition: 0 }, 0).catch(() => undefined);
    // Two are the same to the byte as those that were lost.
    await write(['three', 'four', 'five', 'six']);

    const next = await places.identityOf(at);
    expect(next.epoch).toBeGreaterThan(identity.epoch);
    expect(next.origin).toBe(identity.origin);
    expect(await places.isLedSince(at, identity.epoch)).toBe(false);
    expect(await places.isLedSince(at, next.epoch)).toBe(true);

    for (const topic of topicsUsed) {
      const old = before.get(topic) ?? [];
      expect(await verdicts(topic, old), topic).toEqual([
        ...[stands, stands],
        ...[lostFrom(2), lostFrom(2)],
      ]);
      const grown = await placesOf(topic, { from: 0, to: 6 });
      expect(await verdicts(topic, grown), topic).toEqual(grown.map(() => stands));
      expect(grown.slice(0, 2)).toEqual(old.slice(0, 2));
      expect(grown[2]?.epoch).toBeGreaterThan(old[2]?.epoch ?? 0);
    }
  });

  it('of another log are lost, and it is not known from where', async () => {
    const [first] = await placesOf('transactions', { from: 0, to: 1 });
    if (first === undefined) throw new Error('there is no record');
    const other = { ...first, digest: '0123456789abcdef' };
    expect(await verdicts('transactions', [other])).toEqual([lostFrom(undefined)]);
    const newer = { ...first, epoch: first.epoch + 100 };
    expect(await verdicts('transactions', [newer])).toEqual([lostFrom(undefined)]);
  });
});
