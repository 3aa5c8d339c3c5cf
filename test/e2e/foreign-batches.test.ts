import { createKafka } from '@semarak/infra/kafka';
import { createLog } from '@semarak/infra/observability';
import { createCodec } from '@semarak/infra/records';
import { memberKey, topicNames, type Typed } from '@semarak/schemas';
import kafkajs, { type Admin, type Kafka } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inTransaction } from '../system/foreign-producer.ts';
import { untilNoLag } from '../system/lag.ts';
import { runRebuild } from '../system/rebuild.ts';
import { runCommand } from '../system/run-command.ts';
import { runSimulator } from '../system/simulator.ts';
import { startSystem, type System } from '../system/system.ts';
import { readTopic } from '../system/topic.ts';
import { runVerify } from '../system/verify.ts';

const { CompressionTypes, ConfigResourceTypes } = kafkajs;
const portBase = 24_300;
const log = createLog({ service: 'test', level: 'silent' });

let system: System;
let kafka: Kafka;
let admin: Admin;

beforeAll(async () => {
  system = await startSystem({ portBase });
  kafka = createKafka({ brokers: [system.brokers], clientId: 'test', log });
  admin = kafka.admin();
  await admin.connect();
});
afterAll(async () => {
  await admin.disconnect();
  await system.close();
});

async function load(seed: number): Promise<void> {
  const args = ['load', '--transactions', '80', '--seed', String(seed)];
  const { exitCode, output } = await runSimulator(system, args).ended;
  expect(exitCode, output).toBe(0);
}

async function expectAllIsRight(): Promise<void> {
  await untilNoLag(admin);
  const { exitCode, output } = await runVerify(system);
  expect(exitCode, output).toBe(0);
}

function profileOf(record: Typed): Typed<'MemberProfile'>['value'] {
  if (record.type !== 'MemberProfile') throw new Error(`${record.type} stands in members`);
  return record.value;
}

const keyOf = (record: Typed): string => memberKey(profileOf(record));
const zoneOf = (record: Typed): string => profileOf(record).zone;

describe('batches that somebody else’s producer or the broker has made', () => {
  it('are taken in, in whatever codec the topics are', async () => {
    for (const [seed, codec] of ['gzip', 'snappy', 'lz4', 'zstd'].entries()) {
      await admin.alterConfigs({
        validateOnly: false,
        resources: topicNames.map((name) => ({
          type: ConfigResourceTypes.TOPIC,
          name,
          configEntries: [{ name: 'compression.type', value: codec }],
        })),
      });
      await load(seed + 1);
    }
    await expectAllIsRight();
  });

  it('leave no lag when they are of transactions, at the end of every partition', async () => {
    const [first] = await readTopic('transactions', system);
    const partitions = (await admin.fetchTopicOffsets('transactions')).map((one) => one.partition);
    const foreign = topicNames.flatMap((topic) =>
      partitions.map((partition) => ({
        topic,
        partition,
        messages: [{ key: 'k', value: Buffer.from('given up, and no record') }],
      })),
    );
    await inTransaction(kafka, foreign, 'abort');
    await expectAllIsRight();
    // The same sale once more is a repeat; behind it stands a control record.
    if (first === undefined) throw new Error('nothing was loaded');
    const { partition, value } = first;
    const messages = [{ key: null, value }];
    await inTransaction(kafka, [{ topic: 'transactions', partition, messages }], 'commit');
    await expectAllIsRight();
  });

  it('remove a profile with a record that has no value, until a new profile comes', async () => {
    const profiles = await readTopic('members', system);
    const [gone, back] = [...new Map(profiles.map((one) => [keyOf(one.record), one]))];
    if (gone === undefined || back === undefined) throw new Error('two members are needed');
    const producer = kafka.producer({ allowAutoTopicCreation: false });
    await producer.connect();
    const send = ([key, { partition }]: typeof gone, values: readonly (Buffer | null)[]) =>
      producer.send({
        topic: 'members',
        messages: values.map((value) => ({ key, partition, value })),
      });
    await send(gone, [gone[1].value, null, null]);
    await send(back, [null, back[1].value]);
    await producer.disconnect();
    await expectAllIsRight();
    const zones = await system.rows<{ name: string; zone: string; gender: string; born: unknown }>(
      `SELECT concat(programme, '/', member_id) AS name, zone, gender, birth_date AS born
       FROM members WHERE name IN ('${gone[0]}', '${back[0]}')`,
    );
    const unknown = { zone: 'unknown', gender: 'unknown', born: null };
    expect(zones.find(({ name }) => name === gone[0])).toEqual({ name: gone[0], ...unknown });
    expect(zones.find(({ name }) => name === back[0])?.zone).toBe(zoneOf(back[1].record));
  });

  it('change nothing when they bring every sale again two months later', async () => {
    const figures = () =>
      system.rows(
        `SELECT (SELECT count() FROM sales) AS sales, (SELECT sum(points) FROM members) AS points,
           (SELECT count() FROM rejected_transactions) AS rejected`,
      );
    const before = await figures();
    const codec = await createCodec({ registryUrl: system.registryUrl });
    const copies = (await readTopic('transactions', system)).flatMap(({ record, partition }) => {
      if (record.type !== 'TransactionRecorded') return [];
      const receivedAt = record.value.receivedAt + 60 * 86_400_000;
      const { type, value } = record;
      return { partition, value: codec.encode({ type, value: { ...value, receivedAt } }) };
    });
    const producer = kafka.producer({ allowAutoTopicCreation: false });
    await producer.connect();
    const messages = copies.map((copy) => ({ key: null, ...copy }));
    await producer.send({ topic: 'transactions', messages });
    await producer.disconnect();
    expect(copies.length).toBeGreaterThan(300);
    await expectAllIsRight();
    expect(await figures()).toEqual(before);
  });

  it('are put aside whole when they become too large, and the line goes on', async () => {
    const producer = kafka.producer({ allowAutoTopicCreation: false });
    await producer.connect();
    const compression = CompressionTypes.GZIP;
    const value = Buffer.alloc(20 * 1_048_576);
    for (const topic of ['transactions', 'members', 'loyalty-events'])
      await producer.send({ topic, compression, messages: [{ partition: 0, key: 'k', value }] });
    await producer.disconnect();
    await load(9);
    await expectAllIsRight();
    const command = 'infra/src/dead-letters-command/dead-letters.mjs';
    const { output } = await runCommand(command, ['list', '--data', system.dataDir]);
    for (const topic of ['transactions', 'members', 'loyalty-events'])
      expect(output).toMatch(new RegExp(`^${topic}/0/\\d+ .*DECOMPRESSED_BYTES_MAX`, 'm'));
  });

  it.each(['redis', 'clickhouse'])('are all there after a rebuild of %s', async (store) => {
    const { exitCode, output } = await runRebuild(system, [store]).ended;
    expect(exitCode, output).toBe(0);
    await expectAllIsRight();
  });
});
