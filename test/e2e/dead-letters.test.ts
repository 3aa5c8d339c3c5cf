import { createClient } from '@clickhouse/client';
import { createKafka, createProducer, type RecordProducer } from '@semarak/infra/kafka';
import { createLog, createMetrics } from '@semarak/infra/observability';
import { createCodec, type RecordCodec } from '@semarak/infra/records';
import { avroSchemas, firstGeneration, memberKey, type TopicName } from '@semarak/schemas';
import type { Admin } from 'kafkajs';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand, type CommandAnswer } from '../system/run-command.ts';
import { runSimulator } from '../system/simulator.ts';
import { startSystem, type System } from '../system/system.ts';
import { readTopic } from '../system/topic.ts';
import { until } from '../system/until.ts';
import { runVerify } from '../system/verify.ts';

const portBase = 24_000;
const log = createLog({ service: 'test', level: 'silent' });
const programme = 'pacific-place';
/** Workers that stop again and again join the group each time, and everybody in it waits for each other. */
const putAsideMsMax = 400_000;

let system: System;
let admin: Admin;
let producer: RecordProducer;
let codec: RecordCodec;
let loaded: Awaited<ReturnType<typeof readTopic>>;
const workers: ChildProcess[] = [];

beforeAll(async () => {
  system = await startSystem({ portBase });
  const kafka = createKafka({ brokers: [system.brokers], clientId: 'test', log });
  admin = kafka.admin();
  await admin.connect();
  const metrics = createMetrics({ service: 'test' });
  producer = await createProducer({ kafka, metrics, timeoutMs: 10_000 });
  codec = await createCodec({ registryUrl: system.registryUrl });
  const loading = runSimulator(system, ['load', '--transactions', '300', '--seed', '8']);
  const { exitCode, output } = await loading.ended;
  expect(exitCode, output).toBe(0);
  loaded = await readTopic('transactions', system);
});
afterAll(async () => {
  await stopWorkers();
  await producer.close();
  await admin.disconnect();
  await system.close();
});

const deadLetters = (args: readonly string[]): Promise<CommandAnswer> =>
  runCommand('infra/src/dead-letters-command/dead-letters.mjs', [
    ...args,
    '--data',
    system.dataDir,
  ]);

interface Listed {
  readonly place: string;
  readonly failedAt: string;
  readonly reason: string;
  readonly bytes: number | null;
  readonly key: string | null;
}

async function list(args: readonly string[] = []): Promise<Listed[]> {
  const { exitCode, output } = await deadLetters(['list', '--json', ...args]);
  expect(exitCode, output).toBe(0);
  return output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Listed);
}

async function endOf(topic: TopicName, partition: number): Promise<number> {
  const ends = await admin.fetchTopicOffsets(topic);
  return Number(ends.find((one) => one.partition === partition)?.high);
}

/** Appends to a partition; the place of the first record, once it is listed as a dead letter. */
async function putAside(
  topic: TopicName,
  record: { partition: number; key: string | null; value: Buffer; readers: number },
): Promise<string> {
  const { partition, key, value, readers } = record;
  const place = `${topic}/${partition}/${await endOf(topic, partition)}`;
  await producer.append([{ topic, partition, key, value, headers: { origin: 'till 7' } }]);
  await until(`${place} is put aside`, 60_000, async () => {
    const { output } = await deadLetters(['show', place]);
    return output.split('\n').filter((line) => line.startsWith('put aside')).length >= readers;
  });
  return place;
}

/** A schema that somebody will register soon: today's and one field more, which is the last. */
const comingSchema = {
  ...avroSchemas.TransactionRecorded,
  fields: [
    ...(avroSchemas.TransactionRecorded as { fields: object[] }).fields,
    { name: 'note', type: ['null', 'string'], default: null },
  ],
};

async function newestSchemaId(): Promise<number> {
  const subjects = (await (await fetch(`${system.registryUrl}/subjects`)).json()) as string[];
  const ids = subjects.map(async (subject) => {
    const answer = await fetch(`${system.registryUrl}/subjects/${subject}/versions/latest`);
    return ((await answer.json()) as { id: number }).id;
  });
  return Math.max(...(await Promise.all(ids)));
}

async function registerComing(): Promise<number> {
  const subject = 'semarak.TransactionRecorded';
  const answer = await fetch(`${system.registryUrl}/subjects/${subject}/versions`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ schema: JSON.stringify(comingSchema) }),
  });
  const text = await answer.text();
  expect(answer.status, text).toBe(200);
  return (JSON.parse(text) as { id: number }).id;
}

/** A sale of a member as a writer with the coming schema sends it, like one that is in the log. */
function comingSale(schemaId: number) {
  const sale = loaded.findLast(
    ({ record }) =>
      record.type === 'TransactionRecorded' &&
      record.value.type === 'sale' &&
      record.value.memberId !== null,
  );
  if (sale?.record.type !== 'TransactionRecorded') throw new Error('no member bought anything');
  const { partition, record } = sale;
  const { transactionId, memberId } = record.value;
  const [terminalId, businessDay] = transactionId.split('/');
  const id = `${terminalId}/${businessDay}/900001`;
  const today = codec.encode({
    type: 'TransactionRecorded',
    value: { ...record.value, transactionId: id, amount: 2_500_000 },
  });
  const value = Buffer.concat([today, Buffer.from([0])]);
  value.writeUInt32BE(schemaId, 1);
  const key = memberKey({ programme: record.value.programme, memberId: memberId ?? '' });
  return { partition, key, value, id };
}

describe('npm run dead-letters', () => {
  it('has nothing to say of a log that can be read', async () => {
    expect(await deadLetters(['list'])).toEqual({ exitCode: 0, output: 'No dead letters.\n' });
    expect((await deadLetters(['retry', '--all'])).exitCode).toBe(0);
  });

  it('lists, shows and does not write again what cannot be read', async () => {
    const value = Buffer.from('no record');
    const key = `${programme}/M-1`;
    const place = await putAside('transactions', { partition: 2, key, value, readers: 2 });
    const listed = await list();
    expect(listed).toMatchObject([{ place, bytes: 9, key, reason: /magic byte/ }].map(loosely));
    const line = (await deadLetters(['list'])).output;
    expect(line).toContain(`${place}  ${listed[0]?.failedAt ?? ''}  `);
    const shown = await deadLetters(['show', place]);
    expect(shown.exitCode).toBe(0);
    for (const says of [
      /^put aside \S+ by accrual: /m,
      /^put aside \S+ by projector: /m,
      /^header {4}origin: till 7$/m,
      /^00000000 {2}6e 6f 20 72 65 63 6f 72 64 +no record$/m,
      /^It cannot be read today: /m,
    ])
      expect(shown.output).toMatch(says);
    const end = await endOf('transactions', 2);
    const retried = await deadLetters(['retry', place]);
    expect(retried.output).toMatch(/not written: value does not begin with the magic byte/);
    expect(retried.exitCode).toBe(1);
    expect(await endOf('transactions', 2)).toBe(end);
    expect((await deadLetters(['show', 'transactions/2/999999'])).exitCode).toBe(1);
  });

  it('hides what members sent of themselves', async () => {
    const profile = codec.encode({
      type: 'MemberProfile',
      value: {
        programme,
        memberId: 'M-1',
        enrolledAt: 0,
        name: 'Siti Rahayu',
        gender: 'female',
        birthDate: 0,
        address: 'Jalan Melati 5',
        zone: 'Jakarta',
        receivedAt: 0,
      },
    });
    const record = { partition: 3, key: 'Siti Rahayu', value: profile.subarray(0, -2), readers: 1 };
    const place = await putAside('members', record);
    const everything = [
      await deadLetters(['list']),
      await deadLetters(['list', '--json']),
      await deadLetters(['show', place]),
      await deadLetters(['retry', place]),
    ];
    for (const { output } of everything) {
      expect(output).toContain(place);
      expect(output).not.toMatch(/Siti|Melati|53 69 74 69/);
    }
    const shown = await deadLetters(['show', place, '--personal-data']);
    expect(shown.output).toContain('Siti Rahayu');
  });

  it('does not write derived events again', async () => {
    const value = Buffer.from('no event');
    const place = await putAside('loyalty-events', { partition: 1, key: null, value, readers: 1 });
    const { exitCode, output } = await deadLetters(['retry', place]);
    expect(output).toContain('rebuild');
    expect(exitCode).toBe(2);
  });

  it('writes again what can be read by now, and it counts once', async () => {
    const schemaId = (await newestSchemaId()) + 1;
    const { id, ...record } = comingSale(schemaId);
    const place = await putAside('transactions', { ...record, readers: 2 });
    const early = await deadLetters(['retry', place]);
    expect(early.output).toContain(`schema id ${schemaId} is not in the registry`);
    expect(early.exitCode).toBe(1);

    expect(await registerComing()).toBe(schemaId);
    const forgotten = await runVerify(system);
    expect(forgotten.output).toContain(`dead-letters ${place}: it can be read today and does not`);
    expect((await deadLetters(['show', place])).output).toContain(`"transactionId": "${id}"`);
    const retried = await deadLetters(['retry', place]);
    expect(retried.output).toContain(`${place}: written again`);
    expect(retried.exitCode).toBe(0);
    const again = await deadLetters(['retry', place]);
    expect(again.output).toContain('nothing to do');
    expect(again.exitCode).toBe(0);
    const all = await deadLetters(['retry', '--all']);
    expect(all.output).toContain('0 written again, 1 written before, 2 not written.');
    expect(all.exitCode).toBe(1);

    const { partition, key, value } = record;
    await producer.append([{ topic: 'transactions', partition, key, value }]);
    await expectEqual();
    const counted = await system.rows<{ sales: string; postings: string }>(
      `SELECT (SELECT count() FROM semarak.sales WHERE transaction_id = '${id}') AS sales,
        (SELECT count() FROM semarak.points_ledger WHERE transaction_id = '${id}') AS postings`,
    );
    expect(counted).toEqual([{ sales: '1', postings: '1' }].map(loosely));
  });

  it('a new database that is filled from the log is as equal', async () => {
    const owner = createClient({ url: system.ownerUrl });
    await owner.command({ query: `DROP DATABASE ${firstGeneration} SYNC` });
    await owner.close();
    const provision = runWith('infra/dist/provision/main.js', {});
    expect(await once(provision, 'exit')).toEqual([0, null]);
    process.kill(system.pid('projector'), 'SIGKILL');
    await expectEqual();
  });

  it('200 in a row stop accrual and the projector until somebody allows them', async () => {
    const records = Array.from({ length: 200 }, (_, index) => ({
      topic: 'transactions' as const,
      partition: 5,
      key: `${programme}/M-1`,
      value: Buffer.from(`broken ${index}`),
    }));
    await producer.append(records);
    for (const service of ['accrual', 'projector'])
      await until(`${service} says that it stops`, 60_000, () =>
        /More than 100 of 1000 records cannot be read.*dead-letters/.test(system.log(service)),
      );
    for (const [index, service] of ['accrual', 'projector'].entries())
      startTolerant(service, portBase + 80 + index);
    await until('all are put aside', putAsideMsMax, async () => {
      const places = await list(['--topic', 'transactions', '--newest', '300']);
      return places.filter(({ place }) => place.startsWith('transactions/5/')).length === 200;
    });
    await expectEqual();
    await stopWorkers();
    await expectEqual();
    expect(await list(['--newest', '3'])).toHaveLength(3);
  }, 900_000);
});

const loosely = (expected: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(expected).map(([name, value]) => [
      name,
      value instanceof RegExp
        ? (expect.stringMatching(value) as unknown)
        : /^\d+$/.test(String(value))
          ? (expect.toSatisfy((found: unknown) => Number(found) === Number(value)) as unknown)
          : value,
    ]),
  );

async function expectEqual(): Promise<void> {
  const { exitCode, output } = await runVerify(system, ['--wait-seconds', '120']);
  expect(output).toContain('Everything is equal.');
  expect(exitCode).toBe(0);
}

/**
 * A worker that takes any share of unreadable records, beside the one that is started again. It is
 * started again itself when it ends, as whatever runs the workers does.
 */
function startTolerant(service: string, metricsPort: number): void {
  const more = { METRICS_PORT: String(metricsPort), DEAD_LETTERS_PER_THOUSAND_MAX: '1000' };
  const worker = runWith(`services/${service}/dist/main.js`, more, 'pipe');
  workers.push(worker);
  let said = '';
  for (const stream of [worker.stdout, worker.stderr])
    stream?.on('data', (chunk: Buffer) => {
      said = `${said}${chunk.toString()}`.slice(-4_000);
    });
  worker.once('exit', (code) => {
    if (code === null || code === 0) return;
    console.info(`${service} ended with ${code} and is started again:\n${said}`);
    startTolerant(service, metricsPort);
  });
}

function runWith(
  file: string,
  more: Readonly<Record<string, string>>,
  output: 'ignore' | 'pipe' = 'ignore',
): ChildProcess {
  const main = fileURLToPath(new URL(`../../${file}`, import.meta.url));
  const env = {
    ...process.env,
    KAFKA_BROKERS: system.brokers,
    SCHEMA_REGISTRY_URL: system.registryUrl,
    REDIS_URL: system.redisUrl,
    CLICKHOUSE_URL: system.ownerUrl,
    ...more,
  };
  return spawn(process.execPath, [main], { env, stdio: ['ignore', output, output] });
}

async function stopWorkers(): Promise<void> {
  const running = workers.splice(0).filter(({ exitCode }) => exitCode === null);
  const exits = running.map((worker) => once(worker, 'exit'));
  for (const worker of running) worker.kill('SIGTERM');
  await Promise.all(exits);
}
