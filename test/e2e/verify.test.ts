import { createKafka, createProducer, type RecordProducer } from '@semarak/infra/kafka';
import { createLog, createMetrics } from '@semarak/infra/observability';
import { createCodec } from '@semarak/infra/records';
import { bucketOf, createRedis, partitionKey, type StateRedis } from '@semarak/infra/state-store';
import { decodeState, encodeState, initialState } from '@semarak/programme';
import {
  decodeRewardState,
  encodeRewardState,
  firstGeneration,
  transactionKey,
} from '@semarak/schemas';
import { createClient, type ClickHouseClient } from '@clickhouse/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runSimulator } from '../system/simulator.ts';
import { startSystem, type System } from '../system/system.ts';
import { readTopic } from '../system/topic.ts';
import { runVerify } from '../system/verify.ts';

const portBase = 22_400;
const log = createLog({ service: 'test', level: 'silent' });

let system: System;
let owner: ClickHouseClient;
let redis: StateRedis;
let producer: RecordProducer;
let disconnect: () => Promise<void>;

beforeAll(async () => {
  system = await startSystem({ portBase });
  owner = createClient({ url: system.ownerUrl, database: 'semarak' });
  redis = createRedis({ url: system.redisUrl, timeoutMs: 10_000, log });
  const kafka = createKafka({ brokers: [system.brokers], clientId: 'test', log });
  const metrics = createMetrics({ service: 'test' });
  producer = await createProducer({ kafka, metrics, timeoutMs: 10_000 });
  disconnect = () => producer.close();
  await load(['--transactions', '600', '--days', '40', '--seed', '5']);
});
afterAll(async () => {
  redis.disconnect();
  await disconnect();
  await owner.close();
  await system.close();
});

async function load(args: readonly string[]): Promise<void> {
  const { exitCode, output } = await runSimulator(system, ['load', ...args]).ended;
  expect(exitCode, output).toBe(0);
}

describe('npm run verify', () => {
  it('finds everything equal after refunds, voids and repeats', async () => {
    const { exitCode, output } = await runVerify(system);
    expect(output).toContain('Everything is equal.');
    expect(exitCode).toBe(0);
  });

  it('ends with 2 when a service does not come to the end of the log', async () => {
    const pid = system.pid('rewards');
    process.kill(pid, 'SIGSTOP');
    try {
      await producer.append([
        { topic: 'entitlements', partition: 0, key: 'broken', value: Buffer.from('no record') },
      ]);
      const { exitCode, output } = await runVerify(system, ['--wait-seconds', '1']);
      expect(output).toContain('rewards has not come to where the log ended');
      expect(exitCode).toBe(2);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
  });

  it('finds everything equal after a sale in a partition that is not its member’s, put aside', async () => {
    const sales = await readTopic('transactions', system);
    const sale = sales.find(({ record }) => record.type === 'TransactionRecorded');
    if (sale?.record.type !== 'TransactionRecorded') throw new Error('nothing was bought');
    const transactionId = sale.record.value.transactionId.replace(/[^/]*$/, '900001');
    const codec = await createCodec({ registryUrl: system.registryUrl });
    const value = { ...sale.record.value, transactionId };
    const misplaced = codec.encode({ type: 'TransactionRecorded', value });
    const partition = (sale.partition + 1) % 8;
    await producer.append([
      { topic: 'transactions', partition, key: transactionKey(value), value: misplaced },
    ]);
    const { exitCode, output } = await runVerify(system);
    expect(output).toContain('Everything is equal.');
    expect(exitCode).toBe(0);
    const letters = await readTopic('dead-letters', system);
    expect(
      letters.flatMap(({ record }) =>
        record.type === 'DeadLetter' && record.value.sourceTopic === 'transactions'
          ? [[record.value.reader, record.value.reason]]
          : [],
      ),
    ).toEqual([
      [
        'accrual',
        `stands in partition ${partition}, but the murmur2 of its topic’s key says ${sale.partition}`,
      ],
    ]);
  });

  it('finds everything equal while the system goes on, the dead letters included', async () => {
    const [{ exitCode, output }] = await Promise.all([
      runVerify(system, ['--rounds-max', '50']),
      load(['--transactions', '400', '--seed', '6']),
    ]);
    expect(output).toContain('Everything is equal.');
    expect(exitCode).toBe(0);
  });

  it('names one damage of each kind', async () => {
    const damages = [
      await damagePointsInRedis(),
      await damageNumberInRedis(),
      await addState(),
      await removeLedgerRow(),
      await removeFirst(),
      await changeProfile(),
      await takeProfileFromBehindTheEnd(),
      await changeWhatReportsSum(),
      await doubleRow(),
      await changeTicketNumber(),
      await inventEvent(),
    ];
    const { exitCode, output } = await runVerify(system);
    for (const { names } of damages) for (const name of names) expect(output).toMatch(name);
    expect(exitCode).toBe(1);
  });
});

interface Damage {
  /** What the output must say of it. */
  readonly names: readonly RegExp[];
}

const literally = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** The first state of a worker that `change` takes; it returns the bytes to write instead. */
async function changeState(
  worker: string,
  change: (name: string, bytes: Buffer) => Uint8Array | undefined,
): Promise<string> {
  for (let partition = 0; partition < 8; partition++)
    for (const key of await redis.keys(`${partitionKey({ worker, partition })}:*`))
      for (const [name, bytes] of Object.entries(await redis.hgetallBuffer(key))) {
        const changed = name === '' ? undefined : change(name, bytes);
        if (changed === undefined) continue;
        await redis.hset(key, name, Buffer.from(changed));
        return name;
      }
  throw new Error(`${worker} has no state to damage`);
}

async function damagePointsInRedis(): Promise<Damage> {
  let points = 0;
  const name = await changeState('accrual', (_, bytes) => {
    const state = decodeState(bytes);
    points = state.end.balance;
    // Who asks for the sales has them unpacked; of packed ones, what they come to is not written.
    if (points === 0 || state.sales.length === 0) return undefined;
    state.end.balance = points + 1_000;
    return encodeState(state);
  });
  const says = `end.balance is ${points + 1_000}, should be ${points}`;
  return { names: [new RegExp(`^redis accrual ${literally(name)}: ${literally(says)}$`, 'm')] };
}

async function damageNumberInRedis(): Promise<Damage> {
  const name = await changeState('rewards', (_, bytes) => {
    const state = decodeRewardState(bytes);
    if (state.type !== 'tickets' || state.sales.length === 0) return undefined;
    const sales = state.sales.map((sale) => ({
      ...sale,
      tickets: sale.tickets.map((ticket) => ({ ...ticket, number: ticket.number + 9_000 })),
    }));
    return encodeRewardState({ ...state, sales });
  });
  const says = String.raw`sales\.0\.tickets\.0\.number is 9\d+, should be \d+`;
  return { names: [new RegExp(`^redis rewards ${literally(name)}: ${says}$`, 'm')] };
}

async function addState(): Promise<Damage> {
  const name = 'pacific-place/NOBODY';
  const key = `${partitionKey({ worker: 'accrual', partition: 3 })}:${bucketOf(name)}`;
  await redis.hset(key, name, Buffer.from(encodeState(initialState())));
  return { names: [/^redis accrual pacific-place\/NOBODY: the state is there, none should be$/m] };
}

async function firstRow<Row>(query: string): Promise<Row> {
  const result = await owner.query({ query, format: 'JSONEachRow' });
  const [row] = await result.json<Row>();
  if (row === undefined) throw new Error(`no row: ${query}`);
  return row;
}

async function removeLedgerRow(): Promise<Damage> {
  const { id, p, o } = await firstRow<{ id: string; p: number; o: number }>(
    `SELECT transaction_id AS id, source_partition AS p, toUInt32(source_offset) AS o
     FROM sale_postings WHERE points_change > 0 AND cause = transaction_id ORDER BY id LIMIT 1`,
  );
  await owner.command({
    query: `DELETE FROM ${firstGeneration}.sale_postings WHERE source_partition = ${p} AND source_offset = ${o}`,
  });
  return {
    names: [
      new RegExp(`^sale_postings ${p}/${o}/\\d+: the row is missing: .*${literally(id)}`, 'm'),
      new RegExp(`^point_entries ${p}/${o}/\\d+: the row is missing`, 'm'),
      new RegExp(`^sales pacific-place ${literally(id)} `, 'm'),
      /^members pacific-place \S+: points is \d+, should be \d+$/m,
      /^report_average_spending_by_category pacific-place \d{4}-\d{2}-\d{2} year_to_date/m,
    ],
  };
}

async function removeFirst(): Promise<Damage> {
  const { p, o, n } = await firstRow<{ p: number; o: number; n: number }>(
    `SELECT source_partition AS p, toUInt32(source_offset) AS o, ordinal AS n
     FROM member_firsts WHERE period = 'year_to_date' ORDER BY p, o, n LIMIT 1`,
  );
  await owner.command({
    query: `DELETE FROM ${firstGeneration}.member_firsts WHERE source_partition = ${p}
      AND source_offset = ${o} AND ordinal = ${n} AND period = 'year_to_date'`,
  });
  return {
    names: [
      new RegExp(`^member_firsts ${p}/${o}/${n}/year_to_date: the row is missing`, 'm'),
      /^report_active_members_by_zone pacific-place \d{4}-\d{2}-\d{2} year_to_date/m,
    ],
  };
}

async function changeProfile(): Promise<Damage> {
  const { member } = await firstRow<{ member: string }>(
    'SELECT member_id AS member FROM member_profiles ORDER BY member LIMIT 1',
  );
  await owner.command({
    query: `INSERT INTO ${firstGeneration}.member_profiles
      SELECT * REPLACE ('Nowhere' AS zone) FROM member_profiles WHERE member_id = '${member}'`,
  });
  const says = `^members pacific-place ${literally(member)}: zone is Nowhere, should be`;
  return { names: [new RegExp(says, 'm')] };
}

/** It says what it should, and would win against every profile that the member sends from now on. */
async function takeProfileFromBehindTheEnd(): Promise<Damage> {
  const { member } = await firstRow<{ member: string }>(
    'SELECT member_id AS member FROM member_profiles ORDER BY member DESC LIMIT 1',
  );
  await owner.command({
    query: `INSERT INTO ${firstGeneration}.member_profiles
      SELECT * REPLACE (1000000 AS source_offset) FROM member_profiles
      WHERE member_id = '${member}'`,
  });
  const says = String.raw`the row is from members/\d+/1000000, where the log has nothing`;
  return {
    names: [new RegExp(`^member_profiles pacific-place ${literally(member)}: ${says}$`, 'm')],
  };
}

/** On one day in the middle of a month, at which no report is compared. */
async function changeWhatReportsSum(): Promise<Damage> {
  const { p, o } = await firstRow<{ p: number; o: number }>(
    `SELECT source_partition AS p, toUInt32(source_offset) AS o FROM sale_postings
     WHERE toDayOfMonth(business_day) = 15 AND day_customers_change = 1 ORDER BY p, o LIMIT 1`,
  );
  await owner.command({
    query: `ALTER TABLE ${firstGeneration}.sale_postings UPDATE day_customers_change = 5
      WHERE source_partition = ${p} AND source_offset = ${o} SETTINGS mutations_sync = 2`,
  });
  return {
    names: [
      new RegExp(`^sale_postings ${p}/${o}/\\d+: day_customers_change is 5, should be 1$`, 'm'),
    ],
  };
}

async function doubleRow(): Promise<Damage> {
  await owner.command({
    query: `INSERT INTO ${firstGeneration}.transaction_records
      SELECT * FROM transaction_records ORDER BY source_partition, source_offset LIMIT 1`,
  });
  return {
    names: [
      /^transaction_records \d+\/\d+\/0: the row is there 2 times, should be once$/m,
      /^transactions \d+\/\d+: the row is there 2 times, should be once$/m,
    ],
  };
}

async function changeTicketNumber(): Promise<Damage> {
  const { draw, number } = await firstRow<{ draw: string; number: number }>(
    `SELECT draw, toUInt32(max(number)) AS number FROM draw_tickets GROUP BY draw`,
  );
  const where = `draw = '${draw}' AND number = ${number}`;
  await owner.command({
    query: `INSERT INTO ${firstGeneration}.draw_ticket_changes
      SELECT * REPLACE (number + 5000 AS number)
      FROM (SELECT * FROM draw_ticket_changes WHERE ${where})`,
  });
  await owner.command({
    query: `DELETE FROM ${firstGeneration}.draw_ticket_changes WHERE ${where}`,
  });
  const is = number + 5_000;
  return {
    names: [
      new RegExp(`^draw_ticket_changes \\S+: number is ${is}, should be ${number}$`, 'm'),
      new RegExp(`^draw_tickets pacific-place ${draw} ${number}: the row is missing`, 'm'),
      new RegExp(`^draw_tickets pacific-place ${draw} ${is}: the row is there, none should`, 'm'),
    ],
  };
}

/** Behind all others of its source partition, so that the filters of consumers let it through. */
async function inventEvent(): Promise<Damage> {
  const codec = await createCodec({ registryUrl: system.registryUrl });
  const events = await readTopic('loyalty-events', system);
  const posted = events.findLast(
    ({ record }) => record.type === 'TransactionPosted' && record.value.memberId !== null,
  );
  if (posted?.record.type !== 'TransactionPosted') throw new Error('nothing was posted');
  const { partition, record } = posted;
  const last = events.findLast((event) => event.partition === partition)?.record.value;
  if (last === undefined || !('sourceOffset' in last)) throw new Error('nothing is derived');
  const { sourceOffset } = last;
  const memberId = record.value.memberId ?? '';
  const invented = { ...record.value, memberId, sourceOffset, ordinal: 77 };
  await producer.append([
    {
      topic: 'loyalty-events',
      partition,
      key: `pacific-place/${memberId}`,
      value: codec.encode({ type: 'ParkingGranted', value: invented }),
    },
  ]);
  const place = `${partition}/${sourceOffset}/77`;
  return {
    names: [
      new RegExp(`^loyalty-events ${place}: ParkingGranted is there, nothing should be`, 'm'),
      new RegExp(`^parking_changes ${place}: the row is there, none should be`, 'm'),
    ],
  };
}
