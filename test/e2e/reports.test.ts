import { createClient } from '@clickhouse/client';
import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runSimulator } from '../system/simulator.ts';
import { startSystem, type System } from '../system/system.ts';
import { until } from '../system/until.ts';

const portBase = 24_700;
const reportsUrl = `http://127.0.0.1:${portBase + 6}`;
const programme = 'pacific-place';
const day = '2014-12-01';
const asOf = `programme=${programme}&as_of=${day}`;
const transactions = 4_000;

interface Column {
  readonly name: string;
  readonly type: string;
}

interface ReportAnswer {
  readonly report: string;
  readonly complete_up_to: string | null;
  readonly late_records_today: number;
  readonly columns: readonly Column[];
  readonly rows: readonly Record<string, string | number | null>[];
}

interface Freshness {
  readonly complete_up_to: string | null;
  readonly late_records_today: number;
  readonly lag_records: number;
}

let system: System;
let names: string[];
beforeAll(async () => {
  system = await startSystem({ portBase });
  await until('the reports service is healthy', 60_000, async () => {
    const answer = await fetch(`${reportsUrl}/healthz`).catch(() => undefined);
    return answer?.status === 200;
  });
  const load = ['load', '--transactions', String(transactions)];
  const { exitCode, output } = await runSimulator(system, load, { SIMULATION_DAY: day }).ended;
  expect(exitCode, output).toBe(0);
  await caughtUp();
  const { reports } = await json<{ reports: { name: string }[] }>('/v1/reports');
  names = reports.map(({ name }) => name);
});
afterAll(async () => {
  await system.close();
});

/** As the analyst, unless `authorization` says otherwise. */
const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${reportsUrl}${path}`, {
    headers: { authorization: `Bearer ${system.keys.analyst}`, ...headers },
  });

async function json<Body>(path: string): Promise<Body> {
  const response = await get(path);
  const text = await response.text();
  expect(response.status, text).toBe(200);
  return JSON.parse(text) as Body;
}

const query = (sql: string, accept = 'application/json'): Promise<Response> =>
  fetch(`${reportsUrl}/v1/query`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${system.keys.analyst}`,
      'content-type': 'application/json',
      accept,
    },
    body: JSON.stringify({ sql }),
  });

const freshness = (): Promise<Freshness> => json(`/v1/freshness?programme=${programme}`);
const reportPath = (name: string): string => `/v1/reports/${name}?${asOf}`;

/** Everything that was accepted until now is in the numbers, and nothing is being written. */
async function caughtUp(): Promise<void> {
  const from = Date.now();
  await until('everything is in the numbers', 60_000, async () => {
    const { complete_up_to: upTo, lag_records: lag } = await freshness();
    return lag === 0 && upTo !== null && Date.parse(upTo) >= from;
  });
}

async function post(body: object): Promise<void> {
  const response = await fetch(`${system.gatewayUrl}/v1/transactions`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${system.keys.import}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify(body),
  });
  expect(response.status, await response.text()).toBe(202);
}

const till = { terminalId: 'R-1', businessDay: day };
const sale = (sequence: number, occurredAt = `${day}T12:00:00+07:00`) => ({
  programme,
  ...till,
  sequence,
  type: 'sale',
  tenantId: 'PP-001',
  amount: 900_000,
  currency: 'IDR',
  occurredAt,
  receivedAt: `${day}T12:00:05+07:00`,
});

async function fromClickHouse(name: string): Promise<unknown[]> {
  const answer = await system.clickhouse.query({
    query: `SELECT * FROM semarak.${name}(programme = {programme:String}, as_of = {day:Date32})`,
    query_params: { programme, day },
    format: 'JSONEachRow',
    clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
  });
  return answer.json();
}

/** The records of a CSV text, RFC 4180. */
function csvOf(text: string): string[][] {
  const records: string[][] = [[]];
  let rest = text;
  while (rest !== '') {
    const match = /^(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/.exec(rest);
    if (match === null) throw new Error(`no CSV: ${rest.slice(0, 50)}`);
    const [all, quoted, plain] = match;
    records.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain ?? '');
    rest = rest.slice(all.length);
    if (match[3] === '\r\n' && rest !== '') records.push([]);
  }
  return records;
}

describe('every report', () => {
  it('that ClickHouse has is there', async () => {
    const views = await system.rows<{ name: string }>(
      "SELECT name FROM system.tables WHERE database = 'semarak' AND (name LIKE 'report\\_%' OR name = 'member_value') ORDER BY name",
    );
    expect(names).toEqual(views.map(({ name }) => name));
    expect(names.length).toBeGreaterThanOrEqual(17);
  });

  it('has as JSON the rows that ClickHouse itself gives', async () => {
    for (const name of names) {
      const answer = await json<ReportAnswer>(reportPath(name));
      const expected = await fromClickHouse(name);
      expect(byText(answer.rows), name).toEqual(byText(expected));
      expect(answer).toMatchObject({ report: name, programme, as_of: day, late_records_today: 0 });
      const columns = answer.columns.map((column) => column.name);
      for (const row of answer.rows) expect(Object.keys(row)).toEqual(columns);
    }
    const { rows } = await json<ReportAnswer>(reportPath('report_transactions_by_category'));
    expect(rows.length).toBeGreaterThan(3);
  });

  it('has as CSV the same rows', async () => {
    for (const name of names) {
      const { columns, rows } = await json<ReportAnswer>(reportPath(name));
      for (const response of [
        await get(reportPath(name), { accept: 'text/csv' }),
        await get(`${reportPath(name)}&format=csv`),
      ]) {
        expect(response.headers.get('content-type')).toMatch(/^text\/csv/);
        const [header, ...records] = csvOf(await response.text());
        expect(header, name).toEqual(columns.map((column) => column.name));
        const expected = rows.map((row) =>
          columns.map((column) => String(row[column.name] ?? '\\N')),
        );
        expect(records.map(String).sort(), name).toEqual(expected.map(String).sort());
      }
    }
  });

  it('is described by a valid OpenAPI document', async () => {
    const document = await json<Record<string, unknown> & { components: { schemas: object } }>(
      '/openapi.json',
    );
    const { valid, errors } = await new Validator().validate(document);
    expect(errors ?? []).toEqual([]);
    expect(valid).toBe(true);
    const schemas = Object.keys(document.components.schemas);
    expect(schemas).toEqual(expect.arrayContaining(names.map((name) => `Row_${name}`)));
  });

  it('appears by itself when its view is made', async () => {
    const owner = createClient({ url: system.ownerUrl });
    try {
      await owner.command({
        query:
          'CREATE VIEW semarak.report_of_the_test AS SELECT {programme:String} AS programme, {as_of:Date32} AS day',
      });
      const { rows } = await json<ReportAnswer>(reportPath('report_of_the_test'));
      expect(rows).toEqual([{ programme, day }]);
    } finally {
      await owner.command({ query: 'DROP VIEW IF EXISTS semarak.report_of_the_test' });
      await owner.close();
    }
    expect((await get(reportPath('report_of_the_test'))).status).toBe(404);
  });
});

describe('who asks again', () => {
  const name = 'report_average_spending_by_category';

  it('is told 304 while nothing changes, and new numbers after a refund', async () => {
    await caughtUp();
    await post(sale(1));
    await caughtUp();
    const tenants = reportPath('report_tenants');
    const first = await get(tenants);
    const etag = first.headers.get('etag') ?? '';
    expect(etag).toMatch(/^W\/"/);
    const before = (await first.json()) as ReportAnswer;
    for (let again = 0; again < 5; again++) {
      const response = await get(tenants, { 'if-none-match': etag });
      expect([response.status, response.headers.get('etag'), await response.text()]).toEqual([
        304,
        etag,
        '',
      ]);
    }
    const asCsv = await get(tenants, { 'if-none-match': etag, accept: 'text/csv' });
    expect(asCsv.status).toBe(200);

    const original = { ...till, sequence: 1 };
    await post({ ...sale(2), type: 'refund', amount: 400_000, original });
    let after = before;
    await until('the numbers have changed', 30_000, async () => {
      const response = await get(tenants, { 'if-none-match': etag });
      if (response.status === 304) return false;
      after = (await response.json()) as ReportAnswer;
      return spendOf(after) !== spendOf(before);
    });
    expect(spendOf(after)).toBe(spendOf(before) - 400_000);
    await caughtUp();
    const { rows } = await json<ReportAnswer>(tenants);
    expect(byText(rows)).toEqual(byText(await fromClickHouse('report_tenants')));
  });

  it('is never told 304 for other numbers than it has, while sales come in', async () => {
    const path = reportPath('report_tenants');
    let isOver = false;
    const sales = async () => {
      for (let sequence = 100; sequence < 220; sequence++) {
        await post(sale(sequence));
        await new Promise((resolve) => setTimeout(resolve, sequence % 10 === 0 ? 1_500 : 5));
      }
      isOver = true;
    };
    const told = { changed: 0, same: 0 };
    const poll = async () => {
      let etag = '';
      let known = 0;
      while (!isOver || told.same === 0) {
        // Whatever is in the database now must be in an answer that is asked for later.
        const least = await spendInDatabase();
        const response = await get(path, { 'if-none-match': etag });
        if (response.status === 304) told.same++;
        else {
          known = spendOf((await response.json()) as ReportAnswer);
          etag = response.headers.get('etag') ?? '';
          told.changed++;
        }
        expect(known).toBeGreaterThanOrEqual(least);
      }
    };
    await Promise.all([sales(), poll(), poll()]);
    console.log(`polling beside sales: ${told.changed} answers, ${told.same} times 304`);
    expect(told.changed).toBeGreaterThan(0);
    expect(told.same).toBeGreaterThan(0);
  });

  it('learns how far the numbers are while the projector stands still', async () => {
    await caughtUp();
    const projector = system.pid('projector');
    process.kill(projector, 'SIGSTOP');
    try {
      await post(sale(300));
      const accepted = Date.now();
      await until('something is behind', 30_000, async () => (await freshness()).lag_records > 0);
      const first = await freshness();
      for (let sequence = 301; sequence < 320; sequence++) await post(sale(sequence));
      await until('more is behind', 30_000, async () => {
        return (await freshness()).lag_records > first.lag_records;
      });
      const second = await freshness();
      expect(second.complete_up_to).toBe(first.complete_up_to);
      expect(Date.parse(second.complete_up_to ?? '')).toBeLessThanOrEqual(accepted);
      const report = await json<ReportAnswer>(reportPath(name));
      expect(report.complete_up_to).toBe(first.complete_up_to);
    } finally {
      process.kill(projector, 'SIGCONT');
    }
    await caughtUp();
    const { complete_up_to: upTo } = await freshness();
    expect(upTo).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+07:00$/);
  });

  it('learns how many records came late', async () => {
    const path = (date: string) => `/v1/reports/${name}?programme=${programme}&as_of=${date}`;
    const next = '2014-12-05';
    await post({ ...sale(400), receivedAt: `${next}T09:00:00+07:00` });
    await post({ ...sale(401), receivedAt: `${next}T23:59:59.999+07:00` });
    await post({ ...sale(402), receivedAt: '2014-12-06T00:00:00+07:00' });
    await caughtUp();
    expect((await json<ReportAnswer>(path(next))).late_records_today).toBe(2);
    expect((await json<ReportAnswer>(path('2014-12-06'))).late_records_today).toBe(1);
    expect((await json<ReportAnswer>(path(day))).late_records_today).toBe(0);
  });

  it('is answered fast', async () => {
    const times: Record<string, number[]> = { query: [], kept: [], not_modified: [] };
    const timed = async (kind: string, ask: () => Promise<Response>): Promise<Response> => {
      const begun = performance.now();
      const response = await ask();
      await response.arrayBuffer();
      times[kind]?.push(performance.now() - begun);
      return response;
    };
    for (let index = 0; index < 60; index++) {
      const date = new Date(Date.UTC(2014, 11, 1 + (index % 28))).toISOString().slice(0, 10);
      const path = `/v1/reports/${name}?programme=${programme}&as_of=${date}`;
      const first = await timed(index < 28 ? 'query' : 'kept', () => get(path));
      const etag = first.headers.get('etag') ?? '';
      await timed('not_modified', () => get(path, { 'if-none-match': etag }));
    }
    for (const [kind, all] of Object.entries(times)) {
      const sorted = all.sort((a, b) => a - b);
      const at = (share: number) => sorted[Math.floor((sorted.length - 1) * share)]?.toFixed(1);
      console.log(`${name}, ${kind}: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`);
    }
  });
});

describe('what is wrong', () => {
  it.each([
    ['nobody', {}],
    ['somebody with another key', { authorization: 'Bearer of-bad-news' }],
  ])('%s is told 401', async (_who, headers) => {
    for (const path of ['/v1/reports', reportPath('report_new_members'), '/v1/programmes']) {
      const response = await fetch(`${reportsUrl}${path}`, { headers });
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toBe('Bearer');
    }
  });

  it('does not let other roles in: it does not know their keys', async () => {
    for (const role of ['terminal', 'desk', 'import', 'operator'] as const) {
      const authorization = `Bearer ${system.keys[role]}`;
      expect((await get('/v1/reports', { authorization })).status).toBe(401);
    }
  });

  it.each([
    ['/v1/reports/report_of_nothing?programme=pacific-place&as_of=2014-12-01', 404, 'name'],
    ['/v1/reports/tenants_between?programme=pacific-place&as_of=2014-12-01', 404, 'name'],
    ['/v1/reports/report_points?programme=pacific-place&as_of=2014-02-30', 422, 'as_of'],
    ['/v1/reports/report_points?programme=pacific-place', 422, 'as_of'],
    ['/v1/reports/report_points?programme=nowhere&as_of=2014-12-01', 422, 'programme'],
    ['/v1/reports/report_points?programme=a%27b&as_of=2014-12-01', 422, 'programme'],
    ['/v1/freshness?programme=nowhere', 422, 'programme'],
    ['/v1/freshness', 422, 'programme'],
  ])('%s is %i and names %s', async (path, status, field) => {
    const response = await get(path);
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    const { errors } = (await response.json()) as { errors: { field: string }[] };
    expect(errors.map((error) => error.field)).toContain(field);
  });
});

describe('a statement', () => {
  it('is answered with its time and what it read', async () => {
    const response = await query(
      `SELECT toUInt64(18446744073709551615) AS big, count() AS records FROM transactions WHERE programme = '${programme}'`,
    );
    const text = await response.text();
    expect(text).toContain('18446744073709551615');
    const answer = JSON.parse(text) as Record<string, unknown>;
    expect(answer).toMatchObject({
      columns: [
        { name: 'big', type: 'UInt64' },
        { name: 'records', type: 'UInt64' },
      ],
      row_count: 1,
      truncated: false,
    });
    expect(answer['rows_read']).toBeGreaterThan(transactions);
    expect(answer['bytes_read']).toBeGreaterThan(0);
    expect(answer['elapsed_ms']).toBeGreaterThan(0);
  });

  it('is cut as JSON, and whole as CSV', async () => {
    const sql = 'SELECT number FROM numbers(10500)';
    const answer = (await (await query(sql)).json()) as { rows: number[][]; truncated: boolean };
    expect([answer.rows.length, answer.truncated]).toEqual([10_000, true]);
    const union = `SELECT number FROM numbers(3) EXCEPT ${sql}`;
    expect(await (await query(union)).json()).toMatchObject({ rows: [], truncated: false });
    const records = csvOf(await (await query(sql, 'text/csv')).text());
    expect([records[0], records.length]).toEqual([['number'], 10_501]);
  });

  it('is cut where it asks for more rows than it may', async () => {
    const sql = 'SELECT number FROM numbers(10500) SETTINGS max_result_rows = 0';
    const answer = (await (await query(sql)).json()) as { rows: number[][]; truncated: boolean };
    expect([answer.rows.length, answer.truncated]).toEqual([10_000, true]);
  });

  it.each([
    'SELECT nothing FROM transactions',
    'DROP TABLE semarak.transactions',
    'INSERT INTO semarak_1.transaction_records SELECT * FROM semarak_1.transaction_records',
    'SELECT 1; SELECT 2',
    "SELECT * FROM file('/etc/passwd')",
    'SELECT count() FROM numbers(1) FORMAT TSV',
    'SELECT',
  ])('%s is 422 with what ClickHouse says of it', async (sql) => {
    const response = await query(sql);
    const body = (await response.json()) as { detail: string; errors: { field: string }[] };
    expect(response.status).toBe(422);
    expect(body.detail.length).toBeGreaterThan(10);
    expect(body.errors.map(({ field }) => field)).toEqual(['sql']);
  });
});

describe.each(['clickhouse', 'kafka'])('while %s is away', (server) => {
  const status = async (): Promise<number> => {
    const response = await get(reportPath('report_new_members'));
    await response.arrayBuffer();
    if (response.status === 503)
      expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    return response.status;
  };

  it('the answer is 503 with Retry-After, and then the numbers again', async () => {
    process.kill(system.pid(server), 'SIGKILL');
    await until('the answer is 503', 30_000, async () => (await status()) === 503, 10);
    await until('there are numbers again', 90_000, async () => (await status()) === 200);
    await caughtUp();
  });
});

const byText = (rows: readonly unknown[]): unknown[] =>
  [...rows].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));

/** Of the day, all tenants. */
const spendOf = ({ rows }: ReportAnswer): number =>
  rows
    .filter(({ period }) => period === 'today')
    .reduce((sum, { spend }) => sum + Number(spend), 0);

async function spendInDatabase(): Promise<number> {
  const [row] = await system.rows<{ spend: string }>(
    `SELECT sum(spend) AS spend FROM semarak.tenant_days WHERE programme = '${programme}' AND business_day = '${day}'`,
  );
  return Number(row?.spend);
}
