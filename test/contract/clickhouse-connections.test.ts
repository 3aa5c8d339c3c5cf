import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startClickHouseProcess, type ClickHouseProcess } from '../system/clickhouse-process.ts';

/** What the embedded server does with whoever is not let in, or sends what is no request. */

const dataDir = mkdtempSync(join(tmpdir(), 'clickhouse-connections-'));
const analystPassword = 'contract-suite-password';
const ownerPassword = 'contract-suite-owner-password';
let server: ClickHouseProcess;
const sockets: Socket[] = [];

beforeAll(async () => {
  server = await startClickHouseProcess({ dataDir, analystPassword, ownerPassword });
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});
afterAll(async () => {
  await server.stop('SIGTERM');
  rmSync(dataDir, { recursive: true, force: true });
});

async function open(): Promise<Socket> {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
  sockets.push(socket);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

async function ask(line: string, headers = 'Host: localhost\r\n'): Promise<string> {
  const socket = await open();
  socket.write(`${line} HTTP/1.1\r\n${headers}Connection: close\r\n\r\n`);
  return text(socket);
}
const statusOf = (answer: string): number => Number(answer.split(' ')[1]);

test.each([
  ['GET //', 404],
  ['GET http://[', 400],
  ['GET http://', 400],
  ['GET http://localhost/ping', 200],
  ['GET http://localhost', 200],
  ['GET /%zz', 404],
  ['GET /__proto__', 404],
  ['GET *', 404],
  ['CONNECT localhost:80', 405],
  ['PUT /ping', 405],
  ['DELETE /?query=SELECT%201', 405],
  ['TRACE /', 405],
])('%s without a key is %i, and the server goes on', async (line, status) => {
  expect(statusOf(await ask(line))).toBe(status);
  expect(await ask('GET /ping')).toContain('Ok.');
  expect(server.process.exitCode).toBeNull();
});

test('what a path does not take is answered with what it takes', async () => {
  expect(await ask('DELETE /ping')).toMatch(/^Allow: GET, HEAD\r$/m);
  expect(await ask('PUT /')).toMatch(/^Allow: GET, HEAD, POST\r$/m);
});

test('no Host, two of them, or one that is none is 400', async () => {
  for (const headers of ['', 'Host: a\r\nHost: b\r\n', 'Host: a/b\r\n', 'Host: [\r\n'])
    expect(statusOf(await ask('GET /ping', headers))).toBe(400);
});

test('half-open connections without credentials do not close the port', async () => {
  const ping = (): Promise<Response> =>
    fetch(`${server.url}/ping`, { signal: AbortSignal.timeout(5_000) });
  for (let at = 0; at < 1_200; at++) {
    const socket = await open();
    socket.write('GET / HTTP/1.1\r\nHost: loc');
  }
  expect((await ping()).status).toBe(200);
  const asked = await fetch(`${server.url}/?query=SELECT%201`, {
    headers: { 'x-clickhouse-user': 'analyst', 'x-clickhouse-key': analystPassword },
    signal: AbortSignal.timeout(5_000),
  });
  expect(await asked.text()).toBe('1\n');
});

const as = { analyst: analystPassword, default: ownerPassword } as const;

function query(url: string, user: keyof typeof as, body: string): Promise<Response> {
  const headers = { 'x-clickhouse-user': user, 'x-clickhouse-key': as[user] };
  return fetch(url, { method: 'POST', body, headers });
}

/** Seen: 65 beside queries that sleep, 422 beside ones that compute and a machine with other work. */
const insertMsMax = 3_000;

test.each([
  ['sleep', 'SELECT sleep(3)'],
  [
    'compute with every core',
    'SELECT count() FROM numbers_mt(1000000000000) WHERE sipHash64(number) = 1 SETTINGS max_execution_time = 5',
  ],
])('queries of the analyst that %s hold up no insert', async (_, sql) => {
  const owner = async (body: string): Promise<string> =>
    (await query(server.url, 'default', body)).text();
  await owner('CREATE TABLE IF NOT EXISTS default.seen (n UInt8) ENGINE = MergeTree ORDER BY n');
  let isAtWork = true;
  const queries = Array.from({ length: 8 }, () =>
    query(server.url, 'analyst', sql).then((answer) => answer.text()),
  );
  const all = Promise.all(queries).then(() => (isAtWork = false));
  for (let at = 0; at < 5; at++) {
    const began = performance.now();
    expect(await owner('INSERT INTO default.seen VALUES (1)')).toBe('');
    expect(performance.now() - began).toBeLessThan(insertMsMax);
    expect(isAtWork).toBe(true);
  }
  await all;
});

test('requests beyond a user’s queue are 503 with code 202 and Retry-After', async () => {
  const small = await startClickHouseProcess({
    dataDir: join(dataDir, 'small'),
    analystPassword,
    ownerPassword,
    env: {
      CLICKHOUSE_SESSIONS_MAX: '2',
      CLICKHOUSE_ANALYST_QUEUE_LENGTH_MAX: '1',
    },
  });
  try {
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => query(small.url, 'analyst', 'SELECT sleep(2)')),
    );
    const refused = answers.filter(({ status }) => status === 503);
    expect(refused).toHaveLength(2);
    for (const answer of refused) {
      expect(answer.headers.get('retry-after')).toBe('1');
      expect(answer.headers.get('x-clickhouse-exception-code')).toBe('202');
    }
    expect(await (await query(small.url, 'default', 'SELECT 1')).text()).toBe('1\n');
  } finally {
    await small.stop('SIGTERM');
  }
});
