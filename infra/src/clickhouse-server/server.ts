import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { createGuardedServer } from '../http-server/guarded-server.ts';
import type { Refusal, RefusalAnswer } from '../http-server/guarded-server.ts';
import { partsOf } from '../http-server/target.ts';
import { answerQuery } from './answer-query.ts';
import type { ServerParts } from './answer-query.ts';
import { BodyMemory } from './body.ts';
import { ClientSessions } from './client-sessions.ts';
import type { ClickHouseServerConfig } from './config.ts';
import { readCatalogue } from './catalogue.ts';
import { lockDataDir, makePipes, writeEngineConfig } from './engine-files.ts';
import { Engine } from './engine.ts';
import { exception, exceptionText } from './exception.ts';
import { KeptConnections } from './kept-connections.ts';
import { RunningQueries } from './running-queries.ts';
import { Statements } from './statements.ts';
import { sessionLimits, Sessions, withinReserve } from './sessions.ts';
import { sessionsThatFit } from './thread-pool.ts';

export interface ClickHouseServer {
  /** The TCP port it listens on. */
  readonly port: number;
  /** Queries that run at once; fewer than configured when the thread pool is too small. */
  readonly sessions: number;
  /**
   * Stops accepting, lets running queries end for a bounded time, cancels what still reads, and
   * closes the engine, after which everything answered is on disk. Repeats do nothing.
   */
  close(): Promise<void>;
}

/**
 * Opens the data folder and serves ClickHouse's HTTP interface on it.
 *
 * @throws Error when the folder is in use, cannot be opened, or the port is taken.
 */
export async function startClickHouseServer(options: {
  config: ClickHouseServerConfig;
  logger: Logger;
}): Promise<ClickHouseServer> {
  const { logger } = options;
  const dataDir = options.config.CLICKHOUSE_DATA_DIR;
  const lock = lockDataDir(dataDir);
  try {
    const count = sessionsThatFit(options.config.CLICKHOUSE_SESSIONS_MAX);
    const limits = sessionLimits(options.config, count);
    const config = withinReserve(options.config, limits.analyst.sessionsMax);
    const pipes = makePipes({ dataDir, count });
    const engine = await Engine.open({ dataDir, ...writeEngineConfig(config) });
    const sessions = new Sessions({
      pipes,
      limits,
      queueWaitMsMax: config.CLICKHOUSE_QUEUE_WAIT_MS_MAX,
    });
    const memory = {
      default: new BodyMemory(config.CLICKHOUSE_BODIES_IN_MEMORY_BYTES_MAX),
      analyst: new BodyMemory(config.CLICKHOUSE_ANALYST_BODIES_IN_MEMORY_BYTES_MAX),
    };
    const connections = new KeptConnections(engine, count);
    const catalogue = await connections.use('', readCatalogue);
    const parts: ServerParts = {
      config,
      engine,
      connections,
      catalogue,
      statements: new Statements({
        connections,
        catalogue,
        textBytesMax: config.CLICKHOUSE_STATEMENT_BYTES_MAX,
        keptMax: config.CLICKHOUSE_KNOWN_STATEMENTS_MAX,
      }),
      sessions,
      clientSessions: new ClientSessions({
        sessionsMax: config.CLICKHOUSE_CLIENT_SESSIONS_MAX,
        nowMs: () => performance.now(),
      }),
      runningQueries: new RunningQueries(),
      memory,
      logger,
      running: new Set(),
      isStopping: false,
    };
    const server = await listen(parts).catch((error: unknown) => {
      engine.close();
      throw error;
    });
    const { port } = server.address() as AddressInfo;
    let closing: Promise<void> | undefined;
    return {
      port,
      sessions: count,
      close: () => (closing ??= stop({ parts, server }).finally(() => lock.release())),
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

function listen(parts: ServerParts): Promise<Server> {
  const { config, logger } = parts;
  const server = createGuardedServer({
    limits: {
      connectionsMax: config.CLICKHOUSE_CONNECTIONS_MAX,
      unidentifiedConnectionsMax: config.CLICKHOUSE_CONNECTIONS_UNIDENTIFIED_MAX,
      headBytesMax: config.CLICKHOUSE_REQUEST_HEAD_BYTES_MAX,
      headersReceiveMsMax: config.CLICKHOUSE_HEADERS_RECEIVE_MS_MAX,
      requestReceiveMsMax: config.CLICKHOUSE_REQUEST_RECEIVE_MS_MAX,
      keepAliveMs: config.CLICKHOUSE_KEEP_ALIVE_MS,
      answerStallMsMax: config.CLICKHOUSE_RESPONSE_STALL_MS_MAX,
    },
    handle: (request, response) => handle({ parts, request, response }),
    refuse: (refusal) => refusalAnswer(refusal, parts.engine.version),
    onError: (error) => logger.error({ err: error }, 'the server met an error'),
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(config.CLICKHOUSE_HTTP_PORT, config.CLICKHOUSE_LISTEN_HOST, () => {
      server.off('error', reject);
      resolve(server);
    });
  });
}

/** A refusal of what no statement was read of, as ClickHouse writes its errors. */
function refusalAnswer({ status, detail }: Refusal, version: string): RefusalAnswer {
  const failure =
    status === 408 ? exception('TIMEOUT_EXCEEDED', detail) : exception('BAD_ARGUMENTS', detail);
  return {
    headers: {
      'content-type': 'text/plain; charset=UTF-8',
      'x-clickhouse-exception-code': String(failure.code),
    },
    body: exceptionText(failure, version),
  };
}

async function stop({ parts, server }: { parts: ServerParts; server: Server }): Promise<void> {
  const { sessions, running, engine, connections, config } = parts;
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const deadline = Date.now() + config.CLICKHOUSE_SHUTDOWN_WAIT_MS_MAX;
  while (sessions.running > 0 && Date.now() < deadline) await delay(20);
  parts.isStopping = true;
  for (const client of running) client.abort();
  // Reads are cancelled now; an insert is let to its end, which max_execution_time bounds.
  while (sessions.running > 0) await delay(20);
  server.closeAllConnections();
  await closed;
  connections.close();
  engine.close();
}

const plainPages: Readonly<Record<string, string | undefined>> = {
  '/ping': 'Ok.\n',
  '/replicas_status': 'Ok.\n',
};
const methods = { page: 'GET, HEAD', query: 'GET, HEAD, POST' } as const;

async function handle(options: {
  parts: ServerParts;
  request: IncomingMessage;
  response: ServerResponse;
}): Promise<void> {
  const { parts, request, response } = options;
  const { method = '' } = request;
  const { path, query } = partsOf(request.url ?? '/');
  const page = Object.hasOwn(plainPages, path) ? plainPages[path] : undefined;
  const isQuery = path === '/' || path === '/query';
  if (page === undefined && !isQuery) {
    answerText(response, 404, `There is no handle ${path}\n\nUse / or /ping for health checks.\n`);
    return;
  }
  const allowed = isQuery ? methods.query : methods.page;
  if (!allowed.split(', ').includes(method)) {
    response.setHeader('Allow', allowed);
    answerText(response, 405, `${method} is not allowed for ${path}; ${allowed} are.\n`);
    return;
  }
  if (page !== undefined || (method !== 'POST' && path === '/' && query.size === 0)) {
    response.setHeader('Content-Type', 'text/html; charset=UTF-8');
    response.end(page ?? 'Ok.\n');
    return;
  }
  await answerQuery({ ...options, url: query });
  parts.logger.trace({ path, status: response.statusCode }, 'answered');
}

function answerText(response: ServerResponse, status: 404 | 405, text: string): void {
  response.statusCode = status;
  response.setHeader('Content-Type', 'text/plain; charset=UTF-8');
  response.end(text);
}
