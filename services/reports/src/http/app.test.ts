import { ClickHouseUnavailable } from '@semarak/infra/clickhouse';
import { HttpProblem, KeyRing, serverLimits } from '@semarak/infra/http-server';
import { createLog } from '@semarak/infra/observability';
import type { LightMyRequestResponse } from 'fastify';
import { describe, expect, it } from 'vitest';
import type { ReportAnswer, ReportAsked } from '../answers/report-answers.ts';
import type { Report } from '../catalogue/catalogue.ts';
import type { Programme } from '../catalogue/database.ts';
import type { Known } from '../freshness/freshness.ts';
import { createReportsMetrics } from '../metrics.ts';
import { buildApp } from './app.ts';

const key = 'analyst-key';
const programme: Programme = {
  programme: 'pacific-place',
  name: 'Pacific Place',
  time_zone: 'Asia/Jakarta',
  currency: 'IDR',
};
const known: Known = {
  state: {
    databaseId: 'd',
    views: 'v',
    programmes: new Map([[programme.programme, programme]]),
  },
  position: 'p',
  id: '1',
  completeUpToMs: Date.parse('2014-12-01T12:04:12Z'),
  lagRecords: 3,
};
const report: Report = {
  name: 'report_points',
  parameters: ['programme', 'as_of'],
  columns: [
    { name: 'period', type: 'LowCardinality(String)' },
    { name: 'given', type: 'Nullable(Int64)' },
    { name: 'when', type: 'Date32' },
  ],
};
const rows = '{"period":"today","given":9223372036854775807,"when":"2014-12-01"}\n';

/** The HTTP side over answers that the test decides. */
class Bench {
  readonly asked: ReportAsked[] = [];
  readonly statements: string[] = [];
  answer = (asked: ReportAsked): Promise<ReportAnswer> => {
    const etag = 'W/"e"';
    if (asked.ifNoneMatch === etag) return Promise.resolve({ type: 'not_modified', etag });
    const text = asked.format === 'json' ? rows : '"period","given"\r\n"today",1\r\n';
    const answered = { text, lateRecords: 2, databaseId: 'd' };
    return Promise.resolve({ type: 'rows', report, programme, known, etag, rows: answered });
  };
  readonly app = buildApp({
    log: createLog({ service: 'reports', level: 'silent' }),
    limits: {
      ...serverLimits(),
      bodyBytesMax: 1_000,
      requestsInFlightMax: 10,
      retryAfterS: 4,
    },
    guard: {
      keys: new KeyRing({ analyst: key }),
      windowMs: 60_000,
      requestsMax: 100,
      unknownKeysMax: 2,
    },
    health: () => Promise.resolve({ problems: [] }),
    metrics: createReportsMetrics({
      completeUpToMs: () => undefined,
      operatorFigures: () => undefined,
    }),
    reports: {
      answers: {
        answer: (asked) => {
          this.asked.push(asked);
          return this.answer(asked);
        },
      },
      catalogue: () => Promise.resolve(new Map([[report.name, report]])),
    },
    freshness: {
      known: () => Promise.resolve(known),
      damage: () => Promise.resolve(['ClickHouse has detached 1 parts.']),
      todays: () =>
        Promise.resolve(
          new Map([
            [programme.programme, { today: '2014-12-01', newestBusinessDay: '2014-12-01' }],
          ]),
        ),
      late: () => Promise.resolve({ lateRecords: 2 }),
    },
    query: {
      statements: {
        json: (sql) => {
          this.statements.push(sql);
          const answer = { elapsedMs: 1.5, rowsRead: 1, bytesRead: 8, truncated: false };
          return Promise.resolve({ columns: '[]', rows: ['[18446744073709551615]'], ...answer });
        },
        csv: () => Promise.resolve('"n"\r\n1\r\n'),
      },
    },
  });

  async get(url: string, headers: Record<string, string> = {}): Promise<LightMyRequestResponse> {
    const authorization = `Bearer ${key}`;
    return (await this.app).inject({ url, headers: { authorization, ...headers } });
  }

  async post(payload: string, headers: Record<string, string> = {}) {
    return (await this.app).inject({
      method: 'POST',
      url: '/v1/query',
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': 'application/json',
        ...headers,
      },
      payload,
    });
  }
}

const path = '/v1/reports/report_points?programme=pacific-place&as_of=2014-12-01';

describe('a report', () => {
  it('comes as JSON, 64 bits as they are, with the mall’s time', async () => {
    const answer = await new Bench().get(path);
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(answer.headers.etag).toBe('W/"e"');
    expect(answer.body).toContain('9223372036854775807');
    expect(answer.json()).toMatchObject({
      report: 'report_points',
      programme: 'pacific-place',
      as_of: '2014-12-01',
      complete_up_to: '2014-12-01T19:04:12.000+07:00',
      late_records_today: 2,
      columns: report.columns,
      rows: [{ period: 'today', when: '2014-12-01' }],
    });
  });

  it('without rows is an empty list', async () => {
    const bench = new Bench();
    const empty = { text: '', lateRecords: 0, databaseId: 'd' };
    bench.answer = () =>
      Promise.resolve({ type: 'rows', report, programme, known, etag: undefined, rows: empty });
    const answer = await bench.get(path);
    expect(answer.json()).toMatchObject({ rows: [] });
    expect(answer.headers).not.toHaveProperty('etag');
  });

  it('is not sent again to who has it', async () => {
    const answer = await new Bench().get(path, { 'if-none-match': 'W/"e"' });
    expect([answer.statusCode, answer.body, answer.headers.etag]).toEqual([304, '', 'W/"e"']);
    expect(answer.headers).not.toHaveProperty('content-type');
  });

  it.each([
    [undefined, undefined, 'json'],
    ['*/*', undefined, 'json'],
    ['text/csv', undefined, 'csv'],
    ['application/json;q=0.5, text/csv', undefined, 'csv'],
    ['text/csv;q=0.5, */*;q=0.9', undefined, 'json'],
    ['text/*', undefined, 'csv'],
    ['application/json', 'csv', 'csv'],
    ['text/csv', 'json', 'json'],
  ])('for Accept %s and format %s comes as %s', async (accept, format, expected) => {
    const bench = new Bench();
    const asked = format === undefined ? path : `${path}&format=${format}`;
    const answer = await bench.get(asked, accept === undefined ? {} : { accept });
    expect(bench.asked.at(-1)?.format).toBe(expected);
    const type = expected === 'csv' ? /^text\/csv/ : /^application\/json/;
    expect(answer.headers['content-type']).toMatch(type);
    if (expected === 'csv')
      expect(answer.headers['content-disposition']).toBe(
        'attachment; filename="report_points_pacific-place_2014-12-01.csv"',
      );
  });

  it('is CSV for a spreadsheet, and as it is for a program that asks for it', async () => {
    const bench = new Bench();
    const rows = { text: '"zone","n"\r\n"=1+1",-2\r\n', lateRecords: 0, databaseId: 'd' };
    bench.answer = () =>
      Promise.resolve({ type: 'rows', report, programme, known, etag: undefined, rows });
    const safe = `\uFEFF"zone","n"\r\n"'=1+1",-2\r\n`;
    expect((await bench.get(`${path}&format=csv`)).body).toBe(safe);
    expect((await bench.get(`${path}&format=csv&raw=false`)).body).toBe(safe);
    expect((await bench.get(`${path}&format=csv&raw=true`)).body).toBe(rows.text);
    expect((await bench.get(`${path}&format=csv&raw=yes`)).statusCode).toBe(422);
  });

  it('comes as nothing else', async () => {
    expect((await new Bench().get(path, { accept: 'image/png' })).statusCode).toBe(406);
  });

  it.each([
    ['programme=pacific-place&as_of=2014-02-29', ['as_of']],
    ['programme=pacific-place&as_of=1900-12-31', ['as_of']],
    ['programme=pacific-place&as_of=2299-01-01', ['as_of']],
    ['programme=pacific-place&as_of=2014-12-01&format=xml', ['format']],
    ["programme=a'b&as_of=2014-12-01", ['programme']],
    ['', ['programme', 'as_of']],
  ])('for %j is 422 and names %s', async (search, fields) => {
    const bench = new Bench();
    const answer = await bench.get(`/v1/reports/report_points?${encodeURI(search)}`);
    expect(answer.statusCode).toBe(422);
    const { errors } = answer.json<{ errors: { field: string }[] }>();
    expect(errors.map(({ field }) => field)).toEqual(fields);
    expect(bench.asked).toEqual([]);
  });

  it.each([
    [new ClickHouseUnavailable('away'), 503, '4'],
    [new HttpProblem(429, 'too much', { retryAfterS: 9 }), 429, '9'],
    [new Error('a secret'), 500, undefined],
  ])('%s is %i', async (error, status, retryAfter) => {
    const bench = new Bench();
    bench.answer = () => Promise.reject(error);
    const answer = await bench.get(path);
    expect([answer.statusCode, answer.headers['retry-after']]).toEqual([status, retryAfter]);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(answer.body).not.toContain('secret');
  });
});

describe('a statement', () => {
  it('comes back with what it cost, numbers as they are', async () => {
    const bench = new Bench();
    const answer = await bench.post('{"sql":"SELECT 1"}');
    expect(bench.statements).toEqual(['SELECT 1']);
    expect(answer.body).toBe(
      '{"columns":[],"rows":[[18446744073709551615]],"row_count":1,"elapsed_ms":1.5,"rows_read":1,"bytes_read":8,"truncated":false}',
    );
    const csv = await bench.post('{"sql":"SELECT 1"}', { accept: 'text/csv' });
    expect(csv.body).toBe('\uFEFF"n"\r\n1\r\n');
  });

  it.each([
    ['{', {}, 400],
    ['{}', {}, 422],
    ['{"sql":""}', {}, 422],
    ['{"sql":"SELECT 1","more":1}', {}, 422],
    ['SELECT 1', { 'content-type': 'text/plain' }, 415],
    [JSON.stringify({ sql: ' '.repeat(2_000) }), {}, 413],
  ])('%s with %j is %i', async (payload, headers, status) => {
    const bench = new Bench();
    expect((await bench.post(payload, headers)).statusCode).toBe(status);
    expect(bench.statements).toEqual([]);
  });
});

it.each(['/v1/reports', '/v1/programmes', '/v1/freshness?programme=pacific-place', path])(
  '%s names a parameter that it does not have',
  async (url) => {
    const bench = new Bench();
    const answer = await bench.get(`${url}${url.includes('?') ? '&' : '?'}lang=id`);
    expect(answer.statusCode).toBe(422);
    expect(answer.json()).toMatchObject({
      errors: [{ field: 'lang', message: 'is not a parameter here' }],
    });
    expect(bench.asked).toEqual([]);
  },
);

it('says where a body stops being JSON, and nothing of what is in it', async () => {
  const answer = await new Bench().post('{"sql":SELECT}');
  expect(answer.json()).toMatchObject({ detail: 'The body is not JSON from character 8 on.' });
});

it('says how long a statement may be', async () => {
  const answer = await new Bench().post(JSON.stringify({ sql: ' '.repeat(2_000) }));
  expect(answer.json<{ detail: string }>().detail).toContain('1000 bytes (BODY_BYTES_MAX)');
});

describe('who asks', () => {
  it('needs the analyst’s key, and may not try often', async () => {
    const bench = new Bench();
    const statuses: number[] = [];
    for (const authorization of ['', 'Bearer other-key', `Basic ${key}`])
      statuses.push((await bench.get(path, { authorization })).statusCode);
    expect(statuses).toEqual([401, 401, 429]);
    expect((await bench.get(path)).statusCode).toBe(200);
  });

  it('needs none for the document, which has each report’s columns', async () => {
    const answer = await new Bench().get('/openapi.json', { authorization: '' });
    expect(answer.json()).toMatchObject({
      openapi: '3.1.0',
      components: {
        schemas: {
          Row_report_points: {
            properties: {
              period: { type: 'string' },
              given: { type: ['integer', 'null'] },
              when: { type: 'string', format: 'date' },
            },
            required: ['period', 'given', 'when'],
          },
        },
      },
    });
  });
});

it('documents where it is, and each operation by a name', async () => {
  const document = (await new Bench().get('/openapi.json')).json<{
    servers: unknown;
    paths: Record<string, Record<string, { operationId: string }>>;
    components: { schemas: object };
  }>();
  expect(document.servers).toEqual([{ url: '/' }]);
  const operations = Object.values(document.paths).flatMap((each) => Object.values(each));
  expect(operations.map(({ operationId }) => operationId).sort()).toEqual([
    'listProgrammes',
    'listReports',
    'query',
    'readFreshness',
    'readHealth',
    'readReport',
  ]);
  expect(document.components.schemas).not.toHaveProperty('ReportInput');
});

it('freshness and programmes have the names that the page reads', async () => {
  const bench = new Bench();
  expect((await bench.get('/v1/freshness?programme=pacific-place')).json()).toEqual({
    complete_up_to: '2014-12-01T19:04:12.000+07:00',
    late_records_today: 2,
    lag_records: 3,
    problems: ['ClickHouse has detached 1 parts.'],
  });
  expect((await bench.get('/v1/programmes')).json()).toEqual({
    programmes: [{ ...programme, today: '2014-12-01', newest_business_day: '2014-12-01' }],
  });
  expect((await bench.get('/v1/reports')).json()).toEqual({ reports: [report] });
});
