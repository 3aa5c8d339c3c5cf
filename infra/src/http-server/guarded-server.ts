import {
  createServer,
  STATUS_CODES,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import type { Socket } from 'node:net';
import {
  answerBeingMade,
  ConnectionGate,
  hasBegunAnswer,
  isBeingAnswered,
  type ConnectionLimits,
} from './connection-gate.ts';
import { hostProblem, originForm } from './target.ts';

/** How often connections are looked through for requests and answers that take too long. */
const checkEveryMs = 500;

export interface ServerLimits extends ConnectionLimits {
  /** Time from the connection to the end of a request’s headers. */
  readonly headersReceiveMsMax: number;
  /** Time from the connection to the last byte of a request. */
  readonly requestReceiveMsMax: number;
  /** How long a client may read nothing of an answer that waits for it. */
  readonly answerStallMsMax: number;
  /** How long a part of an answer may wait for its client without a pause; undefined: as long as it reads. */
  readonly answerSendMsMax?: number;
  /** How long a connection stays open without a request. */
  readonly keepAliveMs: number;
  /** Request line and headers; undefined: Node’s own limit. */
  readonly headBytesMax?: number;
}

/** Why a request, or what was to be one, is refused before anybody looks at what it asks for. */
export interface Refusal {
  readonly status: 400 | 405 | 408 | 431 | 500;
  readonly detail: string;
}

/** An answer as it goes over the wire. */
export interface RefusalAnswer {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface GuardedServerOptions {
  readonly limits: ServerLimits;
  /**
   * Answers a request. Its `url` is in origin form, or `*`. What it throws, at once or later, ends that request
   * alone, with 500.
   */
  readonly handle: (request: IncomingMessage, response: ServerResponse) => unknown;
  /** How the server says no. */
  readonly refuse: (refusal: Refusal) => RefusalAnswer;
  /** Is told what went wrong with the server or with a request for no reason of its own. */
  readonly onError: (error: unknown) => void;
}

/**
 * The one kind of HTTP server here. No request ends its process: what is no HTTP, has no readable target or Host,
 * takes too long to arrive or makes the handler throw is answered as that request alone, and an answer that nobody
 * reads is given up. Connections are bounded by a ConnectionGate.
 */
export function createGuardedServer(options: GuardedServerOptions): Server {
  const { limits, handle, onError } = options;
  const gate = new ConnectionGate(limits);
  const fail = (error: unknown, response: ServerResponse): void => {
    onError(error);
    if (response.headersSent) response.destroy();
    else answerRefusal(response, { status: 500, detail: 'The request failed.' }, options);
  };
  const server = createServer(serverOptions(limits), (request, response) => {
    gate.begin(request);
    response.on('error', ignored);
    const refusal = refusalOf(request);
    if (refusal !== undefined) {
      answerRefusal(response, refusal, options);
      return;
    }
    try {
      const answered = handle(request, response);
      if (answered instanceof Promise) answered.catch((error: unknown) => fail(error, response));
    } catch (error) {
      fail(error, response);
    }
  });
  server.on('connection', (socket: Socket) => gate.admit(socket));
  // Also what accepting a connection fails with, such as too many open files.
  server.on('error', onError);
  const refusedNext = new WeakSet<Socket>();
  const refuseMessage = (error: NodeJS.ErrnoException, socket: Socket): void => {
    if (socket.writable && !hasBegunAnswer(socket))
      socket.write(rawAnswer(refusalOfError(error, limits), options));
    socket.destroy(error);
  };
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    if (error.code === 'ECONNRESET' || socket.destroyed || refusedNext.has(socket)) return;
    const earlier = answerBeingMade(socket);
    if (earlier === undefined) {
      refuseMessage(error, socket);
      return;
    }
    // Answers keep the order of their requests (RFC 9112, 9.3.2): what is wrong comes behind this one.
    refusedNext.add(socket);
    earlier.once('close', () => refuseMessage(error, socket));
  });
  server.on('connect', (_request, socket) => {
    socket.on('error', ignored);
    const detail = 'CONNECT is for proxies, which this server is not.';
    socket.end(rawAnswer({ status: 405, detail }, options, { allow: '' }));
  });
  giveUpUnread(server, { gate, limits });
  return server;
}

const ignored = (): void => undefined;

/**
 * Node keeps two limits, of the headers and of the whole request, and exchanges them when the first is the
 * larger one. It looks at them every 30 s unless told otherwise.
 */
const serverOptions = (limits: ServerLimits): ServerOptions => ({
  requestTimeout: limits.requestReceiveMsMax,
  headersTimeout: Math.min(limits.headersReceiveMsMax, limits.requestReceiveMsMax),
  connectionsCheckingInterval: checkEveryMs,
  keepAliveTimeout: limits.keepAliveMs,
  noDelay: true,
  ...(limits.headBytesMax === undefined ? {} : { maxHeaderSize: limits.headBytesMax }),
});

/** Closes the connections of clients that do not read their answers. */
function giveUpUnread(
  server: Server,
  { gate, limits }: { gate: ConnectionGate; limits: ServerLimits },
): void {
  const { answerStallMsMax, answerSendMsMax } = limits;
  // Node tells of a connection on which nothing has moved for so long; while an answer is being made that is right.
  server.setTimeout(answerStallMsMax, (socket) => {
    if (socket.writableLength > 0 || !isBeingAnswered(socket)) socket.destroy();
  });
  if (answerSendMsMax === undefined) return;
  const waitingSince = new Map<Socket, number>();
  const sweep = setInterval(() => {
    const now = performance.now();
    for (const socket of waitingSince.keys())
      if (socket.writableLength === 0 || socket.destroyed) waitingSince.delete(socket);
    for (const socket of gate.open) {
      if (socket.writableLength === 0) continue;
      const since = waitingSince.get(socket);
      if (since === undefined) waitingSince.set(socket, now);
      else if (now - since > answerSendMsMax) socket.destroy();
    }
  }, checkEveryMs);
  sweep.unref();
  server.once('close', () => clearInterval(sweep));
}

/** What is wrong with a request that could be read. Its target is put in origin form. */
function refusalOf(request: IncomingMessage): Refusal | undefined {
  const wrongHost = hostProblem(request);
  if (wrongHost !== undefined) return { status: 400, detail: wrongHost };
  const target = originForm(request.url);
  if (target === undefined)
    return { status: 400, detail: 'The target of the request is neither a path nor a URL.' };
  request.url = target;
  // Node keeps what is wrong with such a body to itself (node_http_parser.cc, Execute: no error when `upgrade` is set), and
  // waits for its end: it could be told from a slow client by the clock alone.
  if (request.headers.upgrade !== undefined && request.headers['transfer-encoding'] !== undefined)
    return {
      status: 400,
      detail: 'Upgrade is not taken with Transfer-Encoding: leave it out, or send Content-Length.',
    };
  return undefined;
}

function refusalOfError({ code }: NodeJS.ErrnoException, limits: ServerLimits): Refusal {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return {
        status: 408,
        detail:
          `The request was not received in time: its headers within ${limits.headersReceiveMsMax} ms ` +
          `(HEADERS_RECEIVE_MS_MAX), all of it within ${limits.requestReceiveMsMax} ms (REQUEST_RECEIVE_MS_MAX).`,
      };
    case 'HPE_HEADER_OVERFLOW':
      return { status: 431, detail: 'The headers are larger than the limit.' };
    default:
      return { status: 400, detail: 'The request is not HTTP that can be read.' };
  }
}

/** To a request that could be read; what still comes of it is not, so the connection ends. */
function answerRefusal(
  response: ServerResponse,
  refusal: Refusal,
  { refuse }: Pick<GuardedServerOptions, 'refuse'>,
): void {
  const { headers, body } = refuse(refusal);
  response.writeHead(refusal.status, {
    ...headers,
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  });
  response.end(body);
}

/** The message as it goes over the wire: there is no response object for what is no request. */
function rawAnswer(
  refusal: Refusal,
  { refuse }: Pick<GuardedServerOptions, 'refuse'>,
  more: Readonly<Record<string, string>> = {},
): string {
  const { headers, body } = refuse(refusal);
  const all = {
    ...headers,
    ...more,
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  const status = `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status] ?? ''}\r\n`;
  return `${status}${lines.join('')}\r\n${body}`;
}
