import { z } from 'zod';
import { sessionsMaxDefault } from './thread-pool.ts';

const port = z.coerce.number().int().min(0).max(65_535);
const count = z.coerce.number().int().min(1);

const hostNames = /^(?:[a-z0-9][a-z0-9._-]*(?:,[a-z0-9][a-z0-9._-]*){0,15})?$/;

/**
 * Everything that can be set, with its unit in its name. `parseClickHouseServerConfig` names all
 * wrong variables at once.
 */
export const clickHouseServerConfigSchema = z.object({
  /** TCP port of the HTTP interface; 0 takes a free one. */
  CLICKHOUSE_HTTP_PORT: port.default(8123),
  CLICKHOUSE_LISTEN_HOST: z.string().min(1).default('127.0.0.1'),
  /** Names, with commas between, under which this machine's processes may ask as `default`, beside localhost. */
  CLICKHOUSE_LOCAL_HOSTS: z
    .string()
    .toLowerCase()
    .regex(hostNames, 'must be host names without ports, with commas between')
    .default('')
    .transform((names) => (names === '' ? [] : names.split(','))),
  /** Folder that this process alone owns: tables, generated engine configuration, pipes, lock. */
  CLICKHOUSE_DATA_DIR: z.string().min(1),
  /** Password of the user `analyst`. */
  CLICKHOUSE_ANALYST_PASSWORD: z.string().min(8),
  /** Password of the user `default`, who owns the database. */
  CLICKHOUSE_OWNER_PASSWORD: z.string().min(8),
  /** The database that the analyst may read, beside `system` and `information_schema`. */
  CLICKHOUSE_ANALYST_DATABASE: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/)
    .default('semarak'),
  CLICKHOUSE_DISPLAY_NAME: z
    .string()
    .regex(/^[A-Za-z0-9_.-]+$/)
    .default('semarak'),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),

  /** Queries that run at once. Each holds one libuv thread, so UV_THREADPOOL_SIZE must exceed it. */
  CLICKHOUSE_SESSIONS_MAX: count.max(256).default(sessionsMaxDefault),
  /** Of these, so many run nothing of the analyst's, who has one at least. */
  CLICKHOUSE_OWNER_SESSIONS_RESERVED: z.coerce.number().int().min(0).default(4),
  /** Memory that all of the analyst's queries together leave to the rest; each has its part of what is over. */
  CLICKHOUSE_OWNER_MEMORY_BYTES_RESERVED: count.default(2 * 1024 * 1024 * 1024),
  /** Requests of the owner beside those that run; the next one is refused with code 202. */
  CLICKHOUSE_QUEUE_LENGTH_MAX: z.coerce.number().int().min(0).default(256),
  /** The same of the analyst. */
  CLICKHOUSE_ANALYST_QUEUE_LENGTH_MAX: z.coerce.number().int().min(0).default(128),
  /** How long a request may wait for a session before it is refused with code 202. */
  CLICKHOUSE_QUEUE_WAIT_MS_MAX: count.default(30_000),
  /** Connections at once. For one more, the oldest is closed that is neither known nor being answered. */
  /** Sessions of clients (`session_id`) that are kept; of more, the one that would be forgotten next goes. */
  CLICKHOUSE_CLIENT_SESSIONS_MAX: count.default(1_000),
  /** Parts of a request of multipart/form-data. */
  CLICKHOUSE_REQUEST_PARTS_MAX: count.default(100),
  CLICKHOUSE_CONNECTIONS_MAX: count.default(1_024),
  /** Of these, connections over which no user has been let in yet. */
  CLICKHOUSE_CONNECTIONS_UNIDENTIFIED_MAX: count.default(512),
  /** How long a client may take to send the headers of its request. */
  CLICKHOUSE_HEADERS_RECEIVE_MS_MAX: count.default(10_000),
  /** Request body, before and after decompression. */
  CLICKHOUSE_REQUEST_BODY_BYTES_MAX: count.default(256 * 1024 * 1024),
  /** A statement without the data of an INSERT; each is read by the engine's formatter. */
  CLICKHOUSE_STATEMENT_BYTES_MAX: count.default(4 * 1024 * 1024),
  /** Statements whose judgement is remembered, so that a repeated one is not read again. */
  CLICKHOUSE_KNOWN_STATEMENTS_MAX: count.default(1_000),
  /** Bodies of the owner's requests held in memory at once. */
  CLICKHOUSE_BODIES_IN_MEMORY_BYTES_MAX: count.default(1024 * 1024 * 1024),
  /** The same of the analyst's. */
  CLICKHOUSE_ANALYST_BODIES_IN_MEMORY_BYTES_MAX: count.default(256 * 1024 * 1024),
  /** How long a client may take to send its request. */
  CLICKHOUSE_REQUEST_RECEIVE_MS_MAX: count.default(300_000),
  /** Request line and headers; queries in the URL count here. */
  CLICKHOUSE_REQUEST_HEAD_BYTES_MAX: count.default(1024 * 1024),
  CLICKHOUSE_KEEP_ALIVE_MS: count.default(30_000),
  /** A result is held back up to this size, so that an error within it still has its own status. */
  CLICKHOUSE_RESPONSE_BUFFER_BYTES: count.default(1024 * 1024),
  /** The same for requests with wait_end_of_query=1. */
  CLICKHOUSE_WAIT_END_BUFFER_BYTES_MAX: count.default(64 * 1024 * 1024),
  /** A client that has not read for this long loses its query. */
  CLICKHOUSE_RESPONSE_STALL_MS_MAX: count.default(300_000),
  /** Pause between attempts to cancel the query of a client that has gone. */
  CLICKHOUSE_KILL_RETRY_MS: count.default(250),
  /** At shutdown, how long running queries may still take before reads are cancelled. */
  CLICKHOUSE_SHUTDOWN_WAIT_MS_MAX: count.default(10_000),

  /** Default max_execution_time of the user `default`, who may change it. */
  CLICKHOUSE_OWNER_RUN_S_MAX: count.default(3_600),
  CLICKHOUSE_ANALYST_RUN_S_MAX: count.default(60),
  CLICKHOUSE_ANALYST_RESULT_ROWS_MAX: count.default(10_000_000),
  CLICKHOUSE_ANALYST_RESULT_BYTES_MAX: count.default(1024 * 1024 * 1024),
  CLICKHOUSE_ANALYST_MEMORY_BYTES_MAX: count.default(2 * 1024 * 1024 * 1024),
  CLICKHOUSE_ANALYST_THREADS_MAX: count.default(8),
  CLICKHOUSE_ANALYST_QUERY_BYTES_MAX: count.default(256 * 1024),
});

export type ClickHouseServerConfig = z.infer<typeof clickHouseServerConfigSchema>;

/** @throws Error whose message names every wrong variable, one a line. */
export function parseClickHouseServerConfig(
  env: Readonly<Record<string, string | undefined>>,
): ClickHouseServerConfig {
  const parsed = clickHouseServerConfigSchema.safeParse(env);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new Error(`The ClickHouse server's configuration is wrong:\n${lines.join('\n')}`);
}
