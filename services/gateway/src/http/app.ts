import {
  createHttpApp,
  guard,
  healthRoute,
  HttpProblem,
  limitKeys,
  type GuardOptions,
  type HttpAppLimits,
} from '@semarak/infra/http-server';
import { LogUnavailable } from '@semarak/infra/kafka';
import type { Health, Log } from '@semarak/infra/observability';
import type { FastifyInstance } from 'fastify';
import type { Role } from '../config.ts';
import { DuplicatesUnavailable } from '../duplicates/duplicates.ts';
import type { GatewayMetrics } from '../metrics.ts';
import { acceptBodies, bodyLimitOf, isNdjson, type BodyLimits } from './bodies.ts';
import { explanationRoute } from './explanation-route.ts';
import { giftRoutes, type GiftRouteParts } from './gift-routes.ts';
import { memberRoutes, type MemberRouteParts } from './member-routes.ts';
import { permissions, withoutRateLimit } from './permissions.ts';
import { problemOf } from './problem.ts';
import { transactionRoutes, type TransactionRouteParts } from './transaction-routes.ts';

export interface HttpLimits extends BodyLimits, Omit<HttpAppLimits, 'bodyBytesMax'> {
  readonly requestsInFlightPerKeyMax: number;
  readonly ndjsonInFlightMax: number;
  readonly ndjsonInFlightPerKeyMax: number;
}

export interface AppParts {
  readonly log: Log;
  readonly limits: HttpLimits;
  readonly guard: Omit<GuardOptions<Role>, 'permissions' | 'withoutRateLimit'>;
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
  const { app, refuseOtherMethods } = await createHttpApp({
    service: 'gateway',
    title: 'Semarak gateway',
    description:
      'Every error is application/problem+json with `errors: [{field, message}]` where fields are bad.',
    tags: [
      { name: 'transactions', description: 'What tills send' },
      { name: 'members', description: 'Enrolment, and where a member stands' },
      { name: 'gifts', description: 'What the desk hands over' },
    ],
    log,
    limits: { ...limits, bodyBytesMax: limits.jsonBytesMax },
    requests: metrics.requests,
    problemOf: (error, request) => problemOf(error, bodyLimitOf(request, limits)),
    onUnavailable(error) {
      const reason = reasonOf(error);
      metrics.unavailable.inc({ reason });
      log.debug({ reason, err: error }, 'a request is answered 503');
    },
  });
  guard(app, { ...parts.guard, permissions, withoutRateLimit });
  limitKeys(app, {
    inFlightMax: limits.requestsInFlightMax,
    perKeyMax: limits.requestsInFlightPerKeyMax,
    isMeant: () => true,
  });
  limitKeys(app, {
    inFlightMax: limits.ndjsonInFlightMax,
    perKeyMax: limits.ndjsonInFlightPerKeyMax,
    isMeant: isNdjson,
  });
  acceptBodies(app, limits);
  await app.register((routes, _options, done) => {
    healthRoute(routes, {
      summary: 'Whether the whole system takes and answers transactions',
      health: parts.health,
    });
    transactionRoutes(routes, parts.transactions);
    memberRoutes(routes, parts.members);
    explanationRoute(routes, parts.members);
    giftRoutes(routes, parts.gifts);
    routes.get('/openapi.json', { schema: { hide: true } }, () => routes.swagger());
    done();
  });
  refuseOtherMethods();
  return app;
}

function reasonOf(error: unknown): string {
  if (error instanceof LogUnavailable) return 'log';
  if (error instanceof DuplicatesUnavailable) return 'duplicates';
  return error instanceof HttpProblem ? 'gateway' : 'states';
}
