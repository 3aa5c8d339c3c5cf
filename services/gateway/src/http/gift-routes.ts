import { campaignKey, idPattern, type MemberGift } from '@semarak/schemas';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { believedNow, type BelievedClock } from './believed-now.ts';
import type { Handover } from '../intake/handover.ts';
import type { Standings } from '../standing/standings.ts';
import { HttpProblem, problemResponses } from '@semarak/infra/http-server';

export interface GiftRouteParts {
  readonly standings: Pick<Standings, 'gift'>;
  readonly believedClock: BelievedClock;
  readonly handover: Pick<Handover, 'record'>;
}

const acceptedShape = z
  .object({ giftId: z.string(), memberId: z.string(), status: z.literal('accepted') })
  .meta({ id: 'AcceptedHandover' });

/** What stands in the way of handing a gift over; undefined: nothing. */
function obstacle(status: MemberGift['status']): string | undefined {
  switch (status) {
    case 'earned':
    case 'handed_over':
    case 'claimed':
      return undefined;
    case 'returned':
      return 'it is no longer deserved and went back to stock';
    case 'unavailable':
      return 'its stock was empty';
  }
}

/** `POST /v1/gifts/{programme}/{id}/handover`. */
export function giftRoutes(app: FastifyInstance, parts: GiftRouteParts): void {
  app.withTypeProvider<ZodTypeProvider>().post(
    '/v1/gifts/:programme/:id/handover',
    {
      config: { permission: 'hand_over_gifts' },
      schema: {
        operationId: 'handOverGift',
        tags: ['gifts'],
        summary: 'Record that the desk has handed a gift over',
        description: 'May be sent again: a gift is handed over once.',
        params: z.object({
          programme: z.string().regex(idPattern),
          id: z.string().min(1).max(60).describe('the gift’s id, CAMPAIGN~SERIAL'),
        }),
        querystring: z.strictObject({}),
        response: {
          202: {
            description: 'In the log',
            content: { 'application/json': { schema: acceptedShape } },
          },
          ...problemResponses(401, 403, 404, 409, 422, 429, 503),
        },
      },
    },
    async (request, reply) => {
      const { programme, id: giftId } = request.params;
      const gift = await parts.standings.gift({ programme, giftId });
      if (gift === undefined)
        throw new HttpProblem(404, `No gift ${giftId} is known in ${programme}.`);
      const why = obstacle(gift.status);
      if (why !== undefined) throw new HttpProblem(409, `${giftId} cannot be handed over: ${why}.`);
      const { campaign, memberId } = gift;
      await parts.handover.record({
        key: campaignKey({ programme, campaign }),
        value: {
          programme,
          campaign,
          memberId,
          giftId,
          handedOverAt: believedNow(parts.believedClock),
        },
      });
      return reply.code(202).send({ giftId, memberId, status: 'accepted' as const });
    },
  );
}
