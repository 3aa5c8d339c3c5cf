import { LogUnavailable, partitionOf, type OutputRecord } from '@semarak/infra/kafka';
import { createLog } from '@semarak/infra/observability';
import type { Typed } from '@semarak/schemas';
import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { context, member, pacificPlace, sale, voiding } from '../admission/published.fixture.ts';
import type { Role } from '../config.ts';
import { MemoryDuplicates } from '../duplicates/duplicates.ts';
import { EventClock } from '../intake/event-clock.ts';
import { Handover } from '../intake/handover.ts';
import { MemberIntake } from '../intake/members.ts';
import { TransactionIntake } from '../intake/transactions.ts';
import { createGatewayMetrics } from '../metrics.ts';
import type { Outcome } from '../outcomes/outcome.ts';
import { buildApp, type AppParts } from './app.ts';
import { LineWork } from './lines.ts';
import { WorkTurns } from './work-turns.ts';
import { KeyRing, serverLimits, type Problem } from '@semarak/infra/http-server';

const keys: Record<Role, string> = {
  terminal: 'terminal-key',
  desk: 'desk-key-1',
  import: 'import-key',
  analyst: 'analyst-key',
  operator: 'operator-key',
};
const outcome: Outcome = {
  result: 'posted',
  transactionId: 'T-001/2014-12-01/17',
  points: 5,
  balance: 5,
  tier: 'blue',
  tickets: [{ draw: 'opening-draw', number: 1 }],
  gift: null,
  parking: false,
};

/** The gateway on a log, a memory of duplicates and states that are the test’s. */
class Bench {
  readonly log: OutputRecord[] = [];
  append = (records: readonly OutputRecord[]): Promise<ReadonlyMap<OutputRecord, number>> => {
    const from = this.log.length;
    this.log.push(...records);
    return Promise.resolve(new Map(records.map((record, index) => [record, from + index])));
  };
  problems: string[] = [];
  known = true;
  clockProblem: string | undefined;
  outcome: Outcome | null = outcome;
  waits: number[] = [];
  readonly app: Promise<FastifyInstance>;

  constructor(limits: Partial<AppParts['limits'] & AppParts['guard']> = {}) {
    const queue = { append: (records: readonly OutputRecord[]) => this.append(records) };
    const codec = { encode: (record: Typed) => Buffer.from(JSON.stringify(record)) };
    const parts = {
      queue,
      codec,
      partitionOf: (key: string) => partitionOf({ key, partitions: 8 }),
    };
    const isKnown = (): boolean => this.known;
    const programmes = {
      rulesOf: (programme: string) => context.rulesOf(programme),
      get known(): boolean {
        return isKnown();
      },
    };
    const believedClock = { problem: () => this.clockProblem };
    const admitting = {
      programmes,
      believedClock,
      times: context.times,
      problemsMax: 20,
      lines: new LineWork(new WorkTurns(), {
        sliceMsMax: 5,
        lineBytesMax: 1_000,
        reasonLettersMax: 5_000,
      }),
    };
    const metrics = createGatewayMetrics({ queueLength: () => 0, waiters: () => 0 });
    const clock = new EventClock(Date.now);
    this.app = buildApp({
      log: createLog({ service: 'gateway', level: 'silent' }),
      limits: {
        ...serverLimits(),
        jsonBytesMax: 2_000,
        ndjsonBytesMax: 4_000,
        ndjsonLinesMax: 10,
        requestsInFlightMax: 10,
        requestsInFlightPerKeyMax: 8,
        ndjsonInFlightMax: 3,
        ndjsonInFlightPerKeyMax: 2,
        retryAfterS: 3,
        ...limits,
      },
      guard: {
        keys: new KeyRing(keys),
        windowMs: 60_000,
        requestsMax: 100,
        unknownKeysMax: 100,
        ...limits,
      },
      health: () => Promise.resolve({ problems: this.problems }),
      metrics,
      transactions: {
        ...admitting,
        intake: new TransactionIntake({
          ...parts,
          duplicates: new MemoryDuplicates(),
          marks: {
            identityOf: () => ({ epoch: 0, origin: 0 }),
            originOf: () => Promise.resolve(0),
            standing: (known) => Promise.resolve(known.map(({ at }) => at)),
          },
          onAccepted: () => undefined,
          onForgotten: () => undefined,
        }),
        outcomes: {
          expect: () => ({
            of: (_status, withinMs) => {
              this.waits.push(withinMs);
              return Promise.resolve(this.outcome);
            },
            leave: () => undefined,
          }),
        },
        clock,
        metrics,
        limits: { sequenceMax: 1_000, amountMax: 10_000_000, waitMsMax: 500 },
      },
      members: {
        ...admitting,
        intake: new MemberIntake(parts),
        standings,
        metrics,
      },
      gifts: { standings, believedClock, handover: new Handover(parts) },
    });
  }

  async post(url: string, body: unknown, role: Role = 'terminal'): Promise<LightMyRequestResponse> {
    const text = typeof body === 'string';
    return (await this.app).inject({
      method: 'POST',
      url,
      headers: {
        authorization: `Bearer ${keys[role]}`,
        'content-type': text ? 'application/x-ndjson' : 'application/json',
      },
      payload: text ? body : JSON.stringify(body),
    });
  }

  async get(url: string, key: string | undefined): Promise<LightMyRequestResponse> {
    const headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
    return (await this.app).inject({ method: 'GET', url, headers });
  }
}

const standing = {
  tier: 'blue',
  benefits: ['tenant discount'],
  points: 12,
  lots: [
    { through: '2015-02', points: 4 },
    { through: '2015-12', points: 8 },
  ],
  tierKeptThrough: '2016-02',
  month: '2014-12',
  monthSpend: 6_000_000,
  nextTier: { tier: 'gold', monthSpend: 100_000_000, missing: 94_000_000 },
  enrolledAt: context.now,
  activatedAt: context.now,
  activatingAmount: null,
  transactions: [],
  refusals: [],
} as const;
const bear = {
  campaign: 'teddy-bear',
  giftId: 'teddy-bear~1',
  serial: 1,
  gift: 'teddy-bear',
  edition: 'christmas',
  transactionId: 'T-001/2014-12-01/17',
  programmeVersion: 1,
  status: 'earned',
} as const;
const standings: AppParts['members']['standings'] & AppParts['gifts']['standings'] = {
  member: ({ memberId }) => {
    const position = { topic: 'transactions', partition: 3, offset: 99 } as const;
    const forEver = { ...standing, tierKeptThrough: null, lots: [] };
    if (memberId === 'M-1') return Promise.resolve({ standing, position });
    if (memberId === 'M-4')
      return Promise.resolve({ standing: { ...standing, monthSpend: 2 ** 53 + 2 }, position });
    if (memberId === 'M-3') return Promise.resolve({ standing: forEver, position });
    return Promise.resolve(undefined);
  },
  explanation: ({ memberId }, transactionId) =>
    Promise.resolve(
      memberId === 'M-1' && transactionId === bear.transactionId
        ? {
            explanation: { type: 'folded', transactionId, was: 'sale', keptDays: 60 },
            position: { topic: 'transactions', partition: 3, offset: 99 },
          }
        : undefined,
    ),
  rewards: () =>
    Promise.resolve({
      tickets: [{ campaign: 'opening-draw', number: 7, transactionId: bear.transactionId }],
      gifts: [bear],
    }),
  gift: ({ giftId }) => {
    if (giftId === bear.giftId) return Promise.resolve({ ...bear, memberId: 'M-1' });
    if (giftId !== 'teddy-bear~2') return Promise.resolve(undefined);
    return Promise.resolve({ ...bear, giftId, status: 'unavailable' as const, memberId: 'M-1' });
  },
};

const lines = (response: LightMyRequestResponse): unknown[] =>
  response.body
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
const ndjson = (...items: unknown[]): string =>
  items.map((item) => (typeof item === 'string' ? item : JSON.stringify(item))).join('\n');

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach(async () => {
  await (await bench.app).close();
});

function expectProblem(response: LightMyRequestResponse, status: number): Problem {
  expect(response.statusCode).toBe(status);
  expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
  const problem = response.json<Problem>();
  expect(problem).toMatchObject({ type: 'about:blank', status });
  return problem;
}

describe('POST /v1/transactions, one object', () => {
  it('answers 202 and then tells the duplicate', async () => {
    const first = await bench.post('/v1/transactions', sale);
    expect(first.statusCode).toBe(202);
    expect(first.json()).toEqual({ transactionId: 'T-001/2014-12-01/17', status: 'accepted' });
    const second = await bench.post('/v1/transactions', sale);
    expect(second.statusCode).toBe(202);
    expect(second.json()).toMatchObject({ status: 'duplicate' });
    expect(bench.log).toHaveLength(1);
  });

  it('answers 409 to the same id with other content', async () => {
    await bench.post('/v1/transactions', sale);
    expectProblem(await bench.post('/v1/transactions', { ...sale, amount: 7 }), 409);
    expect(bench.log).toHaveLength(1);
  });

  it('answers 422 with each bad field', async () => {
    const problem = expectProblem(
      await bench.post('/v1/transactions', { ...sale, amount: 0, colour: 'red' }),
      422,
    );
    expect(problem.errors?.map(({ field }) => field).sort()).toEqual(['amount', 'colour']);
    expect(bench.log).toEqual([]);
  });

  it('answers 400 to text that is no JSON, 413 to too much, 415 to another kind', async () => {
    const app = await bench.app;
    const send = (contentType: string, payload: string, more: Record<string, string> = {}) =>
      app.inject({
        method: 'POST',
        url: '/v1/transactions',
        headers: { authorization: `Bearer ${keys.terminal}`, 'content-type': contentType, ...more },
        payload,
      });
    expectProblem(await send('application/json', '{'), 400);
    const faulty = expectProblem(await send('application/json', '{"memberId":Siti}'), 400);
    expect(faulty.detail).toBe('The body is not JSON from character 13 on.');
    const twice = `{"amount":1,${JSON.stringify(sale).slice(1)}`;
    expect(expectProblem(await send('application/json', twice), 400).detail).toMatch(
      /^The body has a field twice/,
    );
    expect(bench.log).toEqual([]);
    const large = await send('application/json', `"${'x'.repeat(2_000)}"`);
    expect(expectProblem(large, 413).detail).toContain('2000 bytes (JSON_BODY_BYTES_MAX)');
    expectProblem(await send('text/plain', 'x'), 415);
    expectProblem(await send('application/json', '{}', { 'content-encoding': 'gzip' }), 415);
  });

  it('answers 503 with Retry-After when the log does not take it', async () => {
    bench.append = () => Promise.reject(new LogUnavailable('no'));
    const response = await bench.post('/v1/transactions', sale);
    expectProblem(response, 503);
    expect(response.headers['retry-after']).toBe('3');
  });

  it('answers 503 while no programme is known', async () => {
    bench.known = false;
    expectProblem(await bench.post('/v1/transactions', sale), 503);
  });

  it('tells the outcome with ?wait, and null when the time is over', async () => {
    const told = await bench.post('/v1/transactions?wait=100', sale);
    expect(told.json()).toMatchObject({ status: 'accepted', outcome });
    bench.outcome = null;
    const late = await bench.post('/v1/transactions?wait=100000', sale);
    expect(late.statusCode).toBe(202);
    expect(late.json()).toMatchObject({ status: 'duplicate', outcome: null });
    expect(bench.waits).toEqual([100, 500]);
    for (const wait of [
      'soon',
      '-1',
      '',
      '%20',
      '1e3',
      '0x10',
      '1.0',
      '9'.repeat(400),
      '1&wait=2',
    ]) {
      const problem = expectProblem(await bench.post(`/v1/transactions?wait=${wait}`, sale), 422);
      expect([wait, problem.errors]).toEqual([
        wait,
        [{ field: 'wait', message: 'must be a whole number of milliseconds' }],
      ]);
    }
  });

  it('lets import alone set receivedAt', async () => {
    const history = { ...sale, receivedAt: '2014-12-01T11:31:00+07:00' };
    expectProblem(await bench.post('/v1/transactions', history), 422);
    const imported = await bench.post('/v1/transactions', history, 'import');
    expect(imported.statusCode).toBe(202);
  });
});

describe('POST /v1/transactions, NDJSON', () => {
  it('answers each item in order and keeps the good ones', async () => {
    await bench.post('/v1/transactions', sale);
    const body = ndjson(
      sale,
      { ...sale, sequence: 20 },
      '{',
      { ...sale, amount: 5 },
      { ...sale, sequence: 21, amount: -1 },
      { ...sale, sequence: 20 },
      '',
      voiding,
    );
    const response = await bench.post('/v1/transactions', `${body}\n`);
    expect(response.statusCode).toBe(202);
    expect(response.headers['content-type']).toMatch(/^application\/x-ndjson/);
    expect(lines(response)).toMatchObject([
      { transactionId: 'T-001/2014-12-01/17', status: 'duplicate' },
      { transactionId: 'T-001/2014-12-01/20', status: 'accepted' },
      { status: 'invalid', reason: 'body is not JSON: it ends too early' },
      { transactionId: 'T-001/2014-12-01/17', status: 'conflict' },
      { transactionId: 'T-001/2014-12-01/21', status: 'invalid', errors: [{ field: 'amount' }] },
      { transactionId: 'T-001/2014-12-01/20', status: 'duplicate' },
      { transactionId: 'T-001/2014-12-01/19', status: 'accepted' },
    ]);
    expect(bench.log).toHaveLength(3);
  });

  it('answers 503 to all when a valid item is not in the log', async () => {
    bench.append = () => Promise.reject(new LogUnavailable('no'));
    const response = await bench.post('/v1/transactions', ndjson({ bad: 1 }, sale));
    expectProblem(response, 503);
    expect(response.headers['retry-after']).toBe('3');
  });

  it('answers 202 to a batch in which nothing is valid', async () => {
    const response = await bench.post('/v1/transactions', ndjson({ bad: 1 }, 'x'));
    expect(response.statusCode).toBe(202);
    expect(lines(response)).toMatchObject([{ status: 'invalid' }, { status: 'invalid' }]);
  });

  it('holds to its limits', async () => {
    const refusal = async (body: string) =>
      expectProblem(await bench.post('/v1/transactions', body), 413).detail;
    expect(await refusal('{}\n'.repeat(11))).toContain('10 lines (NDJSON_LINES_MAX)');
    expect(await refusal('x'.repeat(4_001))).toContain('4000 bytes (NDJSON_BODY_BYTES_MAX)');
    expectProblem(await bench.post('/v1/transactions?wait=5', ndjson(sale)), 422);
  });
});

describe('what a body says it is', () => {
  const send = async (headers: Record<string, string>, payload: string | Buffer) =>
    (await new Bench({ ndjsonBytesMax: 100_000 }).app).inject({
      method: 'POST',
      url: '/v1/transactions',
      headers: { authorization: `Bearer ${keys.terminal}`, ...headers },
      payload,
    });

  it.each([
    'application/x-ndjson',
    'Application/X-NDJSON',
    'application/x-ndjson;charset=UTF-8',
    'APPLICATION/x-ndjson ; Charset="utf-8"',
  ])('is compared as RFC 9110 says: %s is NDJSON', async (type) => {
    const answer = await send({ 'content-type': type }, `${JSON.stringify(sale)}\n`);
    expect(answer.statusCode).toBe(202);
    expect(answer.headers['content-type']).toMatch(/^application\/x-ndjson/);
  });

  it.each(['Application/JSON', 'application/json; charset=utf-8'])('%s is JSON', async (type) => {
    expect((await send({ 'content-type': type }, JSON.stringify(sale))).statusCode).toBe(202);
  });

  it.each([
    ['application/json; charset=utf-16', JSON.stringify(sale)],
    ['application/x-ndjson; charset="ISO-8859-1"', JSON.stringify(sale)],
    ['application/json', Buffer.from(JSON.stringify(sale), 'utf16le')],
    ['application/x-ndjson', Buffer.from(`\uFEFF${JSON.stringify(sale)}`, 'utf16le')],
    ['text/plain', JSON.stringify(sale)],
  ])('is 415 when it cannot be read: %s', async (type, payload) => {
    expect((await send({ 'content-type': type }, payload)).statusCode).toBe(415);
  });

  it('may begin with a byte-order mark, also where files were put together', async () => {
    const text = JSON.stringify(sale);
    const other = JSON.stringify({ ...sale, sequence: 18 });
    expect((await send({ 'content-type': 'application/json' }, `\uFEFF${text}`)).statusCode).toBe(
      202,
    );
    const many = await send(
      { 'content-type': 'application/x-ndjson' },
      `\uFEFF${text}\n\uFEFF${other}\n`,
    );
    expect(lines(many)).toMatchObject([{ status: 'accepted' }, { status: 'accepted' }]);
  });
});

describe('an item with many faults', () => {
  const unknown = (count: number): Record<string, number> =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => [`f${at}`, at]));

  it('is told so many of them, those of known fields first', async () => {
    const answer = await new Bench().post('/v1/transactions', {
      ...unknown(100),
      ...sale,
      amount: -1,
    });
    const { errors = [] } = answer.json<Problem>();
    expect(errors).toHaveLength(21);
    expect(errors[0]?.field).toBe('amount');
    expect(errors.at(-1)?.message).toContain('ITEM_PROBLEMS_MAX');
  });

  it('repeats no long name', async () => {
    const answer = await new Bench().post('/v1/transactions', { ...sale, ['x'.repeat(1_000)]: 1 });
    expect(answer.statusCode).toBe(422);
    expect(answer.body.length).toBeLessThan(500);
  });

  it('is told without reasons when those before have taken the room', async () => {
    const bad = { ...unknown(60), ...sale };
    const body = Array.from({ length: 10 }, () => JSON.stringify(bad)).join('\n');
    const answer = await new Bench({ ndjsonBytesMax: 100_000 }).post('/v1/transactions', body);
    const told = lines(answer) as { status: string; errors?: unknown[]; reason: string }[];
    expect(told.map(({ status }) => status)).toEqual(Array(10).fill('invalid'));
    expect(told[0]?.errors).toHaveLength(21);
    expect(told.at(-1)).not.toHaveProperty('errors');
    expect(told.at(-1)?.reason).toContain('NDJSON_REASON_LETTERS_MAX');
  });

  it('is not read when its line is too long', async () => {
    const body = `${JSON.stringify({ ...unknown(200), ...sale })}\n${JSON.stringify(sale)}`;
    const answer = await new Bench({ ndjsonBytesMax: 100_000 }).post('/v1/transactions', body);
    expect(lines(answer)).toMatchObject([
      { status: 'invalid', reason: expect.stringContaining('NDJSON_LINE_BYTES_MAX') as string },
      { status: 'accepted' },
    ]);
  });
});

it('counts in a header what became of the items', async () => {
  const bench = new Bench();
  const other = { ...sale, sequence: 18 };
  await bench.post('/v1/transactions', { ...other, amount: 500_000 });
  const items = [sale, sale, other, {}].map((item) => JSON.stringify(item)).join('\n');
  const sales = await bench.post('/v1/transactions', items);
  expect(sales.headers['semarak-items']).toBe('accepted=1, duplicate=1, conflict=1, invalid=1');
  const enrolments = await bench.post('/v1/members', `${JSON.stringify(member)}\n{}`, 'desk');
  expect(enrolments.headers['semarak-items']).toBe('accepted=1, invalid=1');
  const document = (await bench.get('/openapi.json', undefined)).json<{
    paths: Record<string, { post: { responses: Record<string, { headers?: object }> } }>;
  }>();
  for (const path of ['/v1/transactions', '/v1/members'])
    expect(document.paths[path]?.post.responses['202']?.headers).toHaveProperty('Semarak-Items');
});

it('lets no key take all places of large bodies', async () => {
  const bench = new Bench();
  let finish = (): void => undefined;
  const held = new Promise<void>((resolve) => (finish = resolve));
  bench.append = () => held.then(() => new Map());
  const many = (key: number): string => JSON.stringify({ ...sale, sequence: key });
  const working = [1, 2].map((key) => bench.post('/v1/transactions', many(key)));
  await vi.waitFor(async () =>
    expect((await bench.post('/v1/transactions', many(3))).statusCode).toBe(503),
  );
  const other = bench.post('/v1/transactions', many(4), 'import');
  finish();
  expect((await other).statusCode).toBe(202);
  for (const one of working) expect((await one).statusCode).toBe(202);
});

describe('what comes from the future', () => {
  const later = { occurredAt: '2099-12-01T11:30:00+07:00', businessDay: '2099-12-01' };
  const received = { receivedAt: '2099-12-01T11:30:05+07:00' };
  const enrolled = { enrolledAt: '2099-12-01T10:00:00+07:00' };

  it.each([
    ['/v1/transactions', { ...sale, ...later }, 'occurredAt'],
    ['/v1/transactions', { ...sale, ...received }, 'receivedAt'],
    ['/v1/members', { ...member, ...enrolled }, 'enrolledAt'],
    ['/v1/members', { ...member, ...received }, 'receivedAt'],
  ])('is not in the log, alone or in a batch: %s %#', async (url, body, field) => {
    const problem = expectProblem(await bench.post(url, body, 'import'), 422);
    expect(problem.errors?.map((error) => error.field)).toEqual([field]);
    const batch = await bench.post(url, ndjson(body), 'import');
    const message = expect.stringContaining('300000 ms (TIME_AHEAD_MS_MAX)') as unknown;
    expect(lines(batch)).toMatchObject([{ status: 'invalid', errors: [{ field, message }] }]);
    expect(bench.log).toEqual([]);
  });
});

describe('who may do what', () => {
  it.each<[string, string, Partial<Record<Role, number>>]>([
    [
      'POST',
      '/v1/transactions',
      { terminal: 422, desk: 403, import: 422, analyst: 403, operator: 403 },
    ],
    ['POST', '/v1/members', { terminal: 403, desk: 422, import: 422, analyst: 403, operator: 403 }],
    [
      'GET',
      '/v1/members/pacific-place/M-1',
      { terminal: 403, desk: 200, import: 403, analyst: 403, operator: 200 },
    ],
    [
      'POST',
      '/v1/gifts/pacific-place/teddy-bear~1/handover',
      { terminal: 403, desk: 202, import: 403, analyst: 403, operator: 403 },
    ],
  ])('%s %s', async (method, url, expected) => {
    for (const [role, status] of Object.entries(expected)) {
      const key = keys[role as Role];
      const response =
        method === 'GET' ? await bench.get(url, key) : await bench.post(url, {}, role as Role);
      expect([role, response.statusCode]).toEqual([role, status]);
    }
  });

  it('answers 401 without a valid key and says how', async () => {
    for (const key of [undefined, 'wrong', `${keys.desk}x`]) {
      const response = await bench.get('/v1/members/pacific-place/M-1', key);
      expectProblem(response, 401);
      expect(response.headers['www-authenticate']).toBe('Bearer');
    }
  });

  it('answers 429 to a key that comes too often, but never to import', async () => {
    await (await bench.app).close();
    bench = new Bench({ requestsMax: 2 });
    const statuses = async (role: Role) => {
      const seen: number[] = [];
      for (let index = 0; index < 4; index++)
        seen.push((await bench.post('/v1/transactions', sale, role)).statusCode);
      return seen;
    };
    expect(await statuses('terminal')).toEqual([202, 202, 429, 429]);
    expect(await statuses('import')).toEqual([202, 202, 202, 202]);
    const response = await bench.post('/v1/transactions', sale);
    expectProblem(response, 429);
    expect(Number(response.headers['retry-after'])).toBeGreaterThan(0);
  });

  it('answers 429 to an address that tries keys, and still lets right keys in', async () => {
    await (await bench.app).close();
    bench = new Bench({ unknownKeysMax: 1 });
    const url = '/v1/members/pacific-place/M-1';
    expectProblem(await bench.get(url, 'wrong'), 401);
    expectProblem(await bench.get(url, 'wrong again'), 429);
    expect((await bench.get(url, keys.desk)).statusCode).toBe(200);
  });
});

describe('members', () => {
  it('writes the profile first and then the enrolment, both under the member’s key', async () => {
    const response = await bench.post('/v1/members', member, 'desk');
    expect(response.statusCode).toBe(202);
    expect(response.json()).toEqual({ memberId: 'M-1', status: 'accepted' });
    expect(bench.log).toMatchObject([
      { topic: 'members', key: 'pacific-place/M-1' },
      { topic: 'transactions', key: 'pacific-place/M-1' },
    ]);
    expect(bench.log[0]?.partition).toBe(bench.log[1]?.partition);
    expect(bench.log[1]?.value.toString()).not.toContain('Siti');
  });

  it('enrols nobody whose profile the log does not have', async () => {
    bench.append = (records) =>
      records[0]?.topic === 'members'
        ? Promise.reject(new LogUnavailable('no'))
        : Promise.reject(new Error('the enrolment came first'));
    expectProblem(await bench.post('/v1/members', member, 'desk'), 503);
  });

  it('takes many as NDJSON', async () => {
    const body = ndjson(member, { ...member, gender: 'f' }, { ...member, memberId: 'M-2' });
    const response = await bench.post('/v1/members', body, 'import');
    expect(lines(response)).toMatchObject([
      { memberId: 'M-1', status: 'accepted' },
      { memberId: 'M-1', status: 'invalid', errors: [{ field: 'gender' }] },
      { memberId: 'M-2', status: 'accepted' },
    ]);
  });

  it('shows where a member stands and the position in the log', async () => {
    const response = await bench.get('/v1/members/pacific-place/M-1', keys.desk);
    expect(response.json()).toMatchObject({
      tier: 'blue',
      tierKeptThrough: '2016-02-29',
      points: 12,
      expiringPoints: [
        { through: '2015-02-28', points: 4 },
        { through: '2015-12-31', points: 8 },
      ],
      monthSpend: 6_000_000,
      nextTier: { tier: 'gold', missing: 94_000_000 },
      enrolledAt: '2014-12-01T05:00:00.000Z',
      tickets: [{ draw: 'opening-draw', number: 7 }],
      gifts: [{ giftId: 'teddy-bear~1', edition: 'christmas', status: 'earned' }],
      position: { topic: 'transactions', partition: 3, offset: 99 },
    });
    const forEver = await bench.get('/v1/members/pacific-place/M-3', keys.desk);
    expect(forEver.json()).toMatchObject({ tierKeptThrough: null, expiringPoints: [] });
    expectProblem(await bench.get('/v1/members/pacific-place/M-2', keys.desk), 404);
    expectProblem(await bench.get('/v1/members/pacific-place/M-1?at=now', keys.desk), 422);
  });
});

describe('a sum that is more than a number holds to the unit', () => {
  it('is answered as near as it is known, and OpenAPI sets it no maximum', async () => {
    const response = await bench.get('/v1/members/pacific-place/M-4', keys.desk);
    expect(response.statusCode).toBe(200);
    expect(response.json()).toMatchObject({ monthSpend: 9_007_199_254_740_994 });
    const openapi = await bench.get('/openapi.json', undefined);
    const { components } = openapi.json<{
      components: { schemas: { Member: { properties: Record<string, object> } } };
    }>();
    const { monthSpend, points } = components.schemas.Member.properties;
    for (const sum of [monthSpend, points]) {
      expect(sum).toMatchObject({ type: 'integer' });
      expect(sum).not.toHaveProperty('maximum');
    }
  });
});

describe('GET the explanation of a transaction', () => {
  const url = (id: string) =>
    `/v1/members/pacific-place/M-1/transactions/${encodeURIComponent(id)}/explanation`;

  it('is read by desk and operator, as JSON and as a sentence', async () => {
    for (const key of [keys.desk, keys.operator]) {
      const response = await bench.get(url(bear.transactionId), key);
      expect(response.statusCode).toBe(200);
      expect(response.json()).toMatchObject({
        transactionId: 'T-001/2014-12-01/17',
        explanation: { type: 'folded', was: 'sale' },
        sentence: expect.stringContaining('It was a sale') as unknown,
        position: { partition: 3, offset: 99 },
      });
    }
  });

  it('is 404 for what is not known and 403 for a terminal', async () => {
    expectProblem(await bench.get(url('T-001/2014-12-01/18'), keys.desk), 404);
    expectProblem(await bench.get(url(bear.transactionId), keys.terminal), 403);
  });
});

it.each([
  ['POST', '/v1/transactions?wait=1&', 'terminal'],
  ['POST', '/v1/members?', 'desk'],
  ['GET', '/v1/members/pacific-place/M-1?', 'desk'],
  ['GET', '/v1/members/pacific-place/M-1/transactions/T-001/explanation?', 'desk'],
  ['POST', '/v1/gifts/pacific-place/teddy-bear~1/handover?', 'desk'],
] as const)('%s %s names a parameter that it does not have', async (method, url, role) => {
  const asked = `${url}lang=id`;
  const response =
    method === 'GET' ? await bench.get(asked, keys[role]) : await bench.post(asked, {}, role);
  expect(expectProblem(response, 422)).toMatchObject({
    detail: 'lang is not a parameter here.',
    errors: [{ field: 'lang', message: 'is not a parameter here' }],
  });
  expect(bench.log).toEqual([]);
});

describe('gifts', () => {
  it('records a hand-over in the campaign’s log', async () => {
    const url = '/v1/gifts/pacific-place/teddy-bear~1/handover';
    const app = await bench.app;
    const response = await app.inject({
      method: 'POST',
      url,
      headers: { authorization: `Bearer ${keys.desk}` },
    });
    expect(response.statusCode).toBe(202);
    expect(bench.log).toMatchObject([{ topic: 'entitlements', key: 'pacific-place/teddy-bear' }]);
    expectProblem(await bench.post('/v1/gifts/pacific-place/x~9/handover', {}, 'desk'), 404);
    expectProblem(
      await bench.post('/v1/gifts/pacific-place/teddy-bear~2/handover', {}, 'desk'),
      409,
    );
  });
});

describe('a receivedAt that was wrong', () => {
  it('is put right by a copy of the role import, and of nobody else', async () => {
    const sent = { ...sale, receivedAt: '2014-12-01T12:00:00+07:00' };
    await bench.post('/v1/transactions', sale);
    expect(bench.log).toHaveLength(1);
    await bench.post('/v1/transactions', sent, 'import');
    expect(bench.log).toHaveLength(1);
    const url = '/v1/transactions?correct=receivedAt';
    for (const body of [sent, ndjson(sent)]) {
      const before = bench.log.length;
      const response = await bench.post(url, body, 'import');
      expect([response.statusCode, response.body]).toEqual([
        202,
        expect.stringContaining('"status":"duplicate"'),
      ]);
      expect(bench.log).toHaveLength(before + 1);
    }
    const [, copy] = bench.log.map(({ value }): unknown => JSON.parse(String(value)));
    expect(copy).toMatchObject({ value: { receivedAt: Date.parse(sent.receivedAt) } });
    expect(expectProblem(await bench.post(url, sale), 422)).toMatchObject({
      errors: [{ field: 'correct', message: 'is for the role import only' }],
    });
    expect(bench.log).toHaveLength(3);
  });
});

describe('while the machine’s clock is not believed', () => {
  it.each<[string, unknown, Role]>([
    ['/v1/transactions', sale, 'terminal'],
    ['/v1/transactions', ndjson(sale, sale), 'import'],
    ['/v1/members', member, 'desk'],
    ['/v1/gifts/pacific-place/teddy-bear~1/handover', {}, 'desk'],
  ])('nothing gets a time from it: %s', async (url, body, role) => {
    bench.clockProblem = 'The clock of this machine was set ahead by 90.0 days.';
    const response = await bench.post(url, body, role);
    expect(expectProblem(response, 503)).toMatchObject({ detail: bench.clockProblem });
    expect(response.headers['retry-after']).toBe('3');
    expect(bench.log).toEqual([]);
    expect((await bench.get('/v1/members/pacific-place/M-1', keys.desk)).statusCode).toBe(200);
    bench.clockProblem = undefined;
    expect((await bench.post(url, body, role)).statusCode).toBe(202);
  });
});

describe('for operators', () => {
  it('says on /healthz, without a key, whether it works and what is missing', async () => {
    expect((await bench.get('/healthz', undefined)).statusCode).toBe(200);
    bench.problems = ['Redis is not connected.'];
    const response = await bench.get('/healthz', undefined);
    expect(response.statusCode).toBe(503);
    expect(response.json()).toEqual({ problems: ['Redis is not connected.'] });
  });

  it('documents its routes and the one shape of errors', async () => {
    const response = await bench.get('/openapi.json', undefined);
    const document = response.json<{
      openapi: string;
      paths: Record<string, Record<string, { responses: Record<string, { content: object }> }>>;
      components: { schemas: Record<string, unknown> };
    }>();
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths).sort()).toEqual([
      '/healthz',
      '/v1/gifts/{programme}/{id}/handover',
      '/v1/members',
      '/v1/members/{programme}/{memberId}',
      '/v1/members/{programme}/{memberId}/transactions/{id}/explanation',
      '/v1/transactions',
    ]);
    const { responses } = document.paths['/v1/transactions']?.['post'] ?? { responses: {} };
    expect(Object.keys(responses).sort()).toEqual(
      ['202', '400', '401', '403', '409', '413', '415', '422', '429', '503'].sort(),
    );
    for (const path of ['/v1/transactions', '/v1/members'])
      expect(document.paths[path]?.['post']).toMatchObject({
        description: expect.stringContaining('300000 ms (TIME_AHEAD_MS_MAX)') as unknown,
      });
    expect(responses['409']?.content).toHaveProperty(['application/problem+json']);
    expect(Object.keys(document.components.schemas)).toContain('Problem');
    expect(document.components.schemas['Member']).toMatchObject({
      properties: {
        tierKeptThrough: expect.anything() as unknown,
        expiringPoints: expect.anything() as unknown,
      },
    });
  });

  it('documents what it serves alone, where, and each operation by a name', async () => {
    const document = (await bench.get('/openapi.json', undefined)).json<{
      servers: unknown;
      paths: Record<string, Record<string, { operationId: string }>>;
      components: { schemas: Record<string, unknown> };
    }>();
    expect(document.servers).toEqual([{ url: '/' }]);
    const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
    expect(operations.map(({ operationId }) => operationId).sort()).toEqual([
      'enrolMembers',
      'explainTransaction',
      'handOverGift',
      'readHealth',
      'readMember',
      'recordTransactions',
    ]);
    const text = JSON.stringify(document);
    for (const name of Object.keys(document.components.schemas))
      expect(text).toContain(`"$ref":"#/components/schemas/${name}"`);
  });

  it('says who answers for it, under which terms, and shows each body', async () => {
    const document = (await bench.get('/openapi.json', undefined)).json<{
      info: object;
      tags: { name: string }[];
      paths: Record<string, Record<string, { tags: string[]; requestBody?: { content: object } }>>;
    }>();
    expect(document.info).toMatchObject({
      contact: { name: expect.any(String) as string },
      license: { name: expect.stringContaining('UNLICENSED') as string },
    });
    const names = document.tags.map(({ name }) => name);
    const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
    for (const { tags, requestBody } of operations) {
      expect(names).toEqual(expect.arrayContaining(tags));
      expect(tags).toHaveLength(1);
      if (requestBody !== undefined) expect(JSON.stringify(requestBody)).toMatch(/"examples?":\{/);
    }
  });

  it.each([
    ['PUT', '/v1/transactions', 'POST'],
    ['GET', '/v1/members', 'POST'],
    ['POST', '/v1/members/pacific-place/M-1', 'GET, HEAD'],
    ['DELETE', '/healthz', 'GET, HEAD'],
    ['PROPFIND', '/openapi.json', 'GET, HEAD'],
    ['OPTIONS', '/livez', 'GET, HEAD'],
    ['TRACE', '/v1/gifts/pacific-place/g/handover', 'POST'],
  ] as const)('answers %s %s with 405 and what is allowed', async (method, url, allow) => {
    const response = await (await bench.app).inject({ method: method as 'PUT', url });
    expectProblem(response, 405);
    expect(response.headers.allow).toBe(allow);
  });

  it('answers 404 in the same shape', async () => {
    expectProblem(await bench.get('/v2', undefined), 404);
    for (const id of ['%zz', '%ff%fe', 'M'.repeat(200)])
      expectProblem(await bench.get(`/v1/members/pacific-place/${id}`, keys.desk), 404);
  });

  it('is tested on the programme that ships', () => {
    expect(pacificPlace).toHaveLength(1);
  });
});
