import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { identify } from '../http-server/connection-gate.ts';
import { Answer } from './answer.ts';
import { withKnownWords } from './asked-settings.ts';
import { readBody } from './body.ts';
import type { BodyMemory } from './body.ts';
import type { Catalogue } from './catalogue.ts';
import type { ClientSessions, OpenSession } from './client-sessions.ts';
import type { ClickHouseServerConfig } from './config.ts';
import { authenticate } from './credentials.ts';
import type { User } from './credentials.ts';
import type { Engine } from './engine.ts';
import { exception, fromEngine } from './exception.ts';
import { execute } from './execute.ts';
import type { KeptConnections } from './kept-connections.ts';
import { withKillDone } from './kill-query.ts';
import { receivedOf } from './request-body.ts';
import { readRequest, withSession } from './request.ts';
import type { QueryRequest } from './request.ts';
import type { RunningQueries } from './running-queries.ts';
import type { Place, Sessions } from './sessions.ts';
import type { Statements } from './statements.ts';

/** What the requests of a server share. */
export interface ServerParts {
  readonly config: ClickHouseServerConfig;
  readonly engine: Engine;
  readonly connections: KeptConnections;
  readonly catalogue: Catalogue;
  readonly statements: Statements;
  readonly sessions: Sessions;
  readonly clientSessions: ClientSessions;
  readonly runningQueries: RunningQueries;
  readonly memory: Readonly<Record<User, BodyMemory>>;
  readonly logger: Logger;
  /** Aborted one by one when their clients go, all when the server stops. */
  readonly running: Set<AbortController>;
  isStopping: boolean;
}

/**
 * Answers a request with a statement, or with the error that ClickHouse has for what is wrong with it. Resolves when
 * the answer is handed over; throws nothing.
 */
export async function answerQuery(options: {
  parts: ServerParts;
  request: IncomingMessage;
  response: ServerResponse;
  url: URLSearchParams;
}): Promise<void> {
  const { parts, request, response, url } = options;
  const { config, engine, logger } = parts;
  const startedAt = performance.now();
  const client = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) client.abort();
  });
  // One signal for both: to join two of them for each request takes 0.1 ms.
  parts.running.add(client);
  const identity = {
    version: engine.version,
    timezone: engine.timezone,
    displayName: config.CLICKHOUSE_DISPLAY_NAME,
    queryId: url.get('query_id') ?? '',
  };
  let answer = new Answer({ response, identity, heldBytesMax: 0, framing: 'plain' });
  let place: Place | undefined;
  try {
    const user = authenticate({
      request,
      url,
      analystPassword: config.CLICKHOUSE_ANALYST_PASSWORD,
      ownerPassword: config.CLICKHOUSE_OWNER_PASSWORD,
      localHosts: config.CLICKHOUSE_LOCAL_HOSTS,
    });
    identify(request.socket);
    place = parts.sessions.enter(user);
    const { catalogue } = parts;
    const query = withKnownWords({ catalogue, request: readRequest(request, url), user });
    const heldBytesMax =
      query.response === 'held_back'
        ? config.CLICKHOUSE_WAIT_END_BUFFER_BYTES_MAX
        : config.CLICKHOUSE_RESPONSE_BUFFER_BYTES;
    answer = new Answer({
      response,
      identity: { ...identity, queryId: query.queryId },
      heldBytesMax,
      framing: query.framing,
    });
    await runInSession({
      parts,
      request,
      place,
      execution: { user, request: query, answer, gone: client.signal },
    });
    const ms = Math.round(performance.now() - startedAt);
    logger.debug({ queryId: query.queryId, user, ms }, 'query');
  } catch (error) {
    const failure = fromEngine(error);
    logger.debug({ code: failure.code, name: failure.codeName }, 'query failed');
    // What the client still sends of a refused request is not read; its next one needs a connection of its own.
    const isUnread = !request.complete;
    if (isUnread && !response.headersSent) response.setHeader('Connection', 'close');
    if (failure.code === tooManyCode && !response.headersSent)
      response.setHeader('Retry-After', '1');
    if (!response.destroyed) answer.fail(failure);
    if (isUnread) response.once('finish', () => request.destroy());
  } finally {
    parts.running.delete(client);
    place?.leave();
  }
}

/** TOO_MANY_SIMULTANEOUS_QUERIES: a moment later there may be room. */
const tooManyCode = 202;

async function runInSession(options: {
  parts: ServerParts;
  request: IncomingMessage;
  place: Place;
  execution: Pick<Parameters<typeof execute>[0], 'user' | 'request' | 'answer' | 'gone'>;
}): Promise<void> {
  const { parts, request, place, execution } = options;
  const { config, engine, connections, catalogue, statements, memory } = parts;
  const { runningQueries: running } = parts;
  const { user } = execution;
  const body = await readBody({
    request,
    bytesMax: config.CLICKHOUSE_REQUEST_BODY_BYTES_MAX,
    memory: memory[execution.user],
  });
  try {
    if (parts.isStopping) throw exception('ABORTED', 'The server is shutting down.');
    const { request: asked, ...received } = receivedOf({
      request: execution.request,
      contentType: request.headers['content-type'],
      body,
      bytesMax: config.CLICKHOUSE_REQUEST_BODY_BYTES_MAX,
      partsMax: config.CLICKHOUSE_REQUEST_PARTS_MAX,
    });
    // Only fields of a form add settings to those of the URL, which are known.
    const isForm = asked !== execution.request;
    const known = isForm ? withKnownWords({ catalogue, request: asked, user }) : asked;
    const own = withKillDone({ received: { ...received, request: known }, user, running });
    const client = openSession(parts, { user, request: own.request });
    const state = client?.state;
    try {
      const session = await place.session(execution.gone);
      try {
        const ofSession = state === undefined ? {} : { request: withSession(own.request, state) };
        const { pipe } = session;
        const shared = { engine, connections, catalogue, statements, config, running };
        await execute({ ...execution, ...shared, pipe, session: client, ...own, ...ofSession });
      } finally {
        session.release();
      }
    } finally {
      client?.release();
    }
  } finally {
    body.release();
  }
}

function openSession(
  parts: ServerParts,
  of: { user: User; request: QueryRequest },
): OpenSession | undefined {
  const { user, request } = of;
  if (request.session === undefined) return undefined;
  return parts.clientSessions.open({ user, asked: request.session });
}
