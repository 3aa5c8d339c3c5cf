import { problemResponses } from '@semarak/infra/http-server';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { programmeOf } from '../answers/report-answers.ts';
import { programmeShape, type Programme } from '../catalogue/database.ts';
import type { Today } from '../catalogue/todays.ts';
import type { Known } from '../freshness/freshness.ts';
import { inTimeZone } from '../freshness/mall-time.ts';
import { completeUpToDescription, lateDescription, programmeIdShape } from './report-routes.ts';

export interface FreshnessRouteParts {
  readonly known: () => Promise<Known>;
  /** Sentences on rows that the report database has lost. */
  readonly damage: () => Promise<readonly string[]>;
  readonly todays: (programmes: readonly Programme[]) => Promise<ReadonlyMap<string, Today>>;
  readonly late: (of: { programme: Programme; asOf: string }) => Promise<{ lateRecords: number }>;
}

const programmesShape = z
  .object({
    programmes: z.array(
      programmeShape.extend({
        today: z
          .string()
          .describe(
            'the newest business day with a sale, and no later than the mall’s date now; the mall’s date when there is none',
          ),
        newest_business_day: z
          .string()
          .nullable()
          .describe('the newest business day with a sale; null when there is none'),
      }),
    ),
  })
  .meta({ id: 'Programmes' });

const freshnessShape = z
  .object({
    complete_up_to: z.string().nullable().describe(completeUpToDescription),
    late_records_today: z.int().describe(`For the programme’s today: ${lateDescription}`),
    lag_records: z
      .int()
      .describe(
        'records in the log, of all programmes, that accrual, rewards and the projector have yet to take in, each counted by whom it waits for',
      ),
    problems: z
      .array(z.string())
      .describe(
        'why figures lack rows all the same, such as a part that ClickHouse has detached, and what to do; empty while nothing is known to be wrong',
      ),
  })
  .meta({ id: 'Freshness' });

/** `GET /v1/programmes` and `GET /v1/freshness`. */
export function freshnessRoutes(app: FastifyInstance, parts: FreshnessRouteParts): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  routes.get(
    '/v1/programmes',
    {
      config: { permission: 'read' },
      schema: {
        operationId: 'listProgrammes',
        tags: ['reports'],
        summary: 'The programmes that are published',
        querystring: z.strictObject({}),
        response: {
          200: {
            description: 'The programmes',
            content: { 'application/json': { schema: programmesShape } },
          },
          ...problemResponses(401, 422, 429, 503),
        },
      },
    },
    async (_request, reply) => {
      const programmes = [...(await parts.known()).state.programmes.values()];
      const todays = await parts.todays(programmes);
      return reply.header('cache-control', 'private, no-cache').send({
        programmes: programmes.map((each) => ({
          ...each,
          today: todays.get(each.programme)?.today ?? '',
          newest_business_day: todays.get(each.programme)?.newestBusinessDay ?? null,
        })),
      });
    },
  );
  routes.get(
    '/v1/freshness',
    {
      config: { permission: 'read' },
      schema: {
        operationId: 'readFreshness',
        tags: ['reports'],
        summary: 'How far the numbers have come',
        querystring: z.strictObject({ programme: programmeIdShape }),
        response: {
          200: {
            description: 'How far',
            content: { 'application/json': { schema: freshnessShape } },
          },
          ...problemResponses(401, 422, 429, 503),
        },
      },
    },
    async (request, reply) => {
      const known = await parts.known();
      const programme = programmeOf(request.query, known);
      const asOf = (await parts.todays([programme])).get(programme.programme)?.today ?? '';
      const { lateRecords } = await parts.late({ programme, asOf });
      const upTo = known.completeUpToMs;
      return reply.header('cache-control', 'private, no-cache').send({
        complete_up_to: upTo === undefined ? null : inTimeZone(upTo, programme.time_zone),
        late_records_today: lateRecords,
        lag_records: known.lagRecords,
        problems: [...(await parts.damage())],
      });
    },
  );
}
