import {
  createHttpApp,
  guard,
  healthRoute,
  HttpProblem,
  parseJson,
  type GuardOptions,
  type HttpAppLimits,
} from '@semarak/infra/http-server';
import type { Health, Log } from '@semarak/infra/observability';
import type { FastifyInstance } from 'fastify';
import type { ReportsMetrics } from '../metrics.ts';
import { openApi } from './open-api.ts';
import { freshnessRoutes, type FreshnessRouteParts } from './freshness-routes.ts';
import { problemOf } from './problem.ts';
import { queryRoute, type QueryRouteParts } from './query-route.ts';
import { reportRoutes, type ReportRouteParts } from './report-routes.ts';

export interface AppParts {
  readonly log: Log;
  readonly limits: HttpAppLimits;
  readonly guard: Omit<GuardOptions<'analyst'>, 'permissions' | 'withoutRateLimit'>;
  readonly health: () => Promise<Health>;
  readonly metrics: ReportsMetrics;
  readonly reports: ReportRouteParts;
  readonly freshness: FreshnessRouteParts;
  readonly query: QueryRouteParts;
}

/** The HTTP side: everything under /v1 needs the analyst’s key. */
export async function buildApp(parts: AppParts): Promise<FastifyInstance> {
  const { log, limits, metrics } = parts;
  const { app, refuseOtherMethods } = await createHttpApp({
    service: 'reports service',
    title: 'Semarak reports',
    description:
      'The numbers of the report database as JSON and CSV. Every error is application/problem+json with ' +
      '`errors: [{field, message}]` where fields are bad.',
    tags: [
      { name: 'reports', description: 'The reports, and how far they are complete' },
      { name: 'statements', description: 'SQL of one’s own' },
    ],
    log,
    limits,
    requests: metrics.requests,
    problemOf: (error) => problemOf(error, limits.bodyBytesMax),
    onUnavailable(error) {
      metrics.unavailable.inc();
      log.debug({ err: error }, 'a request is answered 503');
    },
  });
  guard(app, { ...parts.guard, permissions: { analyst: ['read'] }, withoutRateLimit: [] });
  readJsonAlone(app);
  await app.register((routes, _options, done) => {
    healthRoute(routes, {
      summary: 'Whether reports can be answered now',
      health: parts.health,
    });
    reportRoutes(routes, parts.reports);
    freshnessRoutes(routes, parts.freshness);
    queryRoute(routes, parts.query);
    routes.get('/openapi.json', { schema: { hide: true } }, async () =>
      openApi(routes.swagger(), await parts.reports.catalogue().catch(() => undefined)),
    );
    done();
  });
  refuseOtherMethods();
  return app;
}

function readJsonAlone(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'string' },
    (_request, body: string, done) => {
      const parsed = parseJson(body);
      if (parsed.type === 'value') done(null, parsed.value);
      else done(new HttpProblem(400, `The body ${parsed.message}.`));
    },
  );
}
