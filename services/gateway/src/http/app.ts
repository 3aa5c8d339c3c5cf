import rateLimit from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import type { Health, Log } from '@semarak/infra/observability';
import Fastify, { LogController, type FastifyInstance } from 'fastify';
import {
  jsonSchemaTransform,
  jsonSchemaTransformObject,
  validatorCompiler,
} from 'fastify-type-provider-zod';
import { z } from 'zod';
import { LogUnavailable } from '@semarak/infra/kafka';
import { DuplicatesUnavailable } from '../duplicates/duplicates.ts';
import type { GatewayMetrics } from '../metrics.ts';
import { acceptBodies, type BodyLimits } from './bodies.ts';
import { explanationRoute } from './explanation-route.ts';
import { giftRoutes, type GiftRouteParts } from './gift-routes.ts';
import { guard, type GuardOptions } from './guard.ts';
import { memberRoutes, type MemberRouteParts } from './member-routes.ts';
import { bodyOf, HttpProblem, problemOf } from './problem.ts';
import { transactionRoutes, type TransactionRouteParts } from './transaction-routes.ts';

export interface HttpLimits extends BodyLimits {
  readonly requestsInFlightMax: number;
  readonly ndjsonInFlightMax: number;
  readonly requestReceiveMsMax: number;
  readonly retryAfterS: number;
}

export interface AppParts {
  readonly log: Log;
  readonly limits: HttpLimits;
  readonly guard: GuardOptions;
  readonly health: () => Promise<Health>;
  readonly metrics: GatewayMetrics;
  readonly transactions: TransactionRouteParts;
  readonly members: MemberRouteParts;
  readonly gifts: GiftRouteParts;
}

/**
 * The gateway’s HTTP side. Once `close` is called, new requests are answered 503 and those at work
 * are finished.
 */
export async function buildApp(parts: AppParts): Promise<FastifyInstance> {
  const { limits, metrics, log } = parts;
  const app = Fastify({
    loggerInstance: log.child({ part: 'http' }),
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: limits.jsonBytesMax,
    requestTimeout: limits.requestReceiveMsMax,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    routerOptions: { maxParamLength: 100 },
  }) as unknown as FastifyInstance;
  app.setValidatorCompiler((route) =>
    route.httpPart === 'body'
      ? (data: unknown) => ({ value: data })
      : validatorCompiler(route as never),
  );
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  answerErrors(app, parts);
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'unknown';
    const labels = { method: request.method, route, status: String(reply.statusCode) };
    metrics.requests.observe(labels, reply.elapsedTime / 1000);
    done();
  });
  limitInFlight(app, limits);
  await app.register(rateLimit, { global: false });
  await document(app);
  guard(app, parts.guard);
  acceptBodies(app, limits);
  await app.register((routes, _options, done) => {
    healthRoute(routes, parts.health);
    transactionRoutes(routes, parts.transactions);
    memberRoutes(routes, parts.members);
    explanationRoute(routes, parts.members);
    giftRoutes(routes, parts.gifts);
    routes.get('/openapi.json', { schema: { hide: true } }, () => routes.swagger());
    done();
  });
  return app;
}

function answerErrors(app: FastifyInstance, { limits, metrics, log }: AppParts): void {
  app.setErrorHandler((error, _request, reply) => {
    const problem = problemOf(error);
    if (problem.status === 500)
      log.error({ err: error }, 'a request failed for no reason of its own');
    if (problem.status === 503) {
      const reason = reasonOf(error);
      metrics.unavailable.inc({ reason });
      log.debug({ reason, err: error }, 'a request is answered 503');
    }
    if (problem.status === 401) void reply.header('www-authenticate', 'Bearer');
    if (problem.status === 503 || problem.retryAfterS !== undefined)
      void reply.header('retry-after', problem.retryAfterS ?? limits.retryAfterS);
    return reply.code(problem.status).type('application/problem+json').send(textOf(problem));
  });
  app.setNotFoundHandler((_request, reply) =>
    reply
      .code(404)
      .type('application/problem+json')
      .send(textOf(new HttpProblem(404, 'There is nothing here; /openapi.json says what is.'))),
  );
}

/** As text, so that no response schema of the route is applied to it. */
const textOf = (problem: HttpProblem): string => JSON.stringify(bodyOf(problem));

function reasonOf(error: unknown): string {
  if (error instanceof LogUnavailable) return 'log';
  if (error instanceof DuplicatesUnavailable) return 'duplicates';
  return error instanceof HttpProblem ? 'gateway' : 'states';
}

/** Answers 503 to what comes beyond the limits, and to everything new while the gateway stops. */
function limitInFlight(app: FastifyInstance, limits: HttpLimits): void {
  let stopping = false;
  let requests = 0;
  let ndjson = 0;
  app.addHook('preClose', (done) => {
    stopping = true;
    done();
  });
  app.addHook('onRequest', (request, reply, done) => {
    const isNdjson = request.headers['content-type']?.startsWith('application/x-ndjson') ?? false;
    const tooMany =
      requests >= limits.requestsInFlightMax || (isNdjson && ndjson >= limits.ndjsonInFlightMax);
    if (stopping || tooMany) {
      const detail = stopping ? 'The gateway is stopping.' : 'Too many requests are at work.';
      done(new HttpProblem(503, detail));
      return;
    }
    requests++;
    if (isNdjson) ndjson++;
    reply.raw.once('close', () => {
      requests--;
      if (isNdjson) ndjson--;
    });
    done();
  });
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (stopping) void reply.header('connection', 'close');
    done(null, payload);
  });
}

async function document(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Semarak gateway',
        version: '1',
        description:
          'Every error is application/problem+json with `errors: [{field, message}]` where fields are bad.',
      },
      components: { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } },
      security: [{ key: [] }],
    },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  });
}

function healthRoute(app: FastifyInstance, health: () => Promise<Health>): void {
  const shape = z.object({ problems: z.array(z.string()) }).meta({ id: 'Health' });
  const answer = { content: { 'application/json': { schema: shape } } };
  app.get(
    '/healthz',
    {
      schema: {
        summary: 'Whether the whole system takes and answers transactions',
        security: [],
        response: {
          200: { description: 'It does', ...answer },
          503: { description: 'It does not, and why', ...answer },
        },
      },
    },
    async (_request, reply) => {
      const { problems } = await health();
      return reply.code(problems.length === 0 ? 200 : 503).send({ problems });
    },
  );
}
