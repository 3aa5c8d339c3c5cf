import httpProxy from '@fastify/http-proxy';
import fastifyStatic from '@fastify/static';
import { createLimitedApp, serverLimits } from '@semarak/infra/http-server';
import type { Health, Log } from '@semarak/infra/observability';
import type { FastifyInstance } from 'fastify';
import { sep } from 'node:path';
import type { Configuration } from './config.ts';
import type { ConsoleMetrics } from './metrics.ts';
import { problemOf, unreachable } from './problem.ts';

/** A year: a hashed name never means other bytes. */
const immutableForS = 31_536_000;

/**
 * Sent with every answer. Nothing but this origin is loaded or asked, no script or style stands in the
 * page itself, and no other site may frame it.
 */
const securityHeaders = {
  'content-security-policy':
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const;

/**
 * What concerns the connection that a request came over, RFC 9110 7.6.1 and 10.1.1. It is not for the next one, and
 * the client that forwards takes most of it for a mistake of ours.
 */
const ofConnection: ReadonlySet<string> = new Set([
  ...['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'proxy-connection'],
  ...['te', 'trailer', 'transfer-encoding', 'upgrade', 'expect'],
]);

/**
 * The page's files, and `/v1/…` of the reports service under the same origin. The answers of the
 * reports service pass as they are; when there is none the answer is 502, 503 or 504 as
 * application/problem+json.
 */
export async function buildApp(parts: {
  configuration: Configuration;
  /** The folder of the built page. */
  pageDir: string;
  log: Log;
  metrics: ConsoleMetrics;
  health: () => Promise<Health>;
}): Promise<FastifyInstance> {
  const { configuration: c, log, metrics, health } = parts;
  const { app, refuseOtherMethods } = createLimitedApp({
    service: 'console',
    log,
    limits: {
      ...serverLimits(c),
      bodyBytesMax: c.BODY_BYTES_MAX,
      requestsInFlightMax: c.REQUESTS_IN_FLIGHT_MAX,
      retryAfterS: c.RETRY_AFTER_S,
    },
    headers: securityHeaders,
    nothingHere: 'There is nothing here; the page is at /.',
    requests: metrics.requests,
    problemOf: (error) => problemOf(error, c.BODY_BYTES_MAX),
    onUnavailable(error) {
      log.warn({ err: error }, 'the console cannot answer a request now');
    },
  });
  app.get('/healthz', async (_request, reply) => {
    const { problems } = await health();
    return reply.code(problems.length === 0 ? 200 : 503).send({ problems });
  });
  await servePage(app, parts.pageDir);
  await forwardReports(app, c);
  refuseOtherMethods();
  return app;
}

async function servePage(app: FastifyInstance, pageDir: string): Promise<void> {
  await app.register(fastifyStatic, {
    root: pageDir,
    cacheControl: false,
    setHeaders(response, path) {
      const isHashed = path.includes(`${sep}assets${sep}`);
      response.setHeader(
        'cache-control',
        isHashed ? `public, max-age=${immutableForS}, immutable` : 'no-cache',
      );
    },
  });
}

async function forwardReports(app: FastifyInstance, c: Configuration): Promise<void> {
  await app.register(httpProxy, {
    upstream: c.REPORTS_URL,
    prefix: '/v1',
    rewritePrefix: '/v1',
    httpMethods: ['GET', 'HEAD', 'POST'],
    // Bodies are read here first, so that the limit of their size holds.
    proxyPayloads: false,
    disableRequestLogging: true,
    undici: {
      connections: c.REPORTS_CONNECTIONS_MAX,
      connect: { timeout: c.REPORTS_CONNECT_MS_MAX },
      headersTimeout: c.REPORTS_ANSWER_MS_MAX,
      bodyTimeout: c.REPORTS_ANSWER_MS_MAX,
    },
    replyOptions: {
      rewriteRequestHeaders: (_request, headers) =>
        Object.fromEntries(Object.entries(headers).filter(([name]) => !ofConnection.has(name))),
      // The page itself tries again, at its own pace.
      retryDelay: () => null,
      onError(reply, { error }) {
        reply.send(unreachable(error));
      },
    },
  });
}
