import { createClickHouse, type ClickHouse } from '@semarak/infra/clickhouse';
import {
  createKafka,
  createProducer,
  createTopics,
  type RecordProducer,
} from '@semarak/infra/kafka';
import { serverPorts, startLocalStack, type LocalStack } from '@semarak/infra/local-stack';
import { createLog, createMetrics } from '@semarak/infra/observability';
import { createCodec, registerSchemas, type RecordCodec } from '@semarak/infra/records';
import { makeReportDatabase } from '@semarak/infra/report-database';
import { epochDayOf, firstGeneration, type TopicName, type Typed } from '@semarak/schemas';
import type { Admin } from 'kafkajs';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from '../system/until.ts';

const ports = serverPorts(21_310);
const metricsPorts = [21_340, 21_341] as const;
const main = fileURLToPath(new URL('../../services/projector/dist/main.js', import.meta.url));
const partitions = 4;
const transactions = 12_000;
const chunk = 200;
const log = createLog({ service: 'test', level: 'silent' });
const days = ['2014-11-30', '2014-12-01', '2014-12-24'];

let dataDir: string;
let stack: LocalStack;
let admin: Admin;
let producer: RecordProducer;
let codec: RecordCodec;
let clickhouse: ClickHouse;
let isStopping = false;
const projectors: (ChildProcess | undefined)[] = [];

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'semarak-projector-'));
  const servers = ['kafka', 'registry', 'clickhouse'] as const;
  stack = await startLocalStack({ dataDir, ports, servers, keys: { analyst: 'a-password' } });
  const kafka = createKafka({
    brokers: [stack.urls.KAFKA_BROKERS],
    clientId: 'test',
    log,
  });
  admin = kafka.admin();
  await admin.connect();
  await createTopics(admin, { partitions, replicationFactor: 1 });
  await registerSchemas({ registryUrl: stack.urls.SCHEMA_REGISTRY_URL, recordsInLog: 0 });
  codec = await createCodec({ registryUrl: stack.urls.SCHEMA_REGISTRY_URL });
  const metrics = createMetrics({ service: 'test' });
  producer = await createProducer({ kafka, metrics, timeoutMs: 10_000 });
  clickhouse = createClickHouse({
    url: stack.urls.CLICKHOUSE_URL,
    limits: {
      requestTimeoutMs: 30_000,
      connectionsMax: 4,
      attemptsMax: 1,
      retryDelayMs: 0,
      retryDelayMsMax: 0,
      tokensMax: 1,
    },
  });
  await makeReportDatabase(clickhouse);
});

afterAll(async () => {
  isStopping = true;
  await Promise.all(projectors.map((projector) => ended(projector, 'SIGTERM')));
  await producer.close();
  await admin.disconnect();
  await clickhouse.close();
  await stack.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

/** Keeps a projector running: one that ends is started again, as the launcher does. */
function keepProjector(index: 0 | 1): void {
  const child = spawn(process.execPath, [main], {
    env: {
      ...process.env,
      ...stack.urls,
      METRICS_PORT: String(metricsPorts[index]),
      SESSION_TIMEOUT_MS: '6000',
      CLICKHOUSE_ATTEMPTS_MAX: '3',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child.stdout.on('data', (bytes: Buffer) => {
    appendFileSync(join(dataDir, `projector-${index}.log`), bytes);
  });
  child.once('exit', () => {
    projectors[index] = undefined;
    if (!isStopping) setTimeout(() => keepProjector(index), 200);
  });
  projectors[index] = child;
}

async function ended(child: ChildProcess | undefined, signal: NodeJS.Signals): Promise<void> {
  if (child === undefined || child.exitCode !== null) return;
  const exit = once(child, 'exit');
  child.kill(signal);
  await exit;
}

const place = (n: number) => ({ partition: n % partitions, offset: Math.floor(n / partitions) });
const memberOf = (n: number) => `member-${String(n % 500)}`;
const transactionIdOf = (n: number) => `till-${String(n % 20)}/${dayOf(n)}/${String(n)}`;
const dayOf = (n: number) => days[n % days.length] ?? '';
const occurredAtOf = (n: number) => Date.UTC(2014, 11, 24, 5) + n;

function transaction(n: number): Typed {
  return {
    type: 'TransactionRecorded',
    value: {
      programme: 'pacific-place',
      transactionId: transactionIdOf(n),
      type: 'sale',
      memberId: memberOf(n),
      tenantId: 'PP-001',
      businessDay: epochDayOf(dayOf(n)) ?? 0,
      amount: n,
      currency: 'IDR',
      occurredAt: occurredAtOf(n),
      receivedAt: occurredAtOf(n),
      originalId: null,
    },
  };
}

function derivedFrom(n: number) {
  const { partition, offset } = place(n);
  return {
    sourcePartition: partition,
    sourceOffset: offset,
    programme: 'pacific-place',
    programmeVersion: 1,
    cause: transactionIdOf(n),
    occurredAt: occurredAtOf(n),
    receivedAt: occurredAtOf(n),
    memberId: memberOf(n),
    transactionId: transactionIdOf(n),
  };
}

function loyaltyEvents(n: number): Typed[] {
  const businessDay = epochDayOf(dayOf(n)) ?? 0;
  const posted: Typed = {
    type: 'TransactionPosted',
    value: {
      ...derivedFrom(n),
      ordinal: 0,
      tenantId: 'PP-001',
      businessDay,
      soldAt: occurredAtOf(n),
      amount: n,
      remaining: n,
      remainingChange: n,
      category: 'Fashion',
      firstInCategory: 0,
      firstInCategoryChange: 0,
      firstInMall: 0,
      firstInMallChange: 0,
      points: 1,
      pointsChange: 1,
      balance: n,
      tickets: 1,
      gift: null,
      parking: n % 5 === 0,
    },
  };
  if (n % 5 !== 0) return [posted];
  return [
    posted,
    { type: 'ParkingGranted', value: { ...derivedFrom(n), ordinal: 1, businessDay } },
  ];
}

const ticket = (n: number): Typed => ({
  type: 'DrawTicketIssued',
  value: { ...derivedFrom(n), ordinal: 0, campaign: 'opening-draw', number: n + 1, ticket: 0 },
});

async function append(topic: TopicName, records: readonly { n: number; record: Typed }[]) {
  await producer.append(
    records.map(({ n, record }) => ({
      topic,
      partition: place(n).partition,
      key: memberOf(n),
      value: codec.encode(record),
    })),
  );
}

/** Writes [from, to) to the three topics; derived events as after a crash, some of them again. */
async function write(from: number, to: number): Promise<void> {
  for (let start = from; start < to; start += chunk) {
    const numbers = Array.from({ length: Math.min(chunk, to - start) }, (_, i) => start + i);
    const again = Array.from({ length: Math.min(40, start) }, (_, i) => start - 40 + i).filter(
      (n) => n >= 0,
    );
    const repeated = start % (3 * chunk) === 0 ? [...again, ...numbers] : numbers;
    await append(
      'transactions',
      numbers.map((n) => ({ n, record: transaction(n) })),
    );
    await append(
      'loyalty-events',
      repeated.flatMap((n) => loyaltyEvents(n).map((record) => ({ n, record }))),
    );
    await append(
      'reward-events',
      repeated.map((n) => ({ n, record: ticket(n) })),
    );
  }
}

async function lag(): Promise<number> {
  const names = ['transactions', 'members', 'loyalty-events', 'reward-events'];
  const committed = await admin.fetchOffsets({ groupId: 'projector', topics: names });
  let behind = 0;
  for (const { topic, partitions: offsets } of committed) {
    const ends = await admin.fetchTopicOffsets(topic);
    for (const end of ends) {
      const offset = offsets.find(({ partition }) => partition === end.partition)?.offset ?? '-1';
      behind += Number(end.high) - Math.max(0, Number(offset));
    }
  }
  return behind;
}

/** Rows, distinct places, and the sum of something that each row has once. */
async function tableContents() {
  const read = async (table: string, sum: string) => {
    const [row] = await clickhouse.query<{ rows: number; places: number; sum: number }>(
      `SELECT count() AS rows,
         uniqExact(source_partition, source_offset, ordinal) AS places, sum(${sum}) AS sum
       FROM semarak.${table}`,
    );
    return row;
  };
  return {
    transactions: await read('transaction_records', 'amount'),
    postings: await read('sale_postings', 'remaining_change'),
    parking: await read('parking_changes', 'source_offset >= 0'),
    tickets: await read('draw_ticket_changes', 'number'),
  };
}

function expectedContents(written: number) {
  const sum = (written * (written - 1)) / 2;
  const all = { rows: written, places: written };
  const parked = Math.ceil(written / 5);
  return {
    transactions: { ...all, sum },
    postings: { ...all, sum },
    parking: { rows: parked, places: parked, sum: parked },
    tickets: { ...all, sum: sum + written },
  };
}

async function expectExact(written: number): Promise<void> {
  try {
    await until('the projector’s lag is 0', 120_000, async () => (await lag()) === 0);
  } catch (error) {
    const logs = metricsPorts.map((_, index) =>
      readFileSync(join(dataDir, `projector-${String(index)}.log`), 'utf8').slice(-3_000),
    );
    throw new Error(`not at the end of the log:\n${logs.join('\n')}`, { cause: error });
  }
  expect(await tableContents()).toEqual(expectedContents(written));
}

it('shows a record within about a second', async () => {
  keepProjector(0);
  await until('the projector is healthy', 60_000, async () => {
    const url = `http://127.0.0.1:${String(metricsPorts[0])}/healthz`;
    return (await fetch(url).catch(() => undefined))?.status === 200;
  });
  await write(0, 2 * chunk);
  await expectExact(2 * chunk);
  await append('transactions', [{ n: 2 * chunk, record: transaction(2 * chunk) }]);
  const start = Date.now();
  await until('the record is visible', 5_000, async () => {
    const [row] = await clickhouse.query<{ n: number }>(
      `SELECT count() AS n FROM semarak.transactions WHERE amount = ${String(2 * chunk)}`,
    );
    return row?.n === 1;
  });
  expect(Date.now() - start).toBeLessThan(2_000);
  await append(
    'loyalty-events',
    loyaltyEvents(2 * chunk).map((record) => ({ n: 2 * chunk, record })),
  );
  await append('reward-events', [{ n: 2 * chunk, record: ticket(2 * chunk) }]);
});

it('is exact through kills of projectors and of ClickHouse, joins and leaves', async () => {
  const first = 2 * chunk + 1;
  const writing = (async () => {
    for (let from = first; from < transactions; from += 3 * chunk) {
      await write(from, Math.min(transactions, from + 3 * chunk));
      await sleep(300);
    }
  })();
  keepProjector(1);
  await sleep(2_500);
  await ended(projectors[0], 'SIGKILL');
  await sleep(1_500);
  await stack.kill('clickhouse');
  await sleep(500);
  await stack.restart('clickhouse');
  await ended(projectors[1], 'SIGTERM');
  await sleep(1_000);
  await Promise.all([ended(projectors[0], 'SIGKILL'), ended(projectors[1], 'SIGKILL')]);
  await sleep(1_000);
  await Promise.all([stack.kill('clickhouse'), ended(projectors[0], 'SIGKILL')]);
  await stack.restart('clickhouse');
  await writing;
  await expectExact(transactions);
});

it('puts aside what cannot be read and goes on', async () => {
  await producer.append([
    { topic: 'loyalty-events', partition: 0, key: 'x', value: Buffer.from('no record') },
  ]);
  await expectExact(transactions);
  const offsets = await admin.fetchTopicOffsets('dead-letters');
  expect(offsets.reduce((sum, { high }) => sum + Number(high), 0)).toBeGreaterThanOrEqual(1);
});

it('fills a new database from the log', async () => {
  await clickhouse.command(`DROP DATABASE ${firstGeneration} SYNC`);
  await makeReportDatabase(clickhouse);
  await Promise.all(projectors.map((projector) => ended(projector, 'SIGKILL')));
  await until('the new database is filled', 120_000, async () => {
    const { transactions: found, tickets } = await tableContents();
    return found?.rows === transactions && tickets?.rows === transactions;
  });
  await expectExact(transactions);
});
