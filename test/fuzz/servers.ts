import { planPorts, services } from '@semarak/infra/launcher';
import type { Keys } from '../system/system.ts';
import type { FuzzedServer } from './fuzz.ts';
import type { SoundRequest } from './malformed.ts';

/** A server of a whole system, and the program that it is of. */
export interface NamedServer extends FuzzedServer {
  readonly program: string;
  /** Answers 200 as long as the server does anything. */
  readonly alivePath: string;
}

const programme = 'pacific-place';
const till = { terminalId: 'FUZZ', businessDay: '2014-12-03' };
const sale = {
  programme,
  ...till,
  sequence: 1,
  type: 'sale',
  memberId: 'M-FUZZ',
  tenantId: 'PP-001',
  amount: 1_250_000,
  currency: 'IDR',
  occurredAt: '2014-12-03T19:30:00+07:00',
};
const refund = { ...sale, sequence: 2, type: 'refund', original: { ...till, sequence: 1 } };
const voiding = {
  ...{ programme, ...till, sequence: 3, type: 'void', memberId: 'M-FUZZ' },
  ...{ occurredAt: '2014-12-03T20:10:00+07:00', original: { ...till, sequence: 2 } },
};
const member = {
  programme,
  memberId: 'M-FUZZ',
  enrolledAt: '2014-12-03T11:00:00+07:00',
  name: 'Siti Rahma',
  gender: 'female',
  birthDate: '1984-05-17',
  address: 'Jl. Jend. Sudirman 52',
  zone: 'Kebayoran Baru',
};

type Caller = Omit<SoundRequest, 'method' | 'target' | 'body' | 'mediaType'>;
const withKey = (key: string): Caller => ({ credentials: `Authorization: Bearer ${key}` });
const basic = (user: string, password: string): Caller => ({
  credentials: `Authorization: Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
});
const get = (target: string, caller: Caller = {}): SoundRequest => ({
  ...caller,
  method: 'GET',
  target,
});
const post = (target: string, caller: Caller, ...bodies: readonly object[]): SoundRequest => ({
  ...caller,
  method: 'POST',
  target,
  mediaType: bodies.length === 1 ? 'application/json' : 'application/x-ndjson',
  body: bodies.map((body) => JSON.stringify(body)).join('\n'),
});

const pages = [get('/healthz'), get('/livez')];

function gatewayRequests(keys: Keys): readonly SoundRequest[] {
  const [terminal, desk, feeder] = [keys.terminal, keys.desk, keys.import].map(withKey);
  const sales = Array.from({ length: 5 }, (_, at) => ({ ...sale, sequence: 10 + at }));
  const ofMember = `/v1/members/${programme}/M-FUZZ`;
  return [
    ...pages,
    get('/openapi.json'),
    post('/v1/transactions', terminal ?? {}, sale),
    post('/v1/transactions', terminal ?? {}, refund),
    post('/v1/transactions', terminal ?? {}, voiding),
    post('/v1/transactions?wait=1', terminal ?? {}, sale),
    post('/v1/transactions', feeder ?? {}, ...sales),
    post('/v1/members', desk ?? {}, member),
    post('/v1/members', feeder ?? {}, member, { ...member, memberId: 'M-FUZZ-2' }),
    get(ofMember, desk),
    get(`${ofMember}/transactions/FUZZ%2F2014-12-03%2F1/explanation`, desk),
    { ...desk, method: 'POST', target: `/v1/gifts/${programme}/teddy-bear~1/handover` },
  ];
}

function reportsRequests(keys: Keys): readonly SoundRequest[] {
  const analyst = withKey(keys.analyst);
  const sql = 'SELECT programme, count() AS sales FROM sales GROUP BY programme';
  return [
    get('/v1/programmes', analyst),
    get(`/v1/freshness?programme=${programme}`, analyst),
    get('/v1/reports', analyst),
    get(`/v1/reports/report_new_members?programme=${programme}&as_of=2014-12-03`, analyst),
    get(`/v1/reports/report_active_by_zone?programme=${programme}&as_of=2014-12-03`, analyst),
    post('/v1/query', analyst, { sql }),
    post('/v1/query?raw=true', analyst, { sql: 'SELECT' }),
  ];
}

function clickhouseRequests(keys: Keys): readonly SoundRequest[] {
  const callers = [basic('analyst', keys.analyst), basic('default', keys.owner)];
  const sent = (target: string, body: string, caller: Caller): SoundRequest => ({
    ...caller,
    method: 'POST',
    target,
    body,
  });
  const form =
    '--a\r\nContent-Disposition: form-data; name="t"; filename="t"\r\n\r\n1\r\n--a--\r\n';
  return [
    get('/ping'),
    get('/replicas_status'),
    get('/'),
    ...callers.flatMap((caller) => [
      get('/?query=SELECT%201', caller),
      get('/?query=SELECT%20throwIf(number=2)%20FROM%20numbers(3)', caller),
      get('/?compress=1&query=SELECT%20%27a%27&enable_http_compression=1', caller),
      get('/query?database=semarak&default_format=JSON&param_a=1&query=SELECT%20{a:Int8}', caller),
      sent('/?query_id=fuzz&wait_end_of_query=1', 'SELECT 1 FORMAT JSON', caller),
      sent('/?session_id=fuzz&session_timeout=5', 'SET max_threads = 1', caller),
      sent('/?client_protocol_version=54466&default_format=Native', 'SELECT 1', caller),
      sent('/?decompress=1', 'SELECT 1', caller),
      {
        ...sent('/?query=SELECT%20*%20FROM%20t&t_structure=a%20UInt8', form, caller),
        mediaType: 'multipart/form-data; boundary=a',
      },
    ]),
  ];
}

/** Every HTTP server of ours in a system on these ports, by name. */
export function httpServers(portBase: number, keys: Keys): Readonly<Record<string, NamedServer>> {
  const ports = planPorts(portBase);
  const alivePath = '/livez';
  const reports = reportsRequests(keys);
  const ofMetrics = services.map(({ name }): [string, NamedServer] => [
    `metrics of ${name}`,
    {
      program: name,
      port: ports.metrics[name],
      requests: [...pages, get('/metrics')],
      dependencies: [],
      alivePath,
    },
  ]);
  return {
    gateway: {
      program: 'gateway',
      port: ports.gateway,
      requests: gatewayRequests(keys),
      dependencies: ['Kafka', 'Redis'],
      alivePath,
    },
    reports: {
      program: 'reports',
      port: ports.reports,
      requests: [...pages, get('/openapi.json'), ...reports],
      dependencies: ['Kafka', 'ClickHouse'],
      alivePath,
    },
    console: {
      program: 'console',
      port: ports.console,
      requests: [...pages, get('/'), get('/assets/a-12345678.js'), ...reports],
      dependencies: ['Kafka', 'ClickHouse', 'reports service'],
      alivePath,
    },
    clickhouse: {
      program: 'clickhouse',
      port: ports.servers.clickhouse,
      requests: clickhouseRequests(keys),
      dependencies: [],
      alivePath: '/ping',
    },
    ...Object.fromEntries(ofMetrics),
  };
}
