import type { FastifyServerOptions } from 'fastify';
import {
  maxHeaderSize,
  STATUS_CODES,
  type OutgoingHttpHeaders,
  type ServerOptions,
} from 'node:http';
import type { Socket } from 'node:net';
import { HttpProblem, textOf } from './problem.ts';

/** How often connections are looked through for requests that have taken too long to arrive. */
const checkEveryMs = 500;
/** Node's own limit of the time that headers may take. */
const headersReceiveMsMax = 60_000;

export interface ReceivingOptions {
  /** Time from the connection to the last byte of a request. */
  readonly requestReceiveMsMax: number;
  /** Sent with the answer to what is no request yet, which no hook sees. */
  readonly headers: OutgoingHttpHeaders;
}

interface Receiving {
  readonly requestTimeout: number;
  readonly http: ServerOptions;
  readonly clientErrorHandler: NonNullable<FastifyServerOptions['clientErrorHandler']>;
}

/**
 * Options of Node's server by which a request has so long to arrive.
 *
 * Node keeps two limits, of the headers and of the whole request, and exchanges them when the first is the
 * larger one, so that the whole request would have Node's 60 s for headers. It looks at them every 30 s
 * unless told otherwise.
 */
export const receivedWithin = (requestReceiveMsMax: number) =>
  ({
    requestTimeout: requestReceiveMsMax,
    headersTimeout: Math.min(headersReceiveMsMax, requestReceiveMsMax),
    connectionsCheckingInterval: checkEveryMs,
  }) satisfies ServerOptions;

/**
 * Fastify's options by which a request that is not received in time, has too long headers or is no HTTP is
 * answered 408, 431 or 400 as application/problem+json, and its connection closed.
 */
export function receiving(options: ReceivingOptions): Receiving {
  const { requestReceiveMsMax } = options;
  return {
    requestTimeout: requestReceiveMsMax,
    http: receivedWithin(requestReceiveMsMax),
    clientErrorHandler(error, socket) {
      if (error.code === 'ECONNRESET' || socket.destroyed) return;
      if (socket.writable && !isBeingAnswered(socket))
        socket.write(answerOf(problemOf(error.code, requestReceiveMsMax), options.headers));
      socket.destroy(error);
    },
  };
}

function problemOf(code: string | undefined, requestReceiveMsMax: number): HttpProblem {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new HttpProblem(
        408,
        `The request was not received within ${requestReceiveMsMax} ms (REQUEST_RECEIVE_MS_MAX).`,
      );
    case 'HPE_HEADER_OVERFLOW':
      return new HttpProblem(
        431,
        `The headers are larger than the limit of ${maxHeaderSize} bytes.`,
      );
    default:
      return new HttpProblem(400, 'The request is not HTTP that can be read.');
  }
}

/** The message as it goes over the wire: there is no response object for what is no request. */
function answerOf(problem: HttpProblem, more: OutgoingHttpHeaders): string {
  const body = textOf(problem);
  const headers = {
    ...more,
    'content-type': 'application/problem+json',
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${String(value)}\r\n`);
  const status = `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}\r\n`;
  return `${status}${lines.join('')}\r\n${body}`;
}

/** True while an earlier answer of the connection is being sent; Node asks its sockets the same. */
const isBeingAnswered = (
  socket: Socket & { readonly _httpMessage?: { readonly headersSent: boolean } | null },
): boolean => socket._httpMessage?.headersSent ?? false;
