import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text as textOf } from 'node:stream/consumers';
import { gunzipSync, gzipSync } from 'node:zlib';
import { createClient } from '@clickhouse/client';
import type { ClickHouseClient, DataFormat } from '@clickhouse/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startClickHouseProcess, type ClickHouseProcess } from '../system/clickhouse-process.ts';

/*
 * What the product and its readers use of ClickHouse's HTTP interface. With CLICKHOUSE_CONTRACT_URL
 * the same expectations are put to a real clickhouse-server, an empty one, whose user `default` has
 * CLICKHOUSE_CONTRACT_OWNER_PASSWORD or none; those of a user `analyst` then need
 * CLICKHOUSE_CONTRACT_ANALYST_PASSWORD.
 */
const externalUrl = process.env['CLICKHOUSE_CONTRACT_URL'];
const externalAnalyst = process.env['CLICKHOUSE_CONTRACT_ANALYST_PASSWORD'];
const isEmbedded = externalUrl === undefined;
const analystPassword = externalAnalyst ?? 'contract-suite-password';
const ownerPassword =
  process.env['CLICKHOUSE_CONTRACT_OWNER_PASSWORD'] ??
  (isEmbedded ? 'contract-suite-owner-password' : '');
const asOwner = { 'X-ClickHouse-User': 'default', 'X-ClickHouse-Key': ownerPassword };

const folder = mkdtempSync(join(tmpdir(), 'clickhouse-contract-'));
const startServer = (options: {
  dataDir: string;
  env?: Readonly<Record<string, string>>;
}): Promise<ClickHouseProcess> =>
  startClickHouseProcess({ ...options, analystPassword, ownerPassword });

let server: ClickHouseProcess | undefined;
let url = externalUrl ?? '';
let client: ClickHouseClient;
let analyst: ClickHouseClient;

beforeAll(async () => {
  if (isEmbedded) {
    server = await startServer({ dataDir: join(folder, 'main') });
    url = server.url;
  }
  client = createClient({ url, password: ownerPassword });
  analyst = createClient({ url, username: 'analyst', password: analystPassword });
  await client.command({ query: 'CREATE DATABASE IF NOT EXISTS semarak' });
});

afterAll(async () => {
  await client.close();
  await analyst.close();
  await server?.stop('SIGTERM');
  rmSync(folder, { recursive: true, force: true });
});

let tables = 0;
async function createTable(
  columns: string,
  engine = 'MergeTree ORDER BY tuple()',
): Promise<string> {
  tables += 1;
  const name = `semarak.contract_${Date.now().toString(36)}_${tables}`;
  await client.command({ query: `CREATE TABLE ${name} (${columns}) ENGINE = ${engine}` });
  return name;
}

async function rowsOf(query: string, from = client): Promise<unknown[]> {
  const clickhouse_settings = { output_format_json_quote_64bit_integers: 0 as const };
  const result = await from.query({ query, format: 'JSONCompactEachRow', clickhouse_settings });
  return result.json();
}

async function post(options: {
  body?: string | Buffer;
  parameters?: Readonly<Record<string, string>>;
  headers?: Readonly<Record<string, string>>;
}): Promise<Response> {
  const target = new URL(url);
  for (const [key, value] of Object.entries(options.parameters ?? {})) {
    target.searchParams.set(key, value);
  }
  return fetch(target, {
    method: 'POST',
    body: options.body ?? '',
    headers: { ...asOwner, ...options.headers },
  });
}

async function get(parameters: Readonly<Record<string, string>>): Promise<Response> {
  return fetch(`${url}/?${new URLSearchParams(parameters).toString()}`, { headers: asOwner });
}

describe('health', () => {
  test.each(['/ping', '/', '/replicas_status'])('%s answers Ok.', async (path) => {
    const response = await fetch(url + path);
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('Ok.\n');
  });

  test('the client can ping, with and without a query', async () => {
    expect(await client.ping()).toEqual({ success: true });
    expect(await client.ping({ select: true })).toEqual({ success: true });
  });

  test('/ping answers while queries run', async () => {
    const busy = [1, 2].map(() => client.query({ query: 'SELECT sleep(1)' }).then((r) => r.text()));
    const startedAt = performance.now();
    await (await fetch(`${url}/ping`)).text();
    expect(performance.now() - startedAt).toBeLessThan(700);
    await Promise.all(busy);
  });
});

describe('reading', () => {
  const formats: readonly DataFormat[] = [
    'JSON',
    'JSONCompact',
    'JSONStrings',
    'JSONObjectEachRow',
    'JSONEachRow',
    'JSONCompactEachRow',
    'JSONCompactEachRowWithNamesAndTypes',
    'CSV',
    'CSVWithNames',
    'TabSeparated',
    'TabSeparatedWithNamesAndTypes',
  ];
  test.each(formats)('the client reads %s whole, over many blocks', async (format) => {
    const query = 'SELECT number AS n, toString(number) AS s FROM numbers(200000)';
    const text = await (await client.query({ query, format })).text();
    expect(text.match(/199999/g)).toHaveLength(format === 'JSONObjectEachRow' ? 3 : 2);
  });

  test('a JSON document is one document', async () => {
    const query = 'SELECT number AS n FROM numbers(300000)';
    const result = await (await client.query({ query, format: 'JSON' })).json<{ n: number }>();
    expect(result.rows).toBe(300_000);
    expect(result.data.at(-1)).toEqual({ n: 299_999 });
  });

  test('a header is written once', async () => {
    const body = 'SELECT number AS the_name FROM numbers(300000) FORMAT CSVWithNames';
    const text = await (await post({ body })).text();
    expect(text.match(/the_name/g)).toHaveLength(1);
  });

  test.each(['Parquet', 'Native', 'RowBinary', 'ArrowStream'])('binary %s', async (format) => {
    const table = await createTable('n UInt64, s String');
    const body = `SELECT number AS n, toString(number) AS s FROM numbers(150000) FORMAT ${format}`;
    const bytes = Buffer.from(await (await post({ body })).arrayBuffer());
    const inserted = await post({
      body: bytes,
      parameters: { query: `INSERT INTO ${table} FORMAT ${format}` },
    });
    expect(await inserted.text()).toBe('');
    expect(inserted.status).toBe(200);
    expect(await rowsOf(`SELECT count(), sum(n), uniqExact(s) FROM ${table}`)).toEqual([
      [150000, 11249925000, 150000],
    ]);
  });

  test('GET and POST, in the URL, in the body, and split over both', async () => {
    expect(await (await get({ query: 'SELECT 1' })).text()).toBe('1\n');
    expect(await (await post({ body: 'SELECT 2' })).text()).toBe('2\n');
    const split = await post({ parameters: { query: 'SELECT 3' }, body: '+ 4 FORMAT CSV' });
    expect(await split.text()).toBe('7\n');
    expect(await (await post({ body: '-- why\nSELECT 5; -- end\n' })).text()).toBe('5\n');
  });

  test('the default format comes from the URL or a header; FORMAT wins', async () => {
    const parameters = { default_format: 'JSONEachRow' };
    expect(await (await post({ body: 'SELECT 1 AS x', parameters })).text()).toBe('{"x":1}\n');
    const headers = { 'X-ClickHouse-Format': 'CSV' };
    expect(await (await post({ body: "SELECT 'a'", headers })).text()).toBe('"a"\n');
    const wins = await post({ body: "SELECT 'a' FORMAT TSV", headers });
    expect(await wins.text()).toBe('a\n');
    expect(wins.headers.get('x-clickhouse-format')).toBe('TSV');
  });

  test('SHOW, DESCRIBE, EXISTS and EXPLAIN', async () => {
    const table = await createTable('a UInt8');
    expect(
      await (await post({ body: `DESCRIBE TABLE ${table} FORMAT JSON` })).json(),
    ).toHaveProperty('data.0.name', 'a');
    expect(await (await post({ body: `EXISTS ${table}` })).text()).toBe('1\n');
    expect(await (await post({ body: 'SHOW DATABASES' })).text()).toContain('semarak\n');
    expect((await post({ body: 'EXPLAIN SELECT 1' })).status).toBe(200);
  });

  test('parameters of every kind', async () => {
    const result = await client.query({
      query: `SELECT toString({n: UInt64}) AS n, {s: String} AS s, {d: Date} AS d, {a: Array(String)} AS a,
              {z: Nullable(String)} AS z, {m: Map(String, UInt8)} AS m`,
      query_params: {
        n: '18446744073709551615',
        s: "it's a \\ tab\tand 'quotes' – ü",
        d: '2014-12-01',
        a: ["x'y", 'z'],
        z: null,
        m: { k: 7 },
      },
      format: 'JSONEachRow',
    });
    expect(await result.json()).toEqual([
      {
        n: '18446744073709551615',
        s: "it's a \\ tab\tand 'quotes' – ü",
        d: '2014-12-01',
        a: ["x'y", 'z'],
        z: null,
        m: { k: 7 },
      },
    ]);
  });

  test('parameters of queries at the same time do not mix', async () => {
    const all = Array.from({ length: 60 }, (_, i) => i);
    const answers = await Promise.all(
      all.map(async (i) => (await get({ query: 'SELECT {v:UInt32}', param_v: String(i) })).text()),
    );
    expect(answers).toEqual(all.map((i) => `${i}\n`));
  });

  test('headers name the query, the server, the zone and how many rows there are', async () => {
    const query = 'SELECT count() FROM numbers(1000)';
    const response = await get({ query, query_id: 'contract-1' });
    await response.text();
    expect(response.headers.get('x-clickhouse-query-id')).toBe('contract-1');
    expect(response.headers.get('x-clickhouse-timezone')).toMatch(/UTC/);
    expect(response.headers.get('x-clickhouse-server-display-name')).not.toBeNull();
    expect(JSON.parse(response.headers.get('x-clickhouse-summary') ?? '')).toEqual({
      result_rows: '1',
      written_rows: '0',
      written_bytes: '0',
      elapsed_ns: expect.stringMatching(/^[1-9]\d*$/) as unknown,
    });
  });

  test('several queries run at once', async () => {
    const startedAt = performance.now();
    await Promise.all([1, 2, 3, 4].map(() => rowsOf('SELECT sleep(0.7)')));
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
});

describe('settings', () => {
  test('URL parameters are settings of that request alone', async () => {
    const query = "SELECT getSetting('max_block_size')";
    const [before] = await rowsOf(query);
    expect(await (await get({ query, max_block_size: '1234' })).text()).toBe('1234\n');
    const after = await Promise.all(Array.from({ length: 12 }, () => rowsOf(query)));
    for (const [row] of after) expect(row).toEqual(before);
  });

  test('nothing of a request reaches the next: SET, USE, temporary tables', async () => {
    await post({ body: 'SET max_block_size = 4321' });
    await post({ body: 'USE system' });
    await post({ body: 'CREATE TEMPORARY TABLE left_over (a UInt8)' });
    for (let i = 0; i < 12; i += 1) {
      const row = await rowsOf("SELECT currentDatabase(), getSetting('max_block_size') = 4321");
      expect(row).toEqual([['default', 0]]);
    }
    expect((await post({ body: 'SELECT * FROM left_over' })).status).toBe(404);
  });

  test('output settings and the database', async () => {
    const text = await (
      await post({
        body: 'SELECT toUInt64(1) AS n FORMAT JSONEachRow',
        parameters: { output_format_json_quote_64bit_integers: '1' },
      })
    ).text();
    expect(text).toBe('{"n":"1"}\n');
    const database = await get({ query: 'SELECT currentDatabase()', database: 'semarak' });
    expect(await database.text()).toBe('semarak\n');
  });

  test('max_execution_time ends a query', async () => {
    const response = await get({
      query: 'SELECT sum(sipHash64(number)) FROM numbers(1000000000000)',
      max_execution_time: '1',
    });
    expect(response.headers.get('x-clickhouse-exception-code')).toBe('159');
    expect(await response.text()).toContain('TIMEOUT_EXCEEDED');
  });
});

describe('errors', () => {
  test.each([
    { body: 'SELEC 1', status: 400, code: 62, name: 'SYNTAX_ERROR' },
    { body: '', status: 400, code: 62, name: 'SYNTAX_ERROR' },
    { body: 'SELECT 1; SELECT 2', status: 400, code: 62, name: 'SYNTAX_ERROR' },
    { body: 'SELECT * FROM semarak.nowhere', status: 404, code: 60, name: 'UNKNOWN_TABLE' },
    { body: 'SELECT nothing', status: 404, code: 47, name: 'UNKNOWN_IDENTIFIER' },
    { body: 'SELECT f()', status: 404, code: 46, name: 'UNKNOWN_FUNCTION' },
    { body: 'SELECT 1 FORMAT Nonsense', status: 404, code: 73, name: 'UNKNOWN_FORMAT' },
    {
      body: 'SELECT throwIf(1)',
      status: 500,
      code: 395,
      name: 'FUNCTION_THROW_IF_VALUE_IS_NON_ZERO',
    },
    { body: "SELECT 1 INTO OUTFILE 'x'", status: 500, code: 358, name: 'INTO_OUTFILE_NOT_ALLOWED' },
  ])('$name ($body)', async ({ body, status, code, name }) => {
    const response = await post({ body });
    const text = await response.text();
    expect(response.status).toBe(status);
    expect(response.headers.get('x-clickhouse-exception-code')).toBe(String(code));
    expect(text).toMatch(new RegExp(`^Code: ${code}\\. DB::Exception: [\\s\\S]*\\(${name}\\)`));
  });

  test('an unknown database and an unknown setting', async () => {
    expect((await get({ query: 'SELECT 1', database: 'nowhere' })).status).toBe(404);
    expect((await get({ query: 'SELECT 1', no_such_setting: '1' })).status).toBe(404);
    expect((await fetch(`${url}/nowhere`)).status).toBe(404);
  });

  test('the client sees code and type', async () => {
    await expect(client.query({ query: 'SELECT * FROM semarak.nowhere' })).rejects.toMatchObject({
      code: '60',
      type: 'UNKNOWN_TABLE',
    });
  });

  test('a GET changes nothing', async () => {
    const response = await get({ query: 'CREATE DATABASE by_get' });
    expect(await response.text()).toContain('READONLY');
  });

  test('an error behind rows already sent reaches the client', async () => {
    const result = await client.query({
      query: 'SELECT throwIf(number = 9000000), toString(number) FROM numbers(10000000)',
      format: 'JSONEachRow',
    });
    const readAll = async (): Promise<void> => {
      for await (const rows of result.stream()) expect(rows.length).toBeGreaterThan(0);
    };
    await expect(readAll()).rejects.toThrow(/throwIf|aborted|terminated|premature/i);
  });
});

describe('writing', () => {
  test('insert of rows, of a stream, of text after VALUES, of a SELECT', async () => {
    const table = await createTable('a UInt32, b String');
    await client.insert({ table, values: [{ a: 1, b: 'x' }], format: 'JSONEachRow' });
    await client.insert({
      table,
      values: Readable.from([
        [2, 'y'],
        [3, "z'"],
      ]),
      format: 'JSONCompactEachRow',
    });
    await client.insert({
      table,
      values: Readable.from(['4,"p"\n', '5,"q"\n'], { objectMode: false }),
      format: 'CSV',
    });
    await post({ body: `INSERT INTO ${table} VALUES (6, 'r'), (7, 's')` });
    await post({ parameters: { query: `INSERT INTO ${table} (a) VALUES` }, body: '(8)' });
    await post({ body: `INSERT INTO ${table} SELECT number + 9, 't' FROM numbers(2)` });
    await post({ parameters: { query: `INSERT INTO ${table} SELECT 11, 'u'` } });
    expect(await rowsOf(`SELECT count(), sum(a), max(b) FROM ${table}`)).toEqual([[11, 66, "z'"]]);
  });

  test('data may hold empty lines, semicolons and quotes, in any format', async () => {
    const table = await createTable('b String');
    const texts = ['a\n\nb; DROP TABLE x', '', '\n\n', "it's", '; SELECT 1;'];
    await client.insert({
      table,
      values: Readable.from([texts.map((t) => `"${t}"\n`).join('')], { objectMode: false }),
      format: 'CSV',
    });
    await post({ parameters: { query: `INSERT INTO ${table} FORMAT TSV` }, body: '\n\nx\n\n' });
    await post({ body: `INSERT INTO ${table} (b) VALUES ('1\n\n2'),\n\n('3; 4')` });
    expect((await rowsOf(`SELECT b FROM ${table}`)).flat().sort()).toEqual(
      [...texts, '', '', 'x', '', '1\n\n2', '3; 4'].sort(),
    );
  });

  test('an insert into nowhere fails, with data and without', async () => {
    for (const body of ['', '1\n']) {
      const parameters = { query: 'INSERT INTO semarak.nowhere FORMAT TSV' };
      expect((await post({ parameters, body })).status).toBe(404);
    }
  });

  test('the summary counts the rows written', async () => {
    const table = await createTable('a UInt32');
    const { summary } = await client.insert({
      table,
      values: [[1], [2], [3]],
      format: 'JSONCompactEachRow',
    });
    expect(summary?.written_rows).toBe('3');
  });

  test('an insert without rows is none', async () => {
    const table = await createTable('a UInt32');
    await client.insert({ table, values: Readable.from([]), format: 'JSONEachRow' });
    expect(await rowsOf(`SELECT count() FROM ${table}`)).toEqual([[0]]);
  });

  test('a bad row is refused, and nothing of the insert lands', async () => {
    const table = await createTable('a UInt32');
    const values = [[1], ['x']];
    await expect(client.insert({ table, values, format: 'JSONCompactEachRow' })).rejects.toThrow(
      /Cannot parse input/,
    );
    expect(await rowsOf(`SELECT count() FROM ${table}`)).toEqual([[0]]);
  });

  test('command and exec', async () => {
    const { query_id } = await client.command({ query: 'SELECT 1 FORMAT Null' });
    expect(query_id).not.toBe('');
    const { stream } = await client.exec({ query: "SELECT 'through exec' FORMAT TSV" });
    expect(await new Response(Readable.toWeb(stream) as ReadableStream).text()).toBe(
      'through exec\n',
    );
  });

  test('a repeated deduplication token inserts once, in the view too', async () => {
    const window = 'SETTINGS non_replicated_deduplication_window = 100';
    const base = await createTable('k UInt8, n UInt32', `MergeTree ORDER BY k ${window}`);
    const sums = await createTable('k UInt8, n UInt64', `SummingMergeTree ORDER BY k ${window}`);
    await client.command({
      query: `CREATE MATERIALIZED VIEW ${base}_view TO ${sums} AS SELECT k, sum(n) AS n FROM ${base} GROUP BY k`,
    });
    const insert = async (token: string): Promise<void> => {
      await client.insert({
        table: base,
        values: Array.from({ length: 100 }, (_, i) => [i % 2, i]),
        format: 'JSONCompactEachRow',
        clickhouse_settings: {
          async_insert: 0,
          insert_deduplicate: 1,
          insert_deduplication_token: token,
          deduplicate_blocks_in_dependent_materialized_views: 1,
        },
      });
    };
    await insert('a');
    await insert('a');
    expect(await rowsOf(`SELECT count(), sum(n) FROM ${base}`)).toEqual([[100, 4950]]);
    expect(await rowsOf(`SELECT sum(n) FROM ${sums}`)).toEqual([[4950]]);
    await insert('b');
    expect(await rowsOf(`SELECT count() FROM ${base}`)).toEqual([[200]]);
    expect(await rowsOf(`SELECT sum(n) FROM ${sums}`)).toEqual([[9900]]);
  });
});

describe('writing again', () => {
  test('a token is known whatever else the request sets', async () => {
    const window = 'SETTINGS non_replicated_deduplication_window = 100';
    const table = await createTable('a UInt8', `MergeTree ORDER BY a ${window}`);
    const insert = (settings: Record<string, string>) =>
      post({
        parameters: {
          query: `INSERT INTO ${table} FORMAT TSV`,
          insert_deduplication_token: 'a',
          ...settings,
        },
        body: '1\n',
      });
    for (const settings of [{}, { max_insert_threads: '1' }, { async_insert: '0' }]) {
      expect((await insert(settings)).status).toBe(200);
      expect(await rowsOf(`SELECT count() FROM ${table}`)).toEqual([[1]]);
    }
  });
});

describe('compression', () => {
  test('answers are compressed only when asked for', async () => {
    const headers = { 'Accept-Encoding': 'gzip' };
    const plain = await post({ body: 'SELECT 1', headers });
    expect(plain.headers.get('content-encoding')).toBeNull();
    const parameters = { enable_http_compression: '1' };
    const body = 'SELECT number FROM numbers(100000)';
    const packed = await post({ body, headers, parameters });
    expect(packed.headers.get('content-encoding')).toBe('gzip');
    expect((await packed.text()).endsWith('99999\n')).toBe(true);
  });

  test('gzip, deflate and br bodies are read', async () => {
    const table = await createTable('a UInt32');
    const parameters = { query: `INSERT INTO ${table} FORMAT TSV` };
    const body = gzipSync('1\n2\n');
    expect(gunzipSync(body).toString()).toBe('1\n2\n');
    const headers = { 'Content-Encoding': 'gzip' };
    expect((await post({ body, headers, parameters })).status).toBe(200);
    const broken = await post({ body: Buffer.from('no gzip'), headers, parameters });
    expect(broken.status).toBeGreaterThanOrEqual(400);
    expect(await rowsOf(`SELECT sum(a) FROM ${table}`)).toEqual([[3]]);
  });

  test('compress=1 frames the answer in blocks', async () => {
    const response = await post({ body: "SELECT 'framed'", parameters: { compress: '1' } });
    const bytes = Buffer.from(await response.arrayBuffer());
    expect(bytes.readUInt8(16)).toBe(0x82);
    expect(bytes.readUInt32LE(17)).toBe(bytes.length - 16);
    expect(bytes.readUInt32LE(21)).toBe('framed\n'.length);
  });

  test('the client compresses both ways', async () => {
    const table = await createTable('a UInt32');
    const compression = { request: true, response: true };
    const packed = createClient({ url, password: ownerPassword, compression });
    try {
      const values = Array.from({ length: 5_000 }, (_, a) => ({ a }));
      await packed.insert({ table, values, format: 'JSONEachRow' });
      expect(await rowsOf(`SELECT a FROM ${table} ORDER BY a LIMIT 2`, packed)).toEqual([[0], [1]]);
      expect(await rowsOf(`SELECT count() FROM ${table}`, packed)).toEqual([[5000]]);
      await expect(packed.query({ query: 'SELEC' })).rejects.toMatchObject({ code: '62' });
    } finally {
      await packed.close();
    }
  });
});

describe.skipIf(!isEmbedded && externalAnalyst === undefined)('the analyst', () => {
  const headers = { 'X-ClickHouse-User': 'analyst', 'X-ClickHouse-Key': analystPassword };

  test('is known by header, by Basic and in the URL', async () => {
    const body = 'SELECT 1';
    const basic = Buffer.from(`analyst:${analystPassword}`).toString('base64');
    for (const response of [
      await post({ body, headers }),
      await post({ body, headers: { Authorization: `Basic ${basic}` } }),
      await post({ body, parameters: { user: 'analyst', password: analystPassword } }),
      await get({ query: body, user: 'analyst', password: analystPassword }),
    ]) {
      expect(await response.text()).toBe('1\n');
    }
  });

  test('is refused with a wrong password, as is somebody unknown', async () => {
    for (const user of ['analyst', 'nobody']) {
      const response = await fetch(`${url}/?user=${user}&password=wrong`, {
        method: 'POST',
        body: 'SELECT 1',
      });
      expect(response.status).toBe(403);
      expect(await response.text()).toMatch(/^Code: 516\. .*\(AUTHENTICATION_FAILED\)/);
    }
  });

  test('reads tables, views with parameters, system tables', async () => {
    const table = await createTable('a UInt32');
    await client.insert({ table, values: [[41]], format: 'JSONCompactEachRow' });
    await client.command({
      query: `CREATE VIEW ${table}_view AS SELECT a + {more:UInt32} AS a FROM ${table}`,
    });
    expect(await rowsOf(`SELECT a FROM ${table}_view(more = 1)`, analyst)).toEqual([[42]]);
    expect(await rowsOf('SELECT count() > 100 FROM system.settings', analyst)).toEqual([[1]]);
    expect(await rowsOf("SELECT version() != '', timezone() != ''", analyst)).toEqual([[1, 1]]);
    expect(await (await post({ body: 'SHOW TABLES FROM semarak', headers })).text()).toContain(
      table.replace('semarak.', ''),
    );
  });

  test('changes output settings, in the URL and in the statement', async () => {
    const body = 'SELECT toUInt64(1) AS n FORMAT JSONEachRow';
    const quoted = { output_format_json_quote_64bit_integers: '1' };
    expect(await (await post({ body, headers, parameters: quoted })).text()).toBe('{"n":"1"}\n');
    const own = `SELECT toUInt64(1) AS n, toDateTime('2014-12-01 00:00:00', 'UTC') AS t
      SETTINGS output_format_json_quote_64bit_integers = 1, date_time_output_format = 'iso', max_threads = 1
      FORMAT JSONEachRow`;
    expect(await (await post({ body: own, headers })).text()).toBe(
      '{"n":"1","t":"2014-12-01T00:00:00Z"}\n',
    );
  });

  test.each([
    'INSERT INTO semarak.target VALUES (1)',
    'CREATE TABLE semarak.mine (a UInt8) ENGINE = Memory',
    'CREATE TEMPORARY TABLE mine (a UInt8)',
    'DROP DATABASE semarak',
    'ALTER TABLE semarak.target DELETE WHERE 1',
    'OPTIMIZE TABLE semarak.target',
    'SYSTEM STOP MERGES',
    'KILL QUERY WHERE 1',
    'SET readonly = 0',
    'SET ROLE ALL',
    'SELECT 1; DROP TABLE semarak.target',
    'SELECT 1 /* ; */ ; DROP TABLE semarak.target',
    "SELECT * FROM file('/etc/passwd', 'LineAsString')",
    "SELECT file('/etc/passwd')",
    "SELECT `file`('/etc/passwd')",
    'SELECT "fi\\x6ce"(\'/etc/passwd\')',
    "SELECT arrayMap(file, ['/etc/passwd'])",
    "SELECT * APPLY(file) FROM (SELECT '/etc/passwd')",
    "SELECT * FROM url('http://127.0.0.1:1/', 'CSV', 'a String')",
    "SELECT * FROM remote('127.0.0.1:1', system.one)",
    "SELECT * FROM executable('id', 'TSV', 'a String')",
    "SELECT * FROM sqlite('/tmp/x', 't')",
    "SELECT 1 INTO OUTFILE '/tmp/semarak-contract-outfile'",
    "SELECT 1 INTO/**/OUTFILE '/tmp/semarak-contract-outfile'",
    'SELECT 1 SETTINGS readonly = 0',
    'SELECT * FROM (SELECT 1 SETTINGS max_execution_time = 100000)',
    "SELECT 1 SETTINGS format_schema = 'x'",
    'SELECT * FROM default.hidden',
    'SHOW TABLES PARALLEL WITH SYSTEM STOP MERGES',
    "SELECT * FROM eval('SELECT 1') SETTINGS allow_experimental_eval_table_function = 1",
  ])('may not: %s', async (body) => {
    await client.command({
      query: 'CREATE TABLE IF NOT EXISTS semarak.target (a UInt8) ENGINE = MergeTree ORDER BY a',
    });
    await client.command({
      query: 'CREATE TABLE IF NOT EXISTS default.hidden (a UInt8) ENGINE = MergeTree ORDER BY a',
    });
    const response = await post({ body, headers });
    const text = await response.text();
    expect(text).toMatch(/^Code: (164|497|62|358|452)\./);
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(text).not.toContain('root:');
    expect(existsSync('/tmp/semarak-contract-outfile')).toBe(false);
    expect(await rowsOf('EXISTS semarak.target')).toEqual([[1]]);
  });

  test('names no file as a table', async () => {
    const read = await post({ body: "SELECT * FROM '/etc/passwd'", headers });
    expect(await read.text()).toMatch(/^Code: 60\./);
    const body = 'EXISTS "/etc/passwd"';
    expect(await (await post({ body, headers })).text()).toMatch(/^Code: 497\./);
  });

  test.each([
    "Template SETTINGS format_template_row = '/etc/passwd'",
    "Protobuf SETTINGS output_format_schema = '/tmp/semarak-contract-schema'",
    'TSV SETTINGS max_execution_time = 0',
    'TSV; SYSTEM STOP MERGES',
    'TSV /* */',
  ])('a format is a word of the engine: %s', async (format) => {
    const asked = [
      { headers, body: 'SELECT 1', parameters: { default_format: format } },
      { headers: { ...headers, 'X-ClickHouse-Format': format }, body: 'SELECT 1' },
      { headers, body: 'SHOW TABLES', parameters: { default_format: format } },
    ];
    for (const one of asked) {
      const response = await post(one);
      expect(await response.text()).toMatch(/^Code: 73\. DB::Exception: Unknown format/);
      expect(response.status).toBe(404);
    }
  });

  test('is named in what is refused', async () => {
    const response = await post({ body: 'SELECT * FROM default.hidden', headers });
    expect(await response.text()).toMatch(/^Code: 497\. DB::Exception: analyst: Not enough/);
  });

  test('may not lift readonly in the URL', async () => {
    const response = await post({ body: 'SELECT 1', headers, parameters: { readonly: '0' } });
    expect(response.status).toBe(500);
    expect(await response.text()).toMatch(/^Code: 164\./);
  });

  test.each(['max_execution_time', 'max_result_rows', 'max_memory_usage', 'max_threads'])(
    'is held to the limit %s when it asks to lift it, in the URL and in the statement',
    async (name) => {
      const query = `SELECT getSetting('${name}') > 0`;
      for (const [body, parameters] of [
        [query, { [name]: '0' }],
        [`${query} SETTINGS ${name} = 0`, {}],
      ] as const) {
        expect(await (await post({ body, headers, parameters })).text()).toBe('1\n');
      }
    },
  );
});

describe.skipIf(!isEmbedded)(
  'the user default, whom nothing but its place on this machine lets in',
  () => {
    const secret = join(folder, 'secret.txt');
    const written = join(folder, 'written.txt');

    beforeAll(async () => {
      writeFileSync(secret, 'semarak-secret\n');
      await client.command({
        query: 'CREATE TABLE IF NOT EXISTS semarak.taken (s String) ENGINE = MergeTree ORDER BY s',
      });
    });

    test.each([
      "SELECT * FROM file('SECRET', 'LineAsString')",
      "DESCRIBE file('SECRET')",
      "SELECT file('SECRET')",
      "SELECT `file`('SECRET')",
      'SELECT "fi\\x6ce"(\'SECRET\')',
      "SELECT arrayMap(file, ['SECRET'])",
      "SELECT 1 /* ' */, file('SECRET') /* ' */",
      "SELECT * FROM eval('SELECT 1') SETTINGS allow_experimental_eval_table_function = 1",
      "SELECT 1 SETTINGS additional_result_filter = 'length(file(''SECRET'')) > 0'",
      "INSERT INTO semarak.taken SELECT * FROM file('SECRET', 'LineAsString')",
      "INSERT INTO semarak.taken SELECT file('SECRET')",
      "INSERT INTO semarak.taken VALUES (file('SECRET'))",
      "INSERT INTO semarak.taken FORMAT Values (file('SECRET'))",
      'INSERT INTO semarak.taken FORMAT "Values" (file(\'SECRET\'))',
      'INSERT INTO semarak.taken VALUES ("fi\\x6ce"(\'SECRET\'))',
      "INSERT INTO FUNCTION file('WRITTEN', 'CSV', 's String') VALUES ('x')",
      "CREATE TABLE semarak.lines (s String) ENGINE = File('LineAsString', 'SECRET')",
      "CREATE TABLE semarak.lines (s String DEFAULT file('SECRET')) ENGINE = Memory",
      "CREATE VIEW semarak.lines AS SELECT file('SECRET') AS s",
      'CREATE FUNCTION lines AS (path) -> file(path)',
      "CREATE DATABASE machine ENGINE = Filesystem('/')",
      "SELECT * FROM url('http://127.0.0.1:1/', 'CSV', 'a String')",
      "CREATE TABLE semarak.lines (s String) ENGINE = URL('http://127.0.0.1:1/', 'CSV')",
      "SELECT * FROM remote('127.0.0.1:1', system.one)",
      "SELECT * FROM sqlite('SECRET', 't')",
      `CREATE DICTIONARY semarak.lines (s String) PRIMARY KEY s
       SOURCE(EXECUTABLE(command 'id' format 'LineAsString')) LAYOUT(COMPLEX_KEY_HASHED()) LIFETIME(0)`,
      'GRANT FILE ON *.* TO CURRENT_USER',
    ])('reaches nothing of the machine: %s', async (statement) => {
      const body = statement.replace('SECRET', secret).replace('WRITTEN', written);
      const response = await post({ body });
      expect(await response.text()).toMatch(/^Code: 497\./);
      expect(response.status).toBe(403);
      expect(existsSync(written)).toBe(false);
      expect(await rowsOf('SELECT count() FROM semarak.taken')).toEqual([[0]]);
    });

    test('may not filter by a file in a setting of the URL either', async () => {
      const filter = { additional_result_filter: `length(file('${secret}')) > 0` };
      const response = await post({ body: 'SELECT 1', parameters: filter });
      expect(await response.text()).toMatch(/^Code: 497\./);
    });

    test('writes of files and evaluations as of any other words', async () => {
      const table = await createTable('file_name String, b String');
      await post({ body: `INSERT INTO ${table} VALUES ('file', 'eval (\\'x\\')\\t')` });
      const body = `SELECT file_name, b FROM ${table} WHERE b LIKE '%\\t' AND file_name = 'file'`;
      expect(await (await post({ body })).text()).toBe("file\teval (\\'x\\')\\t\n");
    });

    test.each([
      { Host: 'rebound.example' },
      { Host: '127.0.0.1.rebound.example:8123' },
      { Origin: 'https://rebound.example' },
      { 'Sec-Fetch-Site': 'cross-site' },
      { 'X-Forwarded-For': '127.0.0.1' },
      { Forwarded: 'for=127.0.0.1' },
      { Via: '1.1 proxy' },
    ])('is no page in a browser and asks through no proxy: %o', async (headers) => {
      const asked = request(url, { method: 'POST', headers: { ...asOwner, ...headers } });
      asked.end('SELECT 1');
      const [response] = (await once(asked, 'response')) as [IncomingMessage];
      expect(response.statusCode).toBe(403);
      expect(await textOf(response)).toMatch(/^Code: 516\. .*CLICKHOUSE_LOCAL_HOSTS/);
    });
  },
);

async function lengthAndEnd(response: Response): Promise<{ length: number; end: string }> {
  let length = 0;
  let end = Buffer.alloc(0);
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    end = Buffer.concat([end, chunk]).subarray(-200);
  }
  return { length, end: end.toString() };
}

async function until(condition: () => Promise<boolean>, waitMsMax = 10_000): Promise<void> {
  const deadline = Date.now() + waitMsMax;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('It did not come true in time');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const isRunning = async (text: string): Promise<boolean> => {
  const query = `SELECT count() FROM system.processes WHERE position(query, {t:String}) AND NOT position(query, 'system.processes')`;
  const result = await client.query({ query, query_params: { t: text }, format: 'TabSeparated' });
  return (await result.text()) !== '0\n';
};

describe('large results and clients that go', () => {
  test('twenty million rows stream', async () => {
    const body = 'SELECT number AS n FROM numbers(20000000) FORMAT JSON';
    const { length, end } = await lengthAndEnd(await post({ body }));
    expect(length).toBeGreaterThan(300_000_000);
    expect(end).toContain('"rows": 20000000');
  });

  test('a reader that stops holds the query, not the memory', async () => {
    const abort = new AbortController();
    const query = 'SELECT 8888 AS mark, number, toString(number) FROM numbers(100000000000)';
    const response = await fetch(`${url}/?${new URLSearchParams({ query }).toString()}`, {
      headers: asOwner,
      signal: abort.signal,
    });
    const reader = response.body?.getReader();
    await reader?.read();
    expect(await isRunning('8888 AS mark')).toBe(true);
    abort.abort();
    await until(async () => !(await isRunning('8888 AS mark')));
  });

  test('a query without output ends when its client goes', async () => {
    const abort = new AbortController();
    const running = client.query({
      query: 'SELECT 7777 AS mark, sum(sipHash64(number)) FROM numbers(1000000000000)',
      abort_signal: abort.signal,
      clickhouse_settings: { cancel_http_readonly_queries_on_client_close: 1 },
    });
    const failed = expect(running).rejects.toThrow(/aborted/);
    await until(() => isRunning('7777 AS mark'));
    abort.abort();
    await failed;
    await until(async () => !(await isRunning('7777 AS mark')));
  });
});

describe.skipIf(!isEmbedded)('the process', () => {
  test('refuses queries beyond its queue with code 202, and lets those waiting run', async () => {
    const small = await startServer({
      dataDir: join(folder, 'queue'),
      env: { CLICKHOUSE_SESSIONS_MAX: '1', CLICKHOUSE_QUEUE_LENGTH_MAX: '1' },
    });
    try {
      const ask = async (): Promise<string> =>
        (
          await fetch(small.url, { method: 'POST', headers: asOwner, body: 'SELECT sleep(1)' })
        ).text();
      const answers = await Promise.all([ask(), ask(), ask(), ask()]);
      expect(answers.filter((text) => text === '0\n')).toHaveLength(2);
      expect(answers.filter((text) => text.startsWith('Code: 202.'))).toHaveLength(2);
    } finally {
      await small.stop('SIGTERM');
    }
  });

  test('bounds bodies, the time that one takes to arrive, and run time and result of the analyst', async () => {
    const strict = await startServer({
      dataDir: join(folder, 'strict'),
      env: {
        CLICKHOUSE_REQUEST_BODY_BYTES_MAX: '1000',
        CLICKHOUSE_ANALYST_RUN_S_MAX: '1',
        CLICKHOUSE_ANALYST_RESULT_ROWS_MAX: '10',
        CLICKHOUSE_REQUEST_RECEIVE_MS_MAX: '300',
      },
    });
    try {
      const begun = performance.now();
      const slow = connect(Number(new URL(strict.url).port), '127.0.0.1');
      const key = `X-ClickHouse-Key: ${ownerPassword}`;
      slow.write(
        `POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n${key}\r\nContent-Length: 100\r\n\r\nSELECT`,
      );
      expect(await textOf(slow)).toMatch(/^HTTP\/1\.1 408 /);
      expect(performance.now() - begun).toBeLessThan(5_000);
      const ask = async (query: string, options: RequestInit = {}): Promise<Response> =>
        fetch(
          `${strict.url}/?${new URLSearchParams({ query, user: 'analyst', password: analystPassword }).toString()}`,
          options,
        );
      expect((await ask('SELECT sum(sipHash64(number)) FROM numbers(1000000000000)')).status).toBe(
        408,
      );
      expect(await (await ask('SELECT number FROM numbers(11)')).text()).toMatch(/^Code: 396\./);
      expect((await ask('SELECT number FROM numbers(10)')).status).toBe(200);
      const body = 'x'.repeat(1_001);
      const sent = async (options: RequestInit): Promise<number> =>
        (await fetch(strict.url, { method: 'POST', headers: asOwner, ...options })).status;
      expect(await sent({ body })).toBe(413);
      const bomb = gzipSync('x'.repeat(100_000));
      const headers = { ...asOwner, 'Content-Encoding': 'gzip' };
      expect(await sent({ body: bomb, headers })).toBe(413);
    } finally {
      await strict.stop('SIGTERM');
    }
  });

  test('keeps what it has answered over SIGTERM and SIGKILL, and lets a running query end', async () => {
    const dataDir = join(folder, 'restart');
    const query = async (on: ClickHouseProcess, body: string): Promise<string> =>
      (await fetch(on.url, { method: 'POST', headers: asOwner, body })).text();
    let current = await startServer({ dataDir });
    await query(current, 'CREATE TABLE kept (a UInt32) ENGINE = MergeTree ORDER BY a');
    await query(current, 'INSERT INTO kept VALUES (1)');
    await current.stop('SIGKILL');
    current = await startServer({ dataDir });
    expect(await query(current, 'SELECT sum(a) FROM kept')).toBe('1\n');
    await query(current, 'INSERT INTO kept VALUES (2)');
    const last = query(current, 'SELECT sleep(1) FORMAT JSONCompactEachRow');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await current.stop('SIGTERM')).toBe(0);
    expect(await last).toBe('[0]\n');
    current = await startServer({ dataDir });
    expect(await query(current, 'SELECT sum(a) FROM kept')).toBe('3\n');
    await expect(startServer({ dataDir })).rejects.toThrow(/in use by process/);
    await current.stop('SIGTERM');
  });
});
