import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { SessionAsked, SessionState } from './client-sessions.ts';
import { exception } from './exception.ts';

/** What a request asks for, apart from its body. */
export interface QueryRequest {
  readonly queryId: string;
  /** The part of the statement that stands in the URL. */
  readonly urlQuery: string;
  readonly database: string | undefined;
  /** The format when the statement names none. */
  readonly defaultFormat: string;
  readonly settings: ReadonlyMap<string, string>;
  /** `param_NAME` by name, as written: ClickHouse's escaped text. */
  readonly parameters: ReadonlyMap<string, string>;
  /** Compression of the answer, when the client accepts one and asks for it. */
  readonly compression: Compression | undefined;
  /** `compress=1`: the answer comes in ClickHouse's own compressed blocks. */
  readonly framing: 'plain' | 'compressed_blocks';
  readonly compressionLevel: number | undefined;
  /** `decompress=1`: the body is in ClickHouse's own compressed blocks. */
  readonly bodyFraming: 'plain' | 'compressed_blocks';
  /** `client_protocol_version`, by which the format Native is written; 0 when it is not given. */
  readonly protocolRevision: number;
  /** `session_id` and what belongs to it. */
  readonly session: SessionAsked | undefined;
  /** `NAME_structure`, `NAME_types` and `NAME_format` of tables that come in a body of multipart/form-data. */
  readonly tableParameters: ReadonlyMap<string, string>;
  /** `wait_end_of_query=1`: nothing is sent before the query has ended. */
  readonly response: 'streamed' | 'held_back';
  /** A GET must not change anything. */
  readonly method: 'read' | 'write';
}

export type Compression = 'zstd' | 'br' | 'lz4' | 'gzip' | 'deflate';

/** In ClickHouse's order of preference. */
const compressions: readonly Compression[] = ['zstd', 'br', 'lz4', 'gzip', 'deflate'];

/** URL parameters of the HTTP interface itself; every other one is a setting. */
const interfaceParameters = new Set([
  'query',
  'database',
  'default_format',
  'user',
  'password',
  'query_id',
  'quota_key',
  'role',
  'session_id',
  'session_timeout',
  'session_check',
  'close_session',
  'stacktrace',
  'buffer_size',
  'wait_end_of_query',
  'client_protocol_version',
  'compress',
  'decompress',
]);

const name = /^[A-Za-z_][A-Za-z0-9_]*$/;

function headerOf(request: IncomingMessage, key: string): string | undefined {
  const value = request.headers[key];
  return Array.isArray(value) ? value[0] : value;
}

function acceptedCompression(request: IncomingMessage): Compression | undefined {
  const accepted = new Set<string>();
  for (const item of (headerOf(request, 'accept-encoding') ?? '').toLowerCase().split(',')) {
    const [coding = '', ...options] = item.split(';').map((part) => part.trim());
    if (!options.some((option) => /^q=0(\.0*)?$/.test(option))) accepted.add(coding);
  }
  return compressions.find((coding) => accepted.has(coding));
}

function isOn(value: string | null | undefined): boolean {
  return value === '1' || value === 'true';
}

const sessionTimeoutSDefault = 60;
const sessionTimeoutSMax = 3_600;
const sessionIdLengthMax = 128;
const protocolRevisionMax = 1_000_000;

function sessionOf(url: URLSearchParams): SessionAsked | undefined {
  const id = url.get('session_id') ?? '';
  if (id === '') return undefined;
  if (id.length > sessionIdLengthMax) {
    throw exception('BAD_ARGUMENTS', `session_id is longer than ${sessionIdLengthMax} characters.`);
  }
  const timeoutS = Number(url.get('session_timeout') ?? sessionTimeoutSDefault);
  if (!Number.isInteger(timeoutS) || timeoutS < 0 || timeoutS > sessionTimeoutSMax) {
    throw exception(
      'INVALID_SESSION_TIMEOUT',
      `session_timeout must be whole seconds up to ${sessionTimeoutSMax}.`,
    );
  }
  const check = isOn(url.get('session_check')) ? 'must_exist' : 'may_be_new';
  return { id, timeoutS, check, after: isOn(url.get('close_session')) ? 'closed' : 'kept' };
}

function protocolRevisionOf(url: URLSearchParams): number {
  const given = url.get('client_protocol_version') ?? '';
  if (given === '') return 0;
  const revision = Number(given);
  if (Number.isInteger(revision) && revision >= 0 && revision <= protocolRevisionMax)
    return revision;
  throw exception('BAD_ARGUMENTS', 'client_protocol_version must be a whole number.');
}

const nothingAsked: QueryRequest = {
  queryId: '',
  urlQuery: '',
  database: undefined,
  defaultFormat: '',
  settings: new Map(),
  parameters: new Map(),
  compression: undefined,
  framing: 'plain',
  compressionLevel: undefined,
  bodyFraming: 'plain',
  protocolRevision: 0,
  session: undefined,
  tableParameters: new Map(),
  response: 'streamed',
  method: 'read',
};

/**
 * The request with more of what a URL holds: settings, parameters, and the statement.
 *
 * @throws DatabaseException UNKNOWN_SETTING for a name that none can have.
 */
export function withParameters(
  request: QueryRequest,
  given: Iterable<readonly [string, string]>,
): QueryRequest {
  const settings = new Map(request.settings);
  const parameters = new Map(request.parameters);
  let { urlQuery } = request;
  for (const [key, value] of given) {
    if (key === 'query') urlQuery += value;
    if (interfaceParameters.has(key)) continue;
    if (!name.test(key)) throw exception('UNKNOWN_SETTING', `Unknown setting '${key}'`);
    if (key.startsWith('param_')) parameters.set(key.slice('param_'.length), value);
    else settings.set(key, value);
  }
  return { ...request, settings, parameters, urlQuery };
}

/** The request with what its session keeps where it says nothing itself. */
export function withSession(request: QueryRequest, state: SessionState): QueryRequest {
  const { settings, parameters, database } = state;
  return {
    ...request,
    settings: new Map([...settings, ...request.settings]),
    parameters: new Map([...parameters, ...request.parameters]),
    database: (request.database ?? '') === '' ? database : request.database,
  };
}

/** @throws DatabaseException for names and values that cannot be. */
export function readRequest(request: IncomingMessage, url: URLSearchParams): QueryRequest {
  const isOfTable = ([key]: readonly [string, string]): boolean =>
    /^multipart\//i.test(headerOf(request, 'content-type') ?? '') &&
    /_(structure|types|format)$/.test(key) &&
    !interfaceParameters.has(key);
  const given = [...url];
  const asked = withParameters(
    nothingAsked,
    given.filter((each) => !isOfTable(each)),
  );
  const { settings, parameters, urlQuery } = asked;
  const level = Number(settings.get('http_zlib_compression_level') ?? Number.NaN);
  return {
    // An empty one is none.
    queryId: url.get('query_id') || headerOf(request, 'x-clickhouse-query-id') || randomUUID(),
    urlQuery,
    database: url.get('database') ?? headerOf(request, 'x-clickhouse-database'),
    defaultFormat:
      url.get('default_format') ?? headerOf(request, 'x-clickhouse-format') ?? 'TabSeparated',
    settings,
    parameters,
    bodyFraming: isOn(url.get('decompress')) ? 'compressed_blocks' : 'plain',
    protocolRevision: protocolRevisionOf(url),
    session: sessionOf(url),
    tableParameters: new Map(given.filter(isOfTable)),
    framing: isOn(url.get('compress')) ? 'compressed_blocks' : 'plain',
    compression: isOn(settings.get('enable_http_compression'))
      ? acceptedCompression(request)
      : undefined,
    compressionLevel: Number.isInteger(level) && level >= 1 && level <= 9 ? level : undefined,
    response: isOn(url.get('wait_end_of_query')) ? 'held_back' : 'streamed',
    method: request.method === 'POST' ? 'write' : 'read',
  };
}
