import { sentence } from '@semarak/programme';
import { idPattern } from '@semarak/schemas';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Standings } from '../standing/standings.ts';
import { HttpProblem, problemResponses } from '@semarak/infra/http-server';

export interface ExplanationRouteParts {
  readonly standings: Pick<Standings, 'explanation'>;
}

const explanationView = z
  .object({
    programme: z.string(),
    memberId: z.string(),
    transactionId: z.string(),
    sentence: z.string().describe('the explanation in English'),
    explanation: z
      .looseObject({ type: z.enum(['sale', 'refund', 'void', 'folded']) })
      .describe(
        'rule, version, amounts, thresholds and what it would have taken for more; times are epoch milliseconds, amounts minor units. `folded`: older than details are kept',
      ),
    position: z
      .object({ topic: z.literal('transactions'), partition: z.int(), offset: z.int() })
      .describe('what lies before it in the log is in the answer'),
  })
  .meta({ id: 'Explanation' });

/** `GET /v1/members/{programme}/{memberId}/transactions/{id}/explanation`. */
export function explanationRoute(app: FastifyInstance, parts: ExplanationRouteParts): void {
  app.withTypeProvider<ZodTypeProvider>().get(
    '/v1/members/:programme/:memberId/transactions/:id/explanation',
    {
      config: { permission: 'read_members' },
      schema: {
        operationId: 'explainTransaction',
        tags: ['members'],
        summary: 'Why a transaction earned what it did',
        description:
          'Of a sale, refund or void of the member, by its transaction id, in which each slash is written as %2F.',
        params: z.object({
          programme: z.string().regex(idPattern),
          memberId: z.string().regex(idPattern),
          id: z.string(),
        }),
        querystring: z.strictObject({}),
        response: {
          200: {
            description: 'The explanation',
            content: { 'application/json': { schema: explanationView } },
          },
          ...problemResponses(401, 403, 404, 422, 429, 503),
        },
      },
    },
    async (request, reply) => {
      const { programme, memberId, id } = request.params;
      const found = await parts.standings.explanation({ programme, memberId }, id);
      if (found === undefined)
        throw new HttpProblem(404, `No transaction ${id} of member ${memberId} is known.`);
      const { explanation, position } = found;
      return reply.code(200).send({
        programme,
        memberId,
        transactionId: id,
        sentence: sentence(explanation),
        explanation: { ...explanation },
        position,
      });
    },
  );
}
