import { HttpProblem, inWords, problemResponses } from '@semarak/infra/http-server';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Statements, StatementRows } from '../answers/statements.ts';
import { formatOf, rawShape } from './answer-format.ts';
import { forPeople } from './spreadsheet.ts';

export interface QueryRouteParts {
  readonly statements: Pick<Statements, 'json' | 'csv'>;
}

const bodyShape = z
  .strictObject({ sql: z.string().min(1).describe('one statement that reads') })
  .meta({
    id: 'Query',
    examples: [{ sql: 'SELECT programme, count() AS sales FROM sales GROUP BY programme' }],
  });

const rowsShape = z
  .object({
    columns: z.array(z.object({ name: z.string(), type: z.string() })),
    rows: z.array(z.array(z.unknown())),
    row_count: z.int().describe('rows in this answer'),
    elapsed_ms: z.number().describe('time that ClickHouse took'),
    rows_read: z.int(),
    bytes_read: z.int(),
    truncated: z.boolean().describe('there were more rows; as CSV all of them come'),
  })
  .meta({ id: 'QueryAnswer' });

/** `POST /v1/query`. */
export function queryRoute(app: FastifyInstance, { statements }: QueryRouteParts): void {
  app.withTypeProvider<ZodTypeProvider>().post(
    '/v1/query',
    {
      config: { permission: 'read' },
      schema: {
        operationId: 'query',
        tags: ['statements'],
        summary: 'One SQL statement, as the user who can only read',
        description:
          'ClickHouse’s SQL on the database semarak. Time, rows, bytes and memory are limited. As CSV for ' +
          'Accept: text/csv, fit for a spreadsheet unless raw=true. What ClickHouse refuses is 422 with its message.',
        querystring: z.strictObject({ raw: rawShape.optional() }),
        body: bodyShape,
        response: {
          200: {
            description: 'The rows',
            content: {
              'application/json': { schema: rowsShape },
              'text/csv': { schema: z.string() },
            },
          },
          ...problemResponses(400, 401, 406, 413, 415, 422, 429, 503),
        },
      },
    },
    async (request, reply) => {
      const format = formatOf(request, undefined);
      const { sql } = parsed(request.body);
      const untyped = reply as unknown as { send(text: string): typeof reply };
      if (format === 'csv') {
        const text = await statements.csv(sql);
        void reply.type('text/csv; charset=utf-8; header=present');
        return untyped.send(request.query.raw === 'true' ? text : forPeople(text));
      }
      const answer = await statements.json(sql);
      void reply.type('application/json; charset=utf-8');
      return untyped.send(textOf(answer));
    },
  );
}

function parsed(body: unknown): z.infer<typeof bodyShape> {
  const result = bodyShape.safeParse(body);
  if (result.success) return result.data;
  const errors = result.error.issues.map(({ path, message }) => ({
    field: path.join('.') || 'body',
    message,
  }));
  throw new HttpProblem(422, `${inWords(errors)}.`, { errors });
}

function textOf({ columns, rows, ...answer }: StatementRows): string {
  const rest = JSON.stringify({
    row_count: rows.length,
    elapsed_ms: answer.elapsedMs,
    rows_read: answer.rowsRead,
    bytes_read: answer.bytesRead,
    truncated: answer.truncated,
  });
  return `{"columns":${columns},"rows":[${rows.join(',')}],${rest.slice(1)}`;
}
