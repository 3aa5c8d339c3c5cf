import { createKafka } from '@semarak/infra/kafka';
import { createLog } from '@semarak/infra/observability';
import { createCodec } from '@semarak/infra/records';
import type { TransactionRecorded } from '@semarak/schemas';
import type { Kafka } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { standStill } from '../system/stand-still.ts';
import { startSystem, type Keys, type System } from '../system/system.ts';
import { until } from '../system/until.ts';

const portBase = 21_200;
const programme = 'pacific-place';

let system: System;
beforeAll(async () => {
  system = await startSystem({ portBase });
});
afterAll(async () => {
  await system.close();
});

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: Record<string, unknown>;
}

/** Sends one object as JSON, a text as NDJSON, nothing as GET. */
async function send(role: keyof Keys, path: string, body?: unknown): Promise<Answer> {
  const ndjson = typeof body === 'string';
  const response = await fetch(`${system.gatewayUrl}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      authorization: `Bearer ${system.keys[role]}`,
      ...(body === undefined
        ? {}
        : { 'content-type': ndjson ? 'application/x-ndjson' : 'application/json' }),
    },
    ...(body === undefined ? {} : { body: ndjson ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true && !ndjson;
  const json = isJson ? (JSON.parse(text) as Record<string, unknown>) : {};
  return { status: response.status, headers: response.headers, text, json };
}

const minute = (sequence: number): string => String(sequence % 60).padStart(2, '0');

function sale(of: { terminal: string; sequence: number; memberId?: string; amount?: number }) {
  const { terminal, sequence, memberId, amount = 100_000 } = of;
  return {
    programme,
    terminalId: terminal,
    businessDay: '2014-12-03',
    sequence,
    type: 'sale',
    tenantId: 'PP-001',
    ...(memberId === undefined ? {} : { memberId }),
    amount,
    currency: 'IDR',
    occurredAt: `2014-12-03T19:${minute(sequence)}:00+07:00`,
    receivedAt: `2014-12-03T19:${minute(sequence)}:05+07:00`,
  };
}
const idOf = (item: { terminalId: string; businessDay: string; sequence: number }): string =>
  `${item.terminalId}/${item.businessDay}/${item.sequence}`;

const enrol = (memberId: string): Promise<Answer> =>
  send('import', '/v1/members', {
    programme,
    memberId,
    enrolledAt: '2014-12-02T10:00:00+07:00',
    receivedAt: '2014-12-02T10:00:01+07:00',
    name: 'Siti Rahma',
    gender: 'female',
    birthDate: '1984-05-17',
    address: 'Jl. Jend. Sudirman 52',
    zone: 'Kebayoran Baru',
  });

describe('a cashier and the desk', () => {
  it('learn the outcome, again for a repeat, and hand the gift over once', async () => {
    expect(await enrol('E-1')).toMatchObject({ status: 202 });
    const first = sale({ terminal: 'E', sequence: 1, memberId: 'E-1', amount: 5_600_000 });
    const told = await send('import', '/v1/transactions?wait=10000', first);
    expect(told.json).toMatchObject({
      status: 'accepted',
      outcome: {
        result: 'posted',
        points: 22,
        balance: 22,
        tier: 'blue',
        tickets: [{ draw: 'opening-draw', number: 1 }],
        gift: { gift: 'teddy-bear', edition: 'christmas', status: 'earned' },
        parking: true,
      },
    });
    const again = await send('import', '/v1/transactions?wait=10000', first);
    expect(again.json).toEqual({ ...told.json, status: 'duplicate' });
    expect(await send('import', '/v1/transactions', { ...first, amount: 5 })).toMatchObject({
      status: 409,
    });

    const { gift } = told.json['outcome'] as { gift: { giftId: string } };
    const path = `/v1/gifts/${programme}/${gift.giftId}/handover`;
    expect(await send('desk', path, {})).toMatchObject({ status: 202 });
    await until('the gift is handed over', 30_000, async () => {
      const member = await send('desk', `/v1/members/${programme}/E-1`);
      return (member.json['gifts'] as { status: string }[])[0]?.status === 'handed_over';
    });
    const member = await send('operator', `/v1/members/${programme}/E-1`);
    expect(member.json).toMatchObject({
      tier: 'blue',
      points: 22,
      month: '2014-12',
      monthSpend: 5_600_000,
      nextTier: { tier: 'gold', missing: 94_400_000 },
      tickets: [{ draw: 'opening-draw', number: 1 }],
      position: { topic: 'transactions' },
    });
  });

  it('learn of a refund and of a rejection', async () => {
    await enrol('E-2');
    const first = sale({ terminal: 'E2', sequence: 1, memberId: 'E-2', amount: 600_000 });
    await send('import', '/v1/transactions?wait=10000', first);
    const refund = {
      ...sale({ terminal: 'E2', sequence: 2, memberId: 'E-2', amount: 200_000 }),
      type: 'refund',
      original: { terminalId: 'E2', businessDay: '2014-12-03', sequence: 1 },
    };
    const told = await send('import', '/v1/transactions?wait=10000', refund);
    expect(told.json['outcome']).toMatchObject({
      result: 'posted',
      transactionId: 'E2/2014-12-03/1',
      points: 0,
      balance: 0,
      tier: 'none',
    });
    const more = { ...refund, sequence: 3, amount: 500_000 };
    const refused = await send('import', '/v1/transactions?wait=10000', more);
    expect(refused.json['outcome']).toEqual({
      result: 'rejected',
      reason: 'refund_exceeds_sale',
    });
  });

  it('get no outcome of what changes nothing, once the time is over', async () => {
    const voiding = {
      programme,
      terminalId: 'E3',
      businessDay: '2014-12-03',
      sequence: 1,
      type: 'void',
      occurredAt: '2014-12-03T19:00:00+07:00',
      receivedAt: '2014-12-03T19:00:01+07:00',
      original: { terminalId: 'E3', businessDay: '2014-12-03', sequence: 99 },
    };
    const told = await send('import', '/v1/transactions?wait=300', voiding);
    expect(told).toMatchObject({ status: 202, json: { status: 'accepted', outcome: null } });
  });

  it('are told what does not exist', async () => {
    expect(await send('desk', `/v1/members/${programme}/nobody`)).toMatchObject({ status: 404 });
    const path = `/v1/gifts/${programme}/teddy-bear~999999/handover`;
    expect(await send('desk', path, {})).toMatchObject({ status: 404 });
  });
});

describe('why a transaction earned what it did', () => {
  const path = (item: Parameters<typeof idOf>[0]) =>
    `/v1/members/${programme}/E-4/transactions/${encodeURIComponent(idOf(item))}/explanation`;
  const bought = sale({ terminal: 'E4', sequence: 1, memberId: 'E-4', amount: 5_600_000 });
  const back = {
    ...sale({ terminal: 'E4', sequence: 2, memberId: 'E-4', amount: 400_000 }),
    type: 'refund',
    original: { terminalId: 'E4', businessDay: bought.businessDay, sequence: 1 },
  };
  beforeAll(async () => {
    await enrol('E-4');
    await send('import', '/v1/transactions?wait=10000', bought);
  });

  it('is told of a sale with a number, a gift and parking', async () => {
    const told = await send('desk', path(bought));
    expect(told).toMatchObject({
      status: 200,
      json: {
        programme,
        memberId: 'E-4',
        transactionId: 'E4/2014-12-03/1',
        explanation: {
          type: 'sale',
          programmeVersion: 1,
          localTime: '2014-12-03T19:01',
          category: 'Groceries',
          amount: 5_600_000,
          remaining: 5_600_000,
          refused: null,
          corrections: [],
          membership: { outcome: 'activates', activatingAmount: 500_000 },
          counted: {
            tier: { held: 'blue', monthSpend: 5_600_000, next: { missing: 94_400_000 } },
            points: { outcome: 'counted', points: 22, fullAmounts: 22, missing: 150_000 },
            tickets: [{ campaign: 'opening-draw', outcome: 'earned', numbers: 1 }],
            gift: { outcome: 'entitled', gift: 'teddy-bear', edition: 'christmas' },
            parking: { outcome: 'granted', used: 0 },
          },
        },
        position: { topic: 'transactions' },
      },
    });
    expect(told.json['sentence']).toBe(
      'E4/2014-12-03/1 is a sale of IDR 5,600,000 at 2014-12-03 19:01. ' +
        'It made the membership active. ' +
        'It lifted the tier to Blue; with it the spend of 2014-12 is IDR 5,600,000, and IDR 94,400,000 more would have reached Gold. ' +
        'Under version 1 it earned 22 points: 22 full amounts of IDR 250,000; IDR 150,000 more would have made one more. ' +
        'It gave 1 number in Pacific Place lucky draw. ' +
        'It gave the right to the gift teddy-bear (christmas), while stock lasted. ' +
        'It gave free parking.',
    );
  });

  it('is told of a refund, and then of its sale with the refund', async () => {
    await send('import', '/v1/transactions?wait=10000', back);
    const told = await send('operator', path(back));
    expect(told).toMatchObject({
      status: 200,
      json: {
        transactionId: 'E4/2014-12-03/2',
        explanation: {
          type: 'refund',
          amount: 400_000,
          outcome: 'accepted',
          refused: null,
          originalId: 'E4/2014-12-03/1',
          sale: { transactionId: 'E4/2014-12-03/1', remaining: 5_200_000, points: 20 },
        },
      },
    });
    expect(told.json['sentence']).toBe(
      'E4/2014-12-03/2 is a refund of IDR 400,000, naming E4/2014-12-03/1. It is accepted. ' +
        'Of the sale E4/2014-12-03/1 IDR 5,200,000 of IDR 5,600,000 remains, which earns 20 points.',
    );
    const sold = await send('desk', path(bought));
    expect(sold.json['explanation']).toMatchObject({
      remaining: 5_200_000,
      corrections: [{ transactionId: 'E4/2014-12-03/2', type: 'refund', outcome: 'accepted' }],
      counted: { points: { points: 20 } },
    });
    expect(sold.json['sentence']).toMatch(
      /of which IDR 5,200,000 remains\..* The refund of IDR 400,000 E4\/2014-12-03\/2 is accepted\.$/,
    );
  });

  it('is 404 of what is not known, or of another member', async () => {
    const unknown = await send('desk', path({ ...bought, sequence: 99 }));
    expect(unknown).toMatchObject({
      status: 404,
      json: { detail: expect.stringContaining('E4/2014-12-03/99') as unknown },
    });
    await enrol('E-5');
    await until('E-5 is known', 10_000, async () => {
      const { status } = await send('desk', `/v1/members/${programme}/E-5`);
      return status === 200;
    });
    expect(await send('desk', path(bought).replace('E-4', 'E-5'))).toMatchObject({ status: 404 });
  });
});

describe('what is answered accepted', () => {
  it('is in the log and nothing else is, item by item', async () => {
    const good = Array.from({ length: 3_000 }, (_, index) =>
      sale({ terminal: `N-${index % 30}`, sequence: index, memberId: `N-${index % 500}` }),
    );
    const bad = good.map((item, index) => {
      if (index % 10 === 3) return { ...item, amount: -1 };
      if (index % 10 === 4) return { ...item, currency: 'USD' };
      return item;
    });
    const body = bad.map((item) => JSON.stringify(item)).join('\n');
    const answer = await send('import', '/v1/transactions', body);
    expect(answer.status).toBe(202);
    const lines = linesOf(answer);
    expect(lines.map(({ status }) => status)).toEqual(
      bad.map((_, index) => ([3, 4].includes(index % 10) ? 'invalid' : 'accepted')),
    );
    const repeated = linesOf(await send('import', '/v1/transactions', body));
    expect(repeated.filter(({ status }) => status === 'duplicate')).toHaveLength(2_400);
    const log = await logOf((id) => id.startsWith('N-'));
    expect(new Set(log)).toEqual(acceptedOf(lines));
    expect(log).toHaveLength(2_400);
  });

  it('is in the log when the gateway is stopped under load, and the load goes on', async () => {
    const accepted = new Set<string>();
    let refusals = 0;
    let sequence = 0;
    let stop = false;
    const one = async () => {
      while (!stop) {
        const item = sale({ terminal: 'S-1', sequence: sequence++, memberId: 'S-1' });
        const answer = await send('import', '/v1/transactions', item).catch(() => undefined);
        if (answer?.status === 202) accepted.add(idOf(item));
        else refusals++;
      }
    };
    const many = async () => {
      while (!stop) {
        const items = Array.from({ length: 200 }, () =>
          sale({ terminal: 'S-2', sequence: sequence++, memberId: `S-${sequence % 50}` }),
        );
        const body = items.map((item) => JSON.stringify(item)).join('\n');
        const answer = await send('import', '/v1/transactions', body).catch(() => undefined);
        if (answer?.status === 202) for (const id of acceptedOf(linesOf(answer))) accepted.add(id);
        else refusals++;
      }
    };
    const load = Promise.all([one(), one(), one(), many()]);
    await until('the load runs', 60_000, () => accepted.size > 1_000);
    const before = system.pid('gateway');
    process.kill(before, 'SIGTERM');
    await until('requests are refused', 60_000, () => refusals > 0);
    const sizeThen = accepted.size;
    await until('the next gateway accepts', 60_000, () => accepted.size > sizeThen + 500);
    stop = true;
    await load;
    expect(system.pid('gateway')).not.toBe(before);
    const log = new Set(await logOf((id) => id.startsWith('S-')));
    expect([...accepted].filter((id) => !log.has(id))).toEqual([]);
  });
});

describe('servers that are slow or gone', () => {
  it('answers 503 with Retry-After while Kafka hangs, and takes all of it again after that', async () => {
    const items = Array.from({ length: 20 }, (_, index) =>
      sale({ terminal: 'K-1', sequence: index, memberId: `K-${index}` }),
    );
    const body = items.map((item) => JSON.stringify(item)).join('\n');
    const kafka = system.pid('kafka');
    await standStill(kafka);
    try {
      for (const sent of [body, items[0]]) {
        const answer = await send('import', '/v1/transactions', sent);
        expect(answer.status).toBe(503);
        expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
      }
      const health = await fetch(`${system.gatewayUrl}/healthz`);
      expect(health.status).toBe(503);
      expect(await health.text()).toMatch(/Kafka/);
    } finally {
      process.kill(kafka, 'SIGCONT');
    }
    await until('Kafka takes records again', 60_000, async () => {
      const answer = await send('import', '/v1/transactions', body);
      return answer.status === 202;
    });
    // Kafka is asked whether its log has them still.
    await until('Kafka tells what its log has', 60_000, async () => {
      const answer = await send('import', '/v1/transactions', body);
      if (answer.status !== 202) return false;
      expect(linesOf(answer).map(({ status }) => status)).toEqual(items.map(() => 'duplicate'));
      return true;
    });
    expect(new Set(await logOf((id) => id.startsWith('K-')))).toEqual(new Set(items.map(idOf)));
  });

  it('answers 503 while nobody can tell duplicates, and writes nothing', async () => {
    const redis = system.pid('redis');
    const item = sale({ terminal: 'R-1', sequence: 1, memberId: 'R-1' });
    await standStill(redis);
    try {
      const answer = await send('import', '/v1/transactions', item);
      expect(answer.status).toBe(503);
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    } finally {
      process.kill(redis, 'SIGCONT');
    }
    await until('Redis answers again', 60_000, async () => {
      const answer = await send('import', '/v1/transactions', item);
      return answer.json['status'] === 'accepted';
    });
    expect(await logOf((id) => id.startsWith('R-'))).toEqual([idOf(item)]);
  });
});

interface Line {
  readonly transactionId?: string;
  readonly status: string;
}
const linesOf = (answer: Answer): Line[] =>
  answer.text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
const acceptedOf = (lines: readonly Line[]): Set<string> =>
  new Set(
    lines.flatMap(({ status, transactionId }) =>
      status === 'accepted' && transactionId !== undefined ? [transactionId] : [],
    ),
  );

/** The ids of all transactions in the log that are asked for, as they lie there, repeats included. */
async function logOf(isWanted: (transactionId: string) => boolean): Promise<string[]> {
  const log = createLog({ service: 'test', level: 'silent' });
  const brokers = [`127.0.0.1:${portBase + 2}`];
  const kafka = createKafka({ brokers, clientId: 'test', log });
  const registryUrl = `http://127.0.0.1:${portBase + 3}/apis/ccompat/v7`;
  const codec = await createCodec({ registryUrl });
  const ends = await endsOf(kafka);
  const open = new Set(ends.filter(({ high }) => Number(high) > 0).map((end) => end.partition));
  const found: string[] = [];
  const consumer = kafka.consumer({ groupId: `test-${process.hrtime.bigint()}` });
  await consumer.connect();
  await consumer.subscribe({ topic: 'transactions', fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachBatch({ batch }) {
      for (const { value } of batch.messages) {
        const record = codec.decode(value);
        if (record.type !== 'TransactionRecorded') continue;
        const { transactionId }: TransactionRecorded = record.value;
        if (isWanted(transactionId)) found.push(transactionId);
      }
      const end = ends.find(({ partition }) => partition === batch.partition);
      if (Number(batch.lastOffset()) >= Number(end?.high) - 1) open.delete(batch.partition);
      return Promise.resolve();
    },
  });
  await until('the log is read', 120_000, () => open.size === 0);
  await consumer.disconnect();
  return found;
}

/** Where the partitions of transactions end; asks again while a restarted broker finds its feet. */
async function endsOf(kafka: Kafka): Promise<{ partition: number; high: string }[]> {
  const admin = kafka.admin();
  await admin.connect();
  let ends: { partition: number; high: string }[] | undefined;
  await until('the ends of the log are known', 60_000, async () => {
    ends = await admin.fetchTopicOffsets('transactions').catch(() => undefined);
    return ends !== undefined;
  });
  await admin.disconnect();
  return ends ?? [];
}

describe('the examples of the OpenAPI documents', () => {
  interface Content {
    readonly schema: { readonly $ref?: string };
    readonly example?: object;
    readonly examples?: Readonly<Record<string, { readonly value: object }>>;
  }
  interface Document {
    readonly paths: Record<
      string,
      { post?: { requestBody?: { content: Record<string, Content> } } }
    >;
    readonly components: { readonly schemas: Record<string, { examples?: readonly object[] }> };
  }

  /** The examples of each body, by its path. */
  async function examplesOf(url: string): Promise<Map<string, readonly object[]>> {
    const document = (await (await fetch(`${url}/openapi.json`)).json()) as Document;
    const found = new Map<string, readonly object[]>();
    for (const [path, { post }] of Object.entries(document.paths)) {
      const content = post?.requestBody?.content['application/json'];
      if (content === undefined) continue;
      const named = document.components.schemas[content.schema.$ref?.split('/').at(-1) ?? ''];
      const shown = Object.values(content.examples ?? {}).map(({ value }) => value);
      if (content.example !== undefined) shown.push(content.example);
      found.set(path, [...shown, ...(named?.examples ?? [])]);
    }
    return found;
  }

  it('do what they say, in their order', async () => {
    const examples = await examplesOf(system.gatewayUrl);
    expect([...examples.keys()].sort()).toEqual(['/v1/members', '/v1/transactions']);
    for (const member of examples.get('/v1/members') ?? [])
      expect(await send('import', '/v1/members', member)).toMatchObject({ status: 202 });
    const transactions = examples.get('/v1/transactions') ?? [];
    expect(transactions).toHaveLength(3);
    for (const transaction of transactions)
      expect((await send('import', '/v1/transactions?wait=10000', transaction)).json).toMatchObject(
        { status: 'accepted', outcome: { result: 'posted' } },
      );
    const reportsUrl = `http://127.0.0.1:${portBase + 6}`;
    for (const [path, bodies] of await examplesOf(reportsUrl)) {
      expect(bodies.length).toBeGreaterThan(0);
      for (const body of bodies) {
        const answer = await fetch(`${reportsUrl}${path}`, {
          method: 'POST',
          headers: {
            authorization: `Bearer ${system.keys.analyst}`,
            'content-type': 'application/json',
          },
          body: JSON.stringify(body),
        });
        expect(answer.status).toBe(200);
      }
    }
  });
});
