import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startClickHouseProcess, type ClickHouseProcess } from '../system/clickhouse-process.ts';

/*
 * What the engine has that could reach files, other servers or programs, listed by the engine itself:
 * a newer one with more of it fails here. Each is tried as a user would, and looked at are the answer,
 * the disk (a folder of canaries and the server's working directory) and a listening port, since the
 * engine can refuse what it has already opened.
 */

const folder = mkdtempSync(join(tmpdir(), 'clickhouse-security-'));
const canaries = join(folder, 'canaries');
const workingDirectory = join(folder, 'cwd');
const analystPassword = `analyst-${randomUUID()}`;
const ownerPassword = `owner-${randomUUID()}`;
const canary = `canary-${randomUUID()}`;
const secret = join(canaries, 'secret.txt');
const written = join(canaries, 'written');

type User = 'analyst' | 'default';
const users: readonly User[] = ['analyst', 'default'];

let server: ClickHouseProcess;
let listener: Server;
let connections = 0;
let host = '';

beforeAll(async () => {
  for (const made of [canaries, workingDirectory]) mkdirSync(made);
  for (const name of ['secret.txt', 'secret.csv', 'secret.proto', 'secret.sqlite'])
    writeFileSync(join(canaries, name), `${canary}\n`);
  listener = createServer((socket) => {
    connections += 1;
    socket.on('error', () => undefined);
    socket.end('HTTP/1.1 500 x\r\n\r\n');
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  host = `127.0.0.1:${(listener.address() as AddressInfo).port}`;
  server = await startClickHouseProcess({
    dataDir: join(folder, 'data'),
    analystPassword,
    ownerPassword,
    workingDirectory,
  });
  await allowed('CREATE DATABASE semarak');
  await allowed('CREATE TABLE semarak.taken (s String) ENGINE = MergeTree ORDER BY s');
});

afterAll(async () => {
  await server.stop('SIGTERM');
  listener.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Asked {
  readonly user: User;
  readonly body: string;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The code of the refusal, 0 for none. Whatever is answered holds nothing that is secret. */
async function codeOf(asked: Asked): Promise<number> {
  const { code, text } = await answerTo(asked);
  for (const hidden of [canary, ownerPassword, analystPassword]) {
    if (text.includes(hidden)) throw new Error(`${JSON.stringify(asked)} tells ${hidden}`);
  }
  return code;
}

async function answerTo(asked: Asked): Promise<{ code: number; text: string }> {
  const target = new URL(server.url);
  for (const [name, value] of Object.entries(asked.parameters ?? {}))
    target.searchParams.set(name, value);
  const response = await fetch(target, {
    method: 'POST',
    body: asked.body,
    headers: {
      'X-ClickHouse-User': asked.user,
      'X-ClickHouse-Key': asked.user === 'analyst' ? analystPassword : ownerPassword,
      ...asked.headers,
    },
  });
  // As latin1, so that binary formats can be looked into.
  const text = Buffer.from(await response.arrayBuffer()).toString('latin1');
  return { code: Number(response.headers.get('x-clickhouse-exception-code') ?? 0), text };
}

async function allowed(body: string): Promise<string> {
  const { code, text } = await answerTo({ user: 'default', body });
  expect(code, `${body}: ${text}`).toBe(0);
  return text;
}

async function names(query: string): Promise<readonly string[]> {
  const found = (await allowed(`${query} FORMAT TSVRaw`)).split('\n').filter(Boolean);
  expect(found.length).toBeGreaterThan(0);
  return found;
}

/** All of both folders with their contents, and who has come to the port. */
function outside(): unknown {
  const files = [canaries, workingDirectory].flatMap((top) =>
    readdirSync(top, { recursive: true, withFileTypes: true }).map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [path, entry.isFile() ? readFileSync(path, 'latin1') : ''];
    }),
  );
  return { files: files.sort(), connections };
}

/** Runs some at once, keeping their order. */
async function each<Item, Result>(
  items: readonly Item[],
  run: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let at = next++; at < items.length; at = next++)
      results[at] = await run(items[at] as Item);
  };
  await Promise.all(Array.from({ length: 4 }, worker));
  return results;
}

/** Those of the things tried that were not refused as out of reach, by name and user. */
async function notRefused(
  tried: readonly ({ readonly name: string } & Asked)[],
): Promise<readonly string[]> {
  const before = outside();
  const codes = await each(tried, codeOf);
  expect(outside()).toEqual(before);
  const refusals: readonly number[] = [497, 164];
  const passed = tried.filter((_, index) => !refusals.includes(codes[index] ?? 0));
  return [...new Set(passed.map(({ name }) => name))].sort();
}

const literal = (text: string): string => `'${text}'`;

/** Arguments as those functions and engines take them that lead out. */
const argumentLists = (): readonly string[] => [
  literal(secret),
  `${literal(`${written}.sqlite`)}, 't'`,
  `0, ${literal(`${written}.rocksdb`)}`,
  `${literal(`http://${host}/x`)}, 'CSV', 'a String'`,
  `${literal(host)}, 'd', 't', 'u', 'p'`,
];

describe('settings', () => {
  test.each(users)('that are maps, disks or expressions lead %s nowhere', async (user) => {
    const filter = `length(file(''${secret}'')) > 0`;
    const tried = [
      `SELECT * FROM system.one SETTINGS additional_table_filters = {'system.one': '${filter}'}`,
      `SELECT * FROM (SELECT 1 SETTINGS additional_result_filter = '${filter}')`,
      `SELECT 1 SETTINGS dialect = 'prql'`,
      ...(user === 'analyst' ? [] : await disks()),
    ].map((body) => ({ name: body, user, body }));
    expect(await notRefused(tried)).toEqual([]);
  });

  async function disks(): Promise<readonly string[]> {
    const types = await names('SELECT name FROM system.disk_types');
    const table = 'CREATE TABLE semarak.elsewhere (a UInt8) ENGINE = MergeTree ORDER BY a';
    return types.flatMap((type) => [
      `${table} SETTINGS disk = disk(type = '${type}', path = '${written}/')`,
      `${table} SETTINGS disk = disk(type = '${type}', endpoint = 'http://${host}/')`,
    ]);
  }
});

describe('formats', () => {
  test.each(users)('of %s are words of the engine', async (user) => {
    const words = [
      `Template SETTINGS format_template_row = '${secret}'`,
      `Protobuf SETTINGS output_format_schema = '${written}.proto'`,
      'TSV SETTINGS max_execution_time = 0',
      'TSV; SYSTEM STOP MERGES',
      `Null INTO OUTFILE '${written}'`,
      'TSV -- x',
      "TSV'",
      '',
    ];
    const tried = words.flatMap((word) => [
      { user, body: 'SELECT 1', parameters: { default_format: word } },
      { user, body: 'SHOW TABLES', parameters: { default_format: word } },
      { user, body: 'SELECT 1', headers: { 'X-ClickHouse-Format': word } },
    ]);
    const before = outside();
    const codes = await each(tried, codeOf);
    expect(outside()).toEqual(before);
    expect([...new Set(codes)]).toEqual([73]);
  });
});

describe('what the engine lists', () => {
  test('engines of tables keep to the database', async () => {
    const engines = await names('SELECT name FROM system.table_engines');
    const tried = engines.flatMap((name) =>
      ['', ...argumentLists()].map((list) => ({
        name,
        user: 'default' as const,
        body: `CREATE OR REPLACE TABLE semarak.reaching (s String) ENGINE = ${name}(${list}) PRIMARY KEY s`,
      })),
    );
    const families = ['', 'Aggregating', 'Coalescing', 'Collapsing', 'Graphite', 'Replacing'];
    expect(await notRefused(tried)).toEqual(
      [
        ...[...families, 'Summing', 'VersionedCollapsing'].map((family) => `${family}MergeTree`),
        ...['Alias', 'Buffer', 'FuzzJSON', 'FuzzQuery', 'GenerateRandom', 'Join', 'Log', 'Loop'],
        ...['MaterializedView', 'Memory', 'Merge', 'Null', 'Set', 'StripeLog', 'TimeSeries'],
        ...['TinyLog', 'View', 'WindowView'],
      ].sort(),
    );
  });

  test('engines of databases keep to the data folder', async () => {
    const engines = await names('SELECT name FROM system.database_engines');
    const tried = engines.flatMap((name) =>
      ['', ...argumentLists()].map((list) => ({
        name,
        user: 'default' as const,
        body: `CREATE DATABASE reaching ENGINE = ${name}(${list})`,
      })),
    );
    expect(await notRefused(tried)).toEqual(['Atomic', 'Memory', 'Ordinary']);
  });

  test('sources of dictionaries are refused', async () => {
    const sources = await names('SELECT name FROM system.dictionary_sources');
    const parameters = [
      `PATH '${secret}' FORMAT 'LineAsString'`,
      `COMMAND 'cp ${secret} ${written}' FORMAT 'LineAsString'`,
      `URL 'http://${host}/' FORMAT 'LineAsString'`,
      `HOST '127.0.0.1' PORT ${host.split(':')[1] ?? ''} USER 'u' DB 'd' TABLE 't'`,
    ];
    const tried = sources.flatMap((name) =>
      parameters.map((list) => ({
        name,
        user: 'default' as const,
        body: `CREATE DICTIONARY semarak.reaching (s String) PRIMARY KEY s
               SOURCE(${name}(${list})) LAYOUT(COMPLEX_KEY_HASHED()) LIFETIME(0)`,
      })),
    );
    expect(await notRefused(tried)).toEqual([]);
  });
});

describe('statements', () => {
  const backups = ['File', 'Disk', 'S3', 'AzureBlobStorage', 'Memory'];
  test('that leave the database are refused to its owner', async () => {
    const bodies = [
      ...backups.map((to) => `BACKUP TABLE semarak.taken TO ${to}('${written}')`),
      ...backups.map((to) => `RESTORE TABLE semarak.taken FROM ${to}('${secret}')`),
      `ATTACH TABLE semarak.reaching FROM '${canaries}' (s String) ENGINE = TinyLog`,
      `ATTACH TABLE semarak.reaching (s String) ENGINE = File(CSV, '${secret}')`,
      `CREATE MATERIALIZED VIEW semarak.reaching ENGINE = File(CSV, '${written}') AS SELECT 1 AS a`,
      'CREATE NAMED COLLECTION reaching AS a = 1',
      'CREATE FUNCTION reaching AS (path) -> path',
      'SYSTEM START LISTEN HTTP',
      'SYSTEM JEMALLOC FLUSH PROFILE',
      'SYSTEM RELOAD CONFIG',
      'SYSTEM SHUTDOWN',
      'GRANT ALL ON *.* TO default',
      'SET ROLE ALL',
      'EXECUTE AS default SELECT 1',
      `EXPLAIN TABLE OVERRIDE mysql('${host}', 'd', 'u', 'p') PARTITION BY 1`,
      `INSERT INTO semarak.taken VALUES (file('${secret}'))`,
      `INSERT INTO semarak.taken VALUES ('\\x41'), (toString(file('${secret}')))`,
      `INSERT INTO semarak.taken SELECT * FROM s3('http://${host}/b/k')`,
    ];
    const tried = bodies.map((body) => ({ name: body, user: 'default' as const, body }));
    expect(await notRefused(tried)).toEqual([]);
  });

  test('with expressions in VALUES that hide behind one another write nothing', async () => {
    const rows = [
      `((SELECT * FROM sqlite('${written}', 't')))`,
      `('\\x', ', file(char(47)), ')`,
      `('a' // '\n || file('${secret}')) //'`,
      `('a' /* ' */ || "fi\\x6ce"('${secret}') /* ' */)`,
      `((SELECT 1 SETTINGS format_schema = '${secret}'))`,
    ];
    const before = outside();
    for (const row of rows) {
      const body = `INSERT INTO semarak.taken VALUES ${row}`;
      expect(await codeOf({ user: 'default', body }), body).not.toBe(0);
    }
    expect(outside()).toEqual(before);
    expect(await allowed('SELECT count() FROM semarak.taken')).toBe('0\n');
  });

  test.each(users)('in which a name is a path tell %s nothing', async (user) => {
    const naming = (path: string): readonly Asked[] => [
      { user, body: `SELECT * FROM \`${path}\`` },
      { user, body: `DESCRIBE TABLE \`${path}\`` },
      { user, body: 'SELECT * FROM {t:Identifier}', parameters: { param_t: path } },
    ];
    const codes = await each(naming(secret), codeOf);
    expect(codes).toEqual(await each(naming(join(canaries, 'nothing.txt')), codeOf));
    expect(codes.filter((code) => code !== 60 && code !== 497)).toEqual([]);
    const exists = (path: string) => answerTo({ user, body: `EXISTS TABLE \`${path}\`` });
    expect((await exists(secret)).code).toBe(user === 'analyst' ? 497 : 0);
    expect((await exists(secret)).text).not.toBe('1\n');
  });

  test('of the analyst are read only, within limits', async () => {
    const bodies = [
      'KILL QUERY WHERE 1',
      'SET ROLE semarak_owner',
      'SYSTEM STOP MERGES',
      'SELECT 1 SETTINGS readonly = 0',
      'SELECT * FROM (SELECT 1 SETTINGS max_execution_time = 0)',
      'INSERT INTO semarak.taken VALUES (1)',
    ];
    const tried = bodies.map((body) => ({ name: body, user: 'analyst' as const, body }));
    expect(await notRefused(tried)).toEqual([]);
    const { text } = await answerTo({ user: 'analyst', body: 'SELECT * FROM default.nothing' });
    expect(text).not.toContain('default: ');
  });
});
