import { createKafka, createProducer, partitionOf } from '@semarak/infra/kafka';
import { createLog, createMetrics } from '@semarak/infra/observability';
import { readKnowledge } from '@semarak/infra/published-programmes';
import { createCodec } from '@semarak/infra/records';
import { createRedis } from '@semarak/infra/state-store';
import {
  epochDayOf,
  memberKey,
  programmeFiles,
  readProgramme,
  type TransactionRecorded,
} from '@semarak/schemas';
import type { Admin, Kafka } from 'kafkajs';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { untilNoLag } from '../system/lag.ts';
import { runCommand } from '../system/run-command.ts';
import { startSystem, type System } from '../system/system.ts';
import { until } from '../system/until.ts';
import { runVerify } from '../system/verify.ts';

const portBase = 27_300;
const programme = 'pacific-place';
const memberId = 'C-1';
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const waitMsMax = 60_000;
const log = createLog({ service: 'test', level: 'silent' });

const folder = mkdtempSync(join(tmpdir(), 'semarak-clock-'));
const shiftFile = join(folder, 'shift');
const preload = pathToFileURL(join(import.meta.dirname, '../system/shifted-clock.mjs')).href;
const environment = { NODE_OPTIONS: `--import=${preload}`, SHIFTED_CLOCK_FILE: shiftFile };
/** Sets the clock of gateway and calendar; the file is there as a whole at any time. */
function shiftBy(ms: number): void {
  writeFileSync(`${shiftFile}.new`, String(ms));
  renameSync(`${shiftFile}.new`, shiftFile);
}

let system: System;
let kafka: Kafka;
let admin: Admin;

beforeAll(async () => {
  shiftBy(0);
  system = await startSystem({
    portBase,
    environment,
  });
  kafka = createKafka({ brokers: [system.brokers], clientId: 'test', log });
  admin = kafka.admin();
  await admin.connect();
  const enrolled = await post('/v1/members', enrolment(memberId), 'desk');
  expect(enrolled.status, enrolled.body).toBe(202);
});

beforeEach(async () => {
  shiftBy(0);
  await untilBelieved();
});

afterAll(async () => {
  await admin.disconnect();
  await system.close();
  rmSync(folder, { recursive: true, force: true });
});

async function post(path: string, body: object, role: 'terminal' | 'desk' | 'import') {
  const response = await fetch(`${system.gatewayUrl}${path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${system.keys[role]}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: await response.text() };
}

const enrolment = (id: string) => ({
  programme,
  memberId: id,
  enrolledAt: new Date(Date.now() - hourMs).toISOString(),
  name: 'Siti Rahma',
  gender: 'female',
  birthDate: '1984-05-17',
  address: 'Jl. Jend. Sudirman 52',
  zone: 'Kebayoran Baru',
});

const mallDate = (instantMs: number): string =>
  new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Jakarta' }).format(instantMs);

interface Sent {
  readonly sequence: number;
  readonly occurredAt: number;
  readonly amount: number;
  /** The sale that it refunds. */
  readonly original?: Sent;
}

const idOf = ({ sequence, occurredAt }: Sent): string =>
  `C/${mallDate(occurredAt)}/${String(sequence)}`;

const tillKeyOf = ({ sequence, occurredAt }: Sent) => ({
  terminalId: 'C',
  businessDay: mallDate(occurredAt),
  sequence,
});

/** As terminals and `import` send it. */
const sent = (of: Sent) => ({
  programme,
  ...tillKeyOf(of),
  type: of.original === undefined ? 'sale' : 'refund',
  tenantId: 'PP-001',
  memberId,
  amount: of.amount,
  currency: 'IDR',
  occurredAt: new Date(of.occurredAt).toISOString(),
  ...(of.original === undefined ? {} : { original: tillKeyOf(of.original) }),
});

/** As a gateway without a look at its clock has written it. */
const written = (of: Sent, receivedAt: number): TransactionRecorded => ({
  programme,
  transactionId: idOf(of),
  type: of.original === undefined ? 'sale' : 'refund',
  memberId,
  tenantId: 'PP-001',
  businessDay: epochDayOf(mallDate(of.occurredAt)) ?? Number.NaN,
  amount: of.amount,
  currency: 'IDR',
  occurredAt: of.occurredAt,
  receivedAt,
  originalId: of.original === undefined ? null : idOf(of.original),
});

async function write(records: readonly TransactionRecorded[]): Promise<void> {
  const codec = await createCodec({ registryUrl: system.registryUrl });
  const metrics = createMetrics({ service: 'test' });
  const producer = await createProducer({ kafka, metrics, timeoutMs: 10_000 });
  const partitions = (await admin.fetchTopicOffsets('transactions')).length;
  const key = memberKey({ programme, memberId });
  const partition = partitionOf({ key, partitions });
  await producer.append(
    records.map((value) => ({
      topic: 'transactions' as const,
      partition,
      key,
      value: codec.encode({ type: 'TransactionRecorded', value }),
    })),
  );
  await producer.close();
}

/** Of the gateway and of the calendar, one answer each. */
async function healths(): Promise<{ status: number; text: string }[]> {
  const urls = [`${system.gatewayUrl}/healthz`, `http://127.0.0.1:${portBase + 14}/healthz`];
  return Promise.all(
    urls.map(async (url) => {
      const answer = await fetch(url);
      return { status: answer.status, text: await answer.text() };
    }),
  );
}

const untilBelieved = (): Promise<void> =>
  until('gateway and calendar believe the clock', waitMsMax, async () =>
    (await healths()).every(({ status }) => status === 200),
  );

/**
 * In every partition, of every programme: the calendar does so soon after the start, and writes no more that day. Commands
 * hold the clock against that day.
 */
async function untilDaysAreClosed(): Promise<void> {
  const redis = createRedis({ url: system.redisUrl, timeoutMs: 10_000, log });
  try {
    const partitions = (await ends()).length;
    const programmes = programmeFiles().length;
    await until('the calendar has closed the days', waitMsMax, async () =>
      (await readKnowledge(redis, partitions)).every(
        ({ closedDays }) => Object.keys(closedDays ?? {}).length === programmes,
      ),
    );
  } finally {
    redis.disconnect();
  }
}

/** The end of each partition of `transactions`. */
const ends = async (): Promise<string[]> =>
  (await admin.fetchTopicOffsets('transactions'))
    .sort((a, b) => a.partition - b.partition)
    .map(({ high }) => high);

/** A file with a version that could be published, were it not for the clock. */
function nextVersion(): string {
  const document = programmeFiles()
    .map(readProgramme)
    .find((one) => one.programme === programme);
  const file = join(folder, 'next.json');
  const effectiveFrom = `${mallDate(Date.now() + 365 * dayMs)}T00:00`;
  writeFileSync(file, JSON.stringify({ ...document, version: 2, effectiveFrom }));
  return file;
}

async function expectVerified(): Promise<void> {
  await untilNoLag(admin);
  const { exitCode, output } = await runVerify(system);
  expect(exitCode, output).toBe(0);
}

it('writes nothing with the time of a clock that is set ahead, and goes on when it is set back', async () => {
  const now = Date.now();
  const first: Sent = { sequence: 1, occurredAt: now, amount: 600_000 };
  const posted = await post('/v1/transactions?wait=10000', sent(first), 'terminal');
  expect(posted.body).toContain('"result":"posted"');
  await untilDaysAreClosed();
  const before = await ends();

  shiftBy(90 * dayMs);
  await until('both say that the clock was set', waitMsMax, async () =>
    (await healths()).every(
      ({ status, text }) => status === 503 && text.includes('was set ahead by 90.0 days'),
    ),
  );
  const second: Sent = { sequence: 2, occurredAt: now + 1_000, amount: 600_000 };
  for (const [path, body, role] of [
    ['/v1/transactions', sent(second), 'terminal'],
    ['/v1/members', enrolment('C-2'), 'desk'],
    ['/v1/transactions', { ...sent(second), receivedAt: new Date(now).toISOString() }, 'import'],
  ] as const) {
    const refused = await post(path, body, role);
    expect(refused.status).toBe(503);
    expect(refused.body).toContain('CLOCK_JUMP_MS_MAX');
  }
  for (const [command, ...args] of [
    ['programme', 'publish', nextVersion()],
    ['dead-letters', 'retry', '--all'],
  ] as const) {
    const file = `infra/src/${command}-command/${command}.mjs`;
    const refused = await runCommand(file, [...args, '--data', system.dataDir], environment);
    expect(refused.exitCode, refused.output).toBe(1);
    expect(refused.output).toContain('CLOCK_AHEAD_OF_LOG_MS_MAX');
  }
  expect(await ends()).toEqual(before);

  shiftBy(0);
  await untilBelieved();
  const again = await post('/v1/transactions?wait=10000', sent(second), 'terminal');
  expect(again.status).toBe(202);
  expect(again.body).toContain('"result":"posted"');
  await expectVerified();
});

it('puts right by copies what was written with the time of such a clock', async () => {
  const start = Date.now() - hourMs / 2;
  // Of the last days on which it could be corrected, were it not for the clock.
  const old: Sent = { sequence: 10, occurredAt: start - 44 * dayMs, amount: 900_000 };
  const refund: Sent = { sequence: 11, occurredAt: start, amount: 400_000, original: old };
  const bought: Sent = { sequence: 12, occurredAt: start + 1_000, amount: 750_000 };
  await write([
    written(old, old.occurredAt + 1_000),
    ...[refund, bought].map((one) => written(one, one.occurredAt + 90 * dayMs)),
  ]);
  const innocent: Sent = { sequence: 13, occurredAt: start + 2_000, amount: 500_000 };
  const posted = await post('/v1/transactions?wait=10000', sent(innocent), 'terminal');
  expect(posted.body).toContain('"result":"posted"');
  const refusals = () =>
    system.rows<{ transaction_id: string; reason: string }>(
      `SELECT transaction_id, reason FROM rejected_transactions WHERE member_id = '${memberId}'
       ORDER BY transaction_id`,
    );
  await untilNoLag(admin);
  const tooLate = [refund, bought].map((one) => ({
    transaction_id: idOf(one),
    reason: 'too_late',
  }));
  await until(
    'the refusals are in ClickHouse',
    waitMsMax,
    async () => (await refusals()).length === tooLate.length,
  );
  expect(await refusals()).toEqual(tooLate);

  for (const one of [refund, bought]) {
    const receivedAt = new Date(one.occurredAt + 1_000).toISOString();
    const corrected = await post(
      '/v1/transactions?correct=receivedAt&wait=10000',
      { ...sent(one), receivedAt },
      'import',
    );
    expect(corrected.status, corrected.body).toBe(202);
  }
  await until('the refusals are withdrawn', waitMsMax, async () => (await refusals()).length === 0);
  const remaining = async () =>
    Object.fromEntries(
      (
        await system.rows<{ transaction_id: string; remaining: string }>(
          `SELECT transaction_id, remaining FROM sales WHERE member_id = '${memberId}'`,
        )
      ).map((row) => [row.transaction_id, Number(row.remaining)]),
    );
  await until('the sale counts', waitMsMax, async () => idOf(bought) in (await remaining()));
  expect(await remaining()).toMatchObject({
    [idOf(old)]: 500_000,
    [idOf(bought)]: 750_000,
    [idOf(innocent)]: 500_000,
  });
  await expectVerified();
});
