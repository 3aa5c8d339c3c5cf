import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
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

function refuseUnsupported(url: URLSearchParams, request: IncomingMessage): void {
  if (isOn(url.get('decompress'))) {
    throw exception('NOT_IMPLEMENTED', 'decompress=1 is not supported here; use Content-Encoding.');
  }
  if (/^multipart\//i.test(headerOf(request, 'content-type') ?? '')) {
    throw exception('NOT_IMPLEMENTED', 'multipart/form-data is not supported here.');
  }
}

/** @throws DatabaseException for names that cannot be and for what is not supported. */
export function readRequest(request: IncomingMessage, url: URLSearchParams): QueryRequest {
  refuseUnsupported(url, request);
  const settings = new Map<string, string>();
  const parameters = new Map<string, string>();
  for (const [key, value] of url) {
    if (interfaceParameters.has(key)) continue;
    const isParameter = key.startsWith('param_');
    if (!name.test(key)) throw exception('UNKNOWN_SETTING', `Unknown setting '${key}'`);
    if (isParameter) parameters.set(key.slice('param_'.length), value);
    else settings.set(key, value);
  }
  const level = Number(settings.get('http_zlib_compression_level') ?? Number.NaN);
  return {
    queryId: url.get('query_id') ?? headerOf(request, 'x-clickhouse-query-id') ?? randomUUID(),
    urlQuery: url.get('query') ?? '',
    database: url.get('database') ?? headerOf(request, 'x-clickhouse-database'),
    defaultFormat:
      url.get('default_format') ?? headerOf(request, 'x-clickhouse-format') ?? 'TabSeparated',
    settings,
    parameters,
    framing: isOn(url.get('compress')) ? 'compressed_blocks' : 'plain',
    compression: isOn(settings.get('enable_http_compression'))
      ? acceptedCompression(request)
      : undefined,
    compressionLevel: Number.isInteger(level) && level >= 1 && level <= 9 ? level : undefined,
    response: isOn(url.get('wait_end_of_query')) ? 'held_back' : 'streamed',
    method: request.method === 'POST' ? 'write' : 'read',
  };
}
