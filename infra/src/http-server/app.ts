import rateLimit from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import Fastify, {
  LogController,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import {
  jsonSchemaTransform,
  jsonSchemaTransformObject,
  validatorCompiler,
} from 'fastify-type-provider-zod';
import type { Histogram } from 'prom-client';
import { z } from 'zod';
import type { Health, Log } from '../observability/index.ts';
import { HttpProblem, textOf } from './problem.ts';
import { measureRequests } from './request-seconds.ts';

export interface HttpAppLimits {
  readonly bodyBytesMax: number;
  /** Requests at work at once; more are answered 503. */
  readonly requestsInFlightMax: number;
  /** Time from the connection to the last byte of a request. */
  readonly requestReceiveMsMax: number;
  /** 503 tells the client to come again after this. */
  readonly retryAfterS: number;
}

/** Requests of which fewer may be at work at once, such as those that hold a large body. */
interface HeavyRequests {
  readonly inFlightMax: number;
  readonly isHeavy: (request: FastifyRequest) => boolean;
}

export interface HttpAppOptions {
  /** What the service is called in sentences, such as `gateway`. */
  readonly service: string;
  readonly title: string;
  readonly description: string;
  readonly log: Log;
  readonly limits: HttpAppLimits;
  readonly heavy?: HeavyRequests;
  /** How long requests took, by method, route and status. */
  readonly requests: Histogram<'method' | 'route' | 'status'>;
  /** Turns whatever was thrown into an answer. */
  readonly problemOf: (error: unknown) => HttpProblem;
  /** Is told of each answer 503. */
  readonly onUnavailable: (error: unknown) => void;
}

/**
 * What every HTTP side of a service has: errors as application/problem+json, limits of requests at work, a
 * measure of each answer, an OpenAPI document at /openapi.json. Bodies come to the routes as they are;
 * parameters are checked by the routes' schemas. Once `close` is called, new requests are answered 503 and
 * those at work are finished.
 */
export async function createHttpApp(options: HttpAppOptions): Promise<FastifyInstance> {
  const { limits, log } = options;
  const app = Fastify({
    loggerInstance: log.child({ part: 'http' }),
    // A logger of its own for each request would be made by copying, and nothing is logged with it.
    childLoggerFactory: (logger) => logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: limits.bodyBytesMax,
    requestTimeout: limits.requestReceiveMsMax,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    // A path that cannot be read comes to no error handler.
    frameworkErrors(error, _request, reply) {
      void sendProblem(reply, options.problemOf(error));
    },
    routerOptions: { maxParamLength: 100 },
  }) as unknown as FastifyInstance;
  app.setValidatorCompiler((route) =>
    route.httpPart === 'body'
      ? (data: unknown) => ({ value: data })
      : validatorCompiler(route as never),
  );
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  answerErrors(app, options);
  measureRequests(app, options.requests);
  limitInFlight(app, options);
  await app.register(rateLimit, { global: false });
  await document(app, options);
  return app;
}

function answerErrors(app: FastifyInstance, options: HttpAppOptions): void {
  const { limits, log } = options;
  app.setErrorHandler((error, _request, reply) => {
    const problem = options.problemOf(error);
    if (problem.status === 500)
      log.error({ err: error }, 'a request failed for no reason of its own');
    if (problem.status === 503) options.onUnavailable(error);
    if (problem.status === 401) void reply.header('www-authenticate', 'Bearer');
    if (problem.status === 503 || problem.retryAfterS !== undefined)
      void reply.header('retry-after', problem.retryAfterS ?? limits.retryAfterS);
    return sendProblem(reply, problem);
  });
  app.setNotFoundHandler((_request, reply) =>
    sendProblem(reply, new HttpProblem(404, 'There is nothing here; /openapi.json says what is.')),
  );
}

const sendProblem = (reply: FastifyReply, problem: HttpProblem): FastifyReply =>
  reply.code(problem.status).type('application/problem+json').send(textOf(problem));

/** Answers 503 to what comes beyond the limits, and to everything new while the service stops. */
function limitInFlight(app: FastifyInstance, { service, limits, heavy }: HttpAppOptions): void {
  let stopping = false;
  let requests = 0;
  let heavyRequests = 0;
  app.addHook('preClose', (done) => {
    stopping = true;
    done();
  });
  app.addHook('onRequest', (request, reply, done) => {
    const isHeavy = heavy?.isHeavy(request) ?? false;
    const tooMany =
      requests >= limits.requestsInFlightMax ||
      (isHeavy && heavyRequests >= (heavy?.inFlightMax ?? 0));
    if (stopping || tooMany) {
      const detail = stopping ? `The ${service} is stopping.` : 'Too many requests are at work.';
      done(new HttpProblem(503, detail));
      return;
    }
    requests++;
    if (isHeavy) heavyRequests++;
    reply.raw.once('close', () => {
      requests--;
      if (isHeavy) heavyRequests--;
    });
    done();
  });
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (stopping) void reply.header('connection', 'close');
    done(null, payload);
  });
}

async function document(app: FastifyInstance, options: HttpAppOptions): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: options.title, version: '1', description: options.description },
      components: { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } },
      security: [{ key: [] }],
    },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  });
}

/** `GET /healthz`, open to everybody: 200 without problems, else 503, with the problems. */
export function healthRoute(
  app: FastifyInstance,
  { summary, health }: { readonly summary: string; readonly health: () => Promise<Health> },
): void {
  const shape = z.object({ problems: z.array(z.string()) }).meta({ id: 'Health' });
  const answer = { content: { 'application/json': { schema: shape } } };
  app.get(
    '/healthz',
    {
      schema: {
        summary,
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
