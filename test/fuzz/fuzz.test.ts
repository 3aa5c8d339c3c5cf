import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chanceFrom } from '../faults/chance.ts';
import { startSystem, type System } from '../system/system.ts';
import { fuzz, type FuzzedServer } from './fuzz.ts';

/** Decides every request; printed with the tests’ name. */
const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 1_000_000);
/** Requests to each server; the long run has 100,000. */
const requests = Number(process.env['FUZZ_REQUESTS'] ?? 1_000);
const portBase = 25_300;

const sale = {
  programme: 'pacific-place',
  terminalId: 'FUZZ',
  businessDay: '2014-12-03',
  sequence: 1,
  type: 'sale',
  tenantId: 'PP-001',
  amount: 100_000,
  currency: 'IDR',
  occurredAt: '2014-12-03T19:00:00+07:00',
};

describe(`malformed requests to every HTTP server (FUZZ_SEED=${seed}, ${requests} each)`, () => {
  let system: System;
  beforeAll(async () => {
    system = await startSystem({ portBase });
  });
  afterAll(async () => {
    await system.close();
  });

  const bearer = (key: string): string => `Authorization: Bearer ${key}`;
  const analyst = (): string =>
    `Authorization: Basic ${Buffer.from(`analyst:${system.keys.analyst}`).toString('base64')}`;
  const pages = ['/healthz', '/livez', '/openapi.json', '/metrics'];
  const servers: Readonly<Record<string, () => Omit<FuzzedServer, 'name'>>> = {
    gateway: () => ({
      port: portBase,
      paths: [
        ...pages,
        ...['/v1/transactions', '/v1/transactions?wait=1', '/v1/transactions?wait=%'],
        ...['/v1/members', '/v1/members/pacific-place/M-1', '/v1/members/%2F/%00?at=x'],
        '/v1/gifts/pacific-place/teddy-bear~1/handover',
        '/v1/members/pacific-place/M-1/transactions/FUZZ%2F2014-12-03%2F1/explanation',
      ],
      credentials: [
        bearer(system.keys.terminal),
        bearer(system.keys.desk),
        bearer(system.keys.import),
      ],
      bodies: [JSON.stringify(sale), `${JSON.stringify(sale)}\n{}\n`, '{"memberId":"M-1"}'],
    }),
    reports: () => ({
      port: portBase + 6,
      paths: [
        ...pages,
        ...['/v1/reports', '/v1/programmes', '/v1/freshness?programme=pacific-place', '/v1/query'],
        '/v1/reports/report_new_members?programme=pacific-place&as_of=2014-12-03',
        '/v1/reports/%?programme=%FF&as_of=9999-99-99&format=csv',
      ],
      credentials: [bearer(system.keys.analyst)],
      bodies: ['{"sql":"SELECT 1"}', '{"sql":"SELECT"}', '{"sql":"\\u0000"}'],
    }),
    console: () => ({
      port: portBase + 1,
      paths: [
        ...pages,
        ...['/index.html', '/assets/', '/assets/..%2f..%2f', '/v1/reports', '/v1/query', '/v1/%'],
        ...['/v1//', '/v1/http://a/', '/v1/../healthz', '/v1/freshness?programme=%'],
      ],
      credentials: [bearer(system.keys.analyst)],
      bodies: ['{"sql":"SELECT 1"}', '{"sql":"SELECT"}'],
    }),
    clickhouse: () => ({
      port: portBase + 5,
      paths: [
        ...['/ping', '/replicas_status', '/?query=SELECT%201', '/?query=SELECT%20throwIf(1)'],
        ...['/query?database=semarak&param_a=1&default_format=JSON', '/?database=%00', '/?a=b'],
        ...['/?query_id=%0d%0a&query=SELECT%201', '/?compress=1&query=SELECT%20%27a%27'],
        ...['/?user=analyst&password=wrong', '/?default_format=Nonsense&query=SELECT%201'],
      ],
      credentials: [analyst(), 'X-ClickHouse-User: default'],
      bodies: ['SELECT 1', 'SELECT', 'SELECT {a:UInt8}', 'SELECT 1 FORMAT JSON', 'SET x = 1'],
    }),
    'a worker’s metrics': () => ({
      port: portBase + 11,
      paths: pages,
      credentials: [],
      bodies: [],
    }),
  };
  const programs: Readonly<Record<string, string>> = { 'a worker’s metrics': 'accrual' };

  it.each(Object.keys(servers))(
    'end, hang or upset nothing: %s',
    async (name) => {
      const server = servers[name]?.();
      if (server === undefined) throw new Error(`${name} is no server`);
      const program = programs[name] ?? name;
      const pid = system.pid(program);
      const began = performance.now();
      const chance = chanceFrom(seed + Object.keys(servers).indexOf(name));
      const { heard, faults } = await fuzz({ ...server, name }, { requests, chance });
      const seconds = Math.round((performance.now() - began) / 1_000);
      console.log(`FUZZ_SEED=${seed} ${name}: ${requests} in ${seconds} s: ${tellHeard(heard)}`);
      expect(faults).toEqual([]);
      expect(system.pid(program)).toBe(pid);
      const path = name === 'clickhouse' ? '/ping' : '/livez';
      const alive = await fetch(`http://127.0.0.1:${server.port}${path}`, {
        signal: AbortSignal.timeout(30_000),
      });
      expect(alive.status).toBe(200);
    },
    3_600_000,
  );
});

const tellHeard = (heard: Readonly<Record<string, number>>): string =>
  Object.entries(heard)
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
