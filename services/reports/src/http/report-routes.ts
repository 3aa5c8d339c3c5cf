import { problemResponses } from '@semarak/infra/http-server';
import { epochDayOf, idPattern } from '@semarak/schemas';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { ReportAnswer, ReportAnswers } from '../answers/report-answers.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { inTimeZone } from '../freshness/mall-time.ts';
import { formatOf, rawShape } from './answer-format.ts';
import { forPeople } from './spreadsheet.ts';

export interface ReportRouteParts {
  readonly answers: Pick<ReportAnswers, 'answer'>;
  /** The reports that there are now. */
  readonly catalogue: () => Promise<Catalogue>;
}

/** The years whose dates ClickHouse’s Date32 has, with the year before and the day after. */
const [yearMin, yearMax] = ['1901', '2298'];

const asOfShape = z
  .string()
  .refine(
    (text) => epochDayOf(text) !== undefined && text >= yearMin && text.slice(0, 4) <= yearMax,
    `must be a date, YYYY-MM-DD, from ${yearMin} to ${yearMax}`,
  )
  .describe('the mall’s date up to which the periods go, YYYY-MM-DD');

export const programmeIdShape = z
  .string()
  .regex(idPattern, 'must be the id of a programme')
  .describe('id of the programme; GET /v1/programmes lists them');

const columnShape = z
  .object({ name: z.string(), type: z.string().describe('ClickHouse’s') })
  .meta({ id: 'Column' });

const reportsShape = z
  .object({
    reports: z.array(
      z.object({
        name: z.string(),
        parameters: z.array(z.string()),
        columns: z.array(columnShape),
      }),
    ),
  })
  .meta({ id: 'Reports' });

export const completeUpToDescription =
  'Everything that was accepted before this moment, on this system’s own clock, is in the numbers; RFC 3339 with the ' +
  'mall’s offset. null: not known yet';
export const lateDescription =
  'records that were received on this date of the mall (its receivedAt) and belong to a business day before it: ' +
  'sales, refunds and voids, also refused ones';

const reportShape = z
  .object({
    report: z.string(),
    programme: z.string(),
    as_of: z.string(),
    complete_up_to: z.string().nullable().describe(completeUpToDescription),
    late_records_today: z.int().describe(`For as_of: ${lateDescription}`),
    columns: z.array(columnShape),
    rows: z.array(z.looseObject({})).describe('one object a row, by column; see Row_NAME'),
  })
  .meta({ id: 'Report' });

/** `GET /v1/reports` and `GET /v1/reports/{name}`. */
export function reportRoutes(app: FastifyInstance, parts: ReportRouteParts): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  routes.get(
    '/v1/reports',
    {
      config: { permission: 'read' },
      schema: {
        operationId: 'listReports',
        tags: ['reports'],
        summary: 'The reports that there are, with their columns',
        querystring: z.strictObject({}),
        response: {
          200: {
            description: 'The reports',
            content: { 'application/json': { schema: reportsShape } },
          },
          ...problemResponses(401, 422, 429, 503),
        },
      },
    },
    async (_request, reply) => {
      const reports = [...(await parts.catalogue()).values()].map(
        ({ name, parameters, columns }) => ({
          name,
          parameters: [...parameters],
          columns: [...columns],
        }),
      );
      return reply.send({ reports });
    },
  );
  routes.get(
    '/v1/reports/:name',
    {
      config: { permission: 'read' },
      schema: {
        operationId: 'readReport',
        tags: ['reports'],
        summary: 'One report',
        description:
          'As CSV (RFC 4180, with a header row) for Accept: text/csv or format=csv, fit for a spreadsheet unless raw=true. While nothing is being ' +
          'written the answer has a weak ETag by the log position that the numbers are true for; ' +
          'If-None-Match with it is answered 304 as long as they are.',
        params: z.object({ name: z.string().min(1).max(100).describe('name of the report') }),
        querystring: z.strictObject({
          programme: programmeIdShape,
          as_of: asOfShape,
          format: z.enum(['json', 'csv']).optional(),
          raw: rawShape.optional(),
        }),
        response: {
          200: {
            description: 'The numbers',
            content: {
              'application/json': { schema: reportShape },
              'text/csv': { schema: z.string() },
            },
          },
          304: z.null().describe('The numbers are those of the ETag given'),
          ...problemResponses(401, 404, 406, 422, 429, 503),
        },
      },
    },
    async (request, reply) => {
      const { programme, as_of: asOf } = request.query;
      const format = formatOf(request, request.query.format);
      const answer = await parts.answers.answer({
        name: request.params.name,
        programme,
        asOf,
        format,
        ifNoneMatch: request.headers['if-none-match'],
      });
      void reply.headers({ vary: 'Accept, Authorization', 'cache-control': 'private, no-cache' });
      if (answer.etag !== undefined) void reply.header('etag', answer.etag);
      const untyped = reply as unknown as { send(text?: string): typeof reply };
      if (answer.type === 'not_modified') {
        void reply.code(304);
        return untyped.send();
      }
      if (format === 'json') {
        void reply.type('application/json; charset=utf-8');
        return untyped.send(jsonOf(answer, asOf));
      }
      const file = `${answer.report.name}_${programme}_${asOf}.csv`;
      void reply.headers({
        'content-type': 'text/csv; charset=utf-8; header=present',
        'content-disposition': `attachment; filename="${file}"`,
      });
      const { text } = answer.rows;
      return untyped.send(request.query.raw === 'true' ? text : forPeople(text));
    },
  );
}

/** Rows stay the text that ClickHouse wrote: its numbers of 64 bits would not survive being parsed. */
function jsonOf(answer: Extract<ReportAnswer, { type: 'rows' }>, asOf: string): string {
  const { report, programme, known, rows } = answer;
  const upTo = known.completeUpToMs;
  const head = JSON.stringify({
    report: report.name,
    programme: programme.programme,
    as_of: asOf,
    complete_up_to: upTo === undefined ? null : inTimeZone(upTo, programme.time_zone),
    late_records_today: rows.lateRecords,
    columns: report.columns,
  });
  const lines = rows.text.trimEnd().replaceAll('\n', ',');
  return `${head.slice(0, -1)},"rows":[${lines}]}`;
}
