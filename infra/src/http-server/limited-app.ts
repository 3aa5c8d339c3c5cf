import Fastify, { LogController, type FastifyInstance, type FastifyRequest } from 'fastify';
import type { Histogram } from 'prom-client';
import type { Log } from '../observability/index.ts';
import { createGuardedServer, type ServerLimits } from './guarded-server.ts';
import { tooManyAtWork } from './limit-keys.ts';
import { hidden, otherMethods } from './other-methods.ts';
import { HttpProblem, refusalProblem, sendProblem } from './problem.ts';
import { measureRequests } from './request-seconds.ts';

export interface HttpAppLimits extends ServerLimits {
  readonly bodyBytesMax: number;
  /** Requests at work at once; more are answered 503. */
  readonly requestsInFlightMax: number;
  /** 503 tells the client to come again after this. */
  readonly retryAfterS: number;
}

export interface LimitedAppOptions {
  /** What the service is called in sentences, such as `gateway`. */
  readonly service: string;
  readonly log: Log;
  readonly limits: HttpAppLimits;
  /** Sent with every answer. */
  readonly headers: Readonly<Record<string, string>>;
  /** What is said of a path that there is not. */
  readonly nothingHere: string;
  /** How long requests took, by method, route and status. */
  readonly requests: Histogram<'method' | 'route' | 'status'>;
  /** Turns whatever was thrown into an answer. */
  readonly problemOf: (error: unknown, request: FastifyRequest) => HttpProblem;
  /** Is told of each answer 502, 503 and 504. */
  readonly onUnavailable: (error: unknown) => void;
}

export interface LimitedApp {
  readonly app: FastifyInstance;
  /** To be called after the last route. */
  readonly refuseOtherMethods: () => void;
}

/**
 * A server whose errors are application/problem+json, also those of what is no request yet, with limits of
 * requests at work and of the time that one takes to arrive, and a measure of each answer. Once `close` is
 * called, new requests are answered 503 and those at work are finished.
 */
export function createLimitedApp(options: LimitedAppOptions): LimitedApp {
  const { limits, log, headers } = options;
  const app = Fastify({
    serverFactory: (handle) =>
      createGuardedServer({
        limits,
        handle,
        refuse: (refusal) => refusalProblem(refusal, headers),
        onError: (error) => log.error({ err: error }, 'the server met an error'),
      }),
    // The guarded server answers what is no request.
    clientErrorHandler: () => undefined,
    loggerInstance: log.child({ part: 'http' }),
    // A logger of its own for each request would be made by copying, and nothing is logged with it.
    childLoggerFactory: (logger) => logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: limits.bodyBytesMax,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    // A path that cannot be read comes to no error handler and to no hook.
    frameworkErrors(error, request, reply) {
      void reply.headers(headers);
      void sendProblem(reply, options.problemOf(error, request));
    },
    routerOptions: { maxParamLength: 100 },
  }) as unknown as FastifyInstance;
  if (Object.keys(headers).length > 0)
    app.addHook('onRequest', (_request, reply, done) => {
      void reply.headers(headers);
      done();
    });
  answerErrors(app, options);
  measureRequests(app, options.requests);
  limitInFlight(app, options);
  const refuseOtherMethods = otherMethods(app);
  // Asks for nothing that another server has to answer first, as the health does.
  app.get('/livez', { schema: hidden }, (_request, reply) => reply.send({}));
  return { app, refuseOtherMethods };
}

function answerErrors(app: FastifyInstance, options: LimitedAppOptions): void {
  const { limits, log } = options;
  app.setErrorHandler((error, request, reply) => {
    const problem = options.problemOf(error, request);
    if (problem.status === 500)
      log.error({ err: error }, 'a request failed for no reason of its own');
    if (problem.status > 500) options.onUnavailable(error);
    if (problem.status === 401) void reply.header('www-authenticate', 'Bearer');
    if (problem.status === 503 || problem.retryAfterS !== undefined)
      void reply.header('retry-after', problem.retryAfterS ?? limits.retryAfterS);
    return sendProblem(reply, problem);
  });
  app.setNotFoundHandler((_request, reply) =>
    sendProblem(reply, new HttpProblem(404, options.nothingHere)),
  );
}

/** Answers 503 to what comes beyond the limits, and to everything new while the service stops. */
function limitInFlight(app: FastifyInstance, { service, limits }: LimitedAppOptions): void {
  let stopping = false;
  let requests = 0;
  app.addHook('preClose', (done) => {
    stopping = true;
    done();
  });
  app.addHook('onRequest', (_request, reply, done) => {
    if (stopping || requests >= limits.requestsInFlightMax) {
      done(stopping ? new HttpProblem(503, `The ${service} is stopping.`) : tooManyAtWork());
      return;
    }
    requests++;
    reply.raw.once('close', () => requests--);
    done();
  });
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (stopping) void reply.header('connection', 'close');
    done(null, payload);
  });
}
