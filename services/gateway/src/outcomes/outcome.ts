import { z } from 'zod';

/** What became of a transaction, for the cashier. */
export const outcomeShape = z
  .discriminatedUnion('result', [
    z.object({
      result: z.literal('posted'),
      transactionId: z
        .string()
        .describe('the sale concerned: of a refund or void, the one it changed'),
      points: z.int().describe('that the sale earns now'),
      balance: z.int().nullable().describe('of the member; null: anonymous'),
      tier: z.enum(['none', 'temporary', 'blue', 'gold']).nullable().describe('null: anonymous'),
      tickets: z
        .array(z.object({ draw: z.string(), number: z.int() }))
        .describe('draw numbers that the sale holds now'),
      gift: z
        .object({
          giftId: z.string(),
          gift: z.string(),
          edition: z.string(),
          status: z.enum(['earned', 'unavailable', 'handed_over', 'returned', 'claimed']),
        })
        .nullable()
        .describe('what the sale holds now, or what it held when nothing was granted in its place'),
      parking: z.boolean(),
    }),
    z.object({ result: z.literal('rejected'), reason: z.string() }),
  ])
  .meta({ id: 'Outcome' });

export type Outcome = z.infer<typeof outcomeShape>;
