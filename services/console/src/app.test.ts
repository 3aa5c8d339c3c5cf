import { createLog } from '@semarak/infra/observability';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { buildApp } from './app.ts';
import { consoleConfiguration } from './config.ts';
import { createConsoleMetrics } from './metrics.ts';
import { startFakeReports, type FakeReports } from './reports.fixture.ts';

const log = createLog({ service: 'test', level: 'silent' });
const nobody = 'http://127.0.0.1:1';

let pageDir: string;
const toClose: (() => Promise<unknown>)[] = [];
beforeAll(() => {
  pageDir = mkdtempSync(join(tmpdir(), 'semarak-page-'));
  mkdirSync(join(pageDir, 'assets'));
  writeFileSync(join(pageDir, 'index.html'), '<!doctype html><title>page</title>');
  writeFileSync(join(pageDir, 'assets', 'index-Ab12.js'), 'void 0;');
});
afterAll(() => {
  rmSync(pageDir, { recursive: true });
});
afterEach(async () => {
  for (const close of toClose.splice(0).reverse()) await close();
});

async function start(environment: Record<string, string> = {}) {
  const configuration = consoleConfiguration.parse({
    HTTP_PORT: '0',
    METRICS_PORT: '0',
    REPORTS_URL: nobody,
    ...environment,
  });
  const health = () => Promise.resolve({ problems: [] });
  const metrics = createConsoleMetrics();
  const app = await buildApp({ configuration, pageDir, log, metrics, health });
  toClose.push(() => app.close());
  return app;
}

async function startReports(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<FakeReports> {
  const reports = await startFakeReports(answer);
  toClose.push(() => reports.close());
  return reports;
}

describe('the page', () => {
  it('is asked for anew each time, what it names by hash never again', async () => {
    const app = await start();
    const page = await app.inject('/');
    expect(page.statusCode).toBe(200);
    expect(page.headers['content-type']).toMatch(/^text\/html/);
    expect(page.headers['cache-control']).toBe('no-cache');
    const script = await app.inject('/assets/index-Ab12.js');
    expect(script.headers['cache-control']).toBe('public, max-age=31536000, immutable');
  });

  it.each(['/', '/assets/index-Ab12.js', '/healthz', '/nothing', '/v1/programmes'])(
    '%s has a policy that lets nothing leave this origin',
    async (path) => {
      const { headers } = await (await start()).inject(path);
      const policy = String(headers['content-security-policy']).split('; ');
      expect(policy).toContain("default-src 'self'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy.join()).not.toMatch(/unsafe|https?:|data:|\*/);
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['referrer-policy']).toBe('no-referrer');
    },
  );

  it('does not give out what lies beside it', async () => {
    const app = await start();
    for (const path of ['/../package.json', '/%2e%2e/package.json', '/assets/../../main.js'])
      expect((await app.inject(path)).statusCode).toBeGreaterThanOrEqual(400);
  });
});

describe('/v1', () => {
  it('passes the question with its key, and the answer with its ETag', async () => {
    const reports = await startReports((request, response) => {
      const isKnown = request.headers['if-none-match'] === '"7"';
      response.writeHead(isKnown ? 304 : 200, { etag: '"7"', 'content-type': 'application/json' });
      response.end(isKnown ? undefined : '{"rows":[]}');
    });
    const app = await start({ REPORTS_URL: reports.url });
    const path = '/v1/reports/report_new_members?programme=pacific-place&as_of=2014-12-24';
    const headers = { authorization: 'Bearer analyst' };
    const first = await app.inject({ path, headers });
    expect([first.statusCode, first.headers.etag, first.body]).toEqual([200, '"7"', '{"rows":[]}']);
    const again = await app.inject({ path, headers: { ...headers, 'if-none-match': '"7"' } });
    expect([again.statusCode, again.body]).toEqual([304, '']);
    expect(reports.asked[0]).toEqual({ method: 'GET', path, key: 'Bearer analyst', body: '' });
  });

  it.each([
    'Expect: 100-continue',
    'Keep-Alive: timeout=5',
    'Upgrade: websocket\r\nConnection: Upgrade',
    'TE: trailers\r\nConnection: TE',
    'Proxy-Connection: keep-alive',
  ])('passes nothing on of what concerns the connection: %j', async (header) => {
    const reports = await startReports((_request, response) => response.end('{}'));
    const app = await start({ REPORTS_URL: reports.url });
    await app.listen({ port: 0, host: '127.0.0.1' });
    const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
    const close = header.includes('Connection') ? '' : 'Connection: close\r\n';
    socket.write(`GET /v1/programmes HTTP/1.1\r\nHost: here\r\n${close}${header}\r\n\r\n`);
    let heard = '';
    socket.on('data', (chunk: Buffer) => (heard += chunk.toString()));
    await expect.poll(() => heard).toMatch(/HTTP\/1\.1 200 /);
    socket.destroy();
    expect(reports.asked).toHaveLength(1);
  });

  it('passes a statement, and refuses one that is too long before anybody is asked', async () => {
    const reports = await startReports((_request, response) => response.end('{}'));
    const app = await start({ REPORTS_URL: reports.url, BODY_BYTES_MAX: '1024' });
    const post = (sql: string) =>
      app.inject({ method: 'POST', path: '/v1/query', payload: { sql } });
    expect((await post('SELECT 1')).statusCode).toBe(200);
    expect(JSON.parse(reports.asked[0]?.body ?? '')).toEqual({ sql: 'SELECT 1' });
    const refused = await post('x'.repeat(2_000));
    expect(refused.statusCode).toBe(413);
    expect(refused.json<{ detail: string }>().detail).toContain('1024 bytes (BODY_BYTES_MAX)');
    expect(reports.asked).toHaveLength(1);
  });

  it.each([401, 404, 422, 503])('passes %i on as it is, without asking again', async (status) => {
    const reports = await startReports((_request, response) => {
      response.writeHead(status, { 'content-type': 'application/problem+json' });
      response.end('{"detail":"why"}');
    });
    const app = await start({ REPORTS_URL: reports.url });
    const answer = await app.inject('/v1/programmes');
    expect([answer.statusCode, answer.body]).toEqual([status, '{"detail":"why"}']);
    expect(reports.asked).toHaveLength(1);
  });

  it('is 503 with Retry-After while nobody answers', async () => {
    const answer = await (await start({ RETRY_AFTER_S: '3' })).inject('/v1/programmes');
    expect(answer.statusCode).toBe(503);
    expect(answer.headers['retry-after']).toBe('3');
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(answer.json()).toEqual({
      type: 'about:blank',
      title: 'Service Unavailable',
      status: 503,
      detail: 'The reports service does not run now.',
    });
  });

  it('is 502 when the answer is broken off', async () => {
    const reports = await startReports((request) => request.socket.destroy());
    const answer = await (await start({ REPORTS_URL: reports.url })).inject('/v1/programmes');
    expect(answer.statusCode).toBe(502);
    expect(answer.json()).toMatchObject({ detail: 'The reports service broke off its answer.' });
  });

  it('is 504 when no answer begins in time', async () => {
    const reports = await startReports(() => undefined);
    const app = await start({ REPORTS_URL: reports.url, REPORTS_ANSWER_MS_MAX: '100' });
    const answer = await app.inject('/v1/programmes');
    expect(answer.statusCode).toBe(504);
    expect(answer.json()).toMatchObject({ detail: 'The reports service did not answer in time.' });
  });

  it('answers 503 beyond the limit of requests at work, and takes more when they are done', async () => {
    let release: () => void = () => undefined;
    const reports = await startReports((_request, response) => {
      release = () => response.end('{}');
    });
    const app = await start({ REPORTS_URL: reports.url, REQUESTS_IN_FLIGHT_MAX: '1' });
    const url = await app.listen({ port: 0, host: '127.0.0.1' });
    const first = fetch(`${url}/v1/programmes`);
    await expect.poll(() => reports.asked.length).toBe(1);
    expect((await fetch(`${url}/healthz`)).status).toBe(503);
    release();
    expect((await first).status).toBe(200);
    await expect.poll(async () => (await fetch(`${url}/healthz`)).status).toBe(200);
  });
});

describe('a request that cannot be answered', () => {
  it.each([
    ['/nothing', {}, 404],
    ['/%E0%A4%A', {}, 404],
    ['/v1/%ff', {}, 404],
    ['/', { range: 'bytes=999-' }, 416],
    ['/', { 'if-match': '"other"' }, 412],
  ])('%s with %j is a problem, %i', async (path, headers, status) => {
    const answer = await (await start()).inject({ path, headers });
    expect(answer.statusCode).toBe(status);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(answer.headers['content-security-policy']).toContain("default-src 'self'");
    expect(answer.json()).toMatchObject({ type: 'about:blank', status });
  });

  it('is a problem also when it does not arrive, or is no HTTP', async () => {
    const app = await start({ REQUEST_RECEIVE_MS_MAX: '1000' });
    await app.listen({ port: 0, host: '127.0.0.1' });
    const heard = async (sent: string) => {
      const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
      socket.write(sent);
      return text(socket);
    };
    const post = 'POST /v1/query HTTP/1.1\r\nhost: here\r\ncontent-type: application/json\r\n';
    const began = performance.now();
    const late = await heard(`${post}content-length: 500\r\n\r\n{`);
    expect(performance.now() - began).toBeLessThan(2_000);
    for (const [answer, status] of [[late, 408] as const, [await heard('HELO\r\n\r\n'), 400]]) {
      expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
      expect(answer).toContain('content-type: application/problem+json');
      expect(answer).toContain("default-src 'self'");
    }
  });
});
