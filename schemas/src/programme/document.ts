import { z } from 'zod';
import { contradictionsOf } from './contradictions.ts';
import { amount, id, localDateTime, localTime, memberTier, month, name } from './fields.ts';

const tierList = z.array(memberTier).min(1).describe('the tiers that have the right');

/** When something is given: sales whose occurredAt lies in [from, until), mall time; absent: always. */
const season = z.strictObject({ from: localDateTime, until: localDateTime });

const join = z
  .discriminatedUnion('rule', [
    z.strictObject({ rule: z.literal('enrolment') }),
    z.strictObject({
      rule: z.literal('first_sale'),
      minimumAmount: amount.describe(
        'the first sale at or after enrolment of at least this activates',
      ),
    }),
  ])
  .describe('what makes an enrolled member’s membership active');

const multiplier = z.strictObject({
  percent: z.int().min(1).max(1000).describe('of the points: 200 doubles them, rounded down once'),
  tiers: tierList.optional(),
  categories: z.array(name).min(1).optional(),
  season: season.optional(),
});

const points = z.strictObject({
  perFullAmount: amount.describe(
    'one step of points for each full amount of what remains of a sale',
  ),
  points: z.int().positive().max(1_000_000).describe('points for each step'),
  season: season.optional(),
  multipliers: z.array(multiplier).max(50).describe('the first that applies to a sale is used'),
  caps: z.strictObject({
    perTransaction: z.int().positive().optional(),
    perDay: z.int().positive().optional().describe('per business day'),
    perMonth: z.int().positive().optional().describe('per calendar month of business days'),
  }),
  expiresAfterMonths: z
    .int()
    .positive()
    .max(120)
    .optional()
    .describe('a lot earned in a month expires at the end of the month that many months later'),
});

const keep = z
  .union([z.literal('forever'), z.strictObject({ months: z.int().positive().max(120) })])
  .describe(
    'how long a tier once reached is kept without reaching it again: through that many months after the one that reached it; the first tier is kept forever',
  );

const tier = z.strictObject({
  tier: memberTier,
  monthSpend: z
    .int()
    .nonnegative()
    .describe('net spend of a calendar month that lifts a member here'),
  keep,
  benefits: z.array(name).max(20).describe('standing benefits, checked at the desk'),
});

/** Numbers that one sale gives at most, where a document does not say. */
export const ticketNumbersMaxDefault = 1000;

const ticketRule = z.strictObject({
  campaign: id.describe('the draw'),
  name,
  minimumAmount: amount,
  numbers: z.union([
    z.literal('one_per_sale'),
    z.strictObject({ perFullAmount: amount.describe('one number for each full amount') }),
  ]),
  numbersMax: z
    .int()
    .positive()
    .max(100_000)
    .optional()
    .describe(`numbers that one sale gives at most; ${String(ticketNumbersMaxDefault)} if absent`),
  tiers: tierList,
  season: season.optional(),
});

const giftRule = z.strictObject({
  campaign: id.describe('the stock the gift is taken from'),
  gift: id,
  name,
  minimumAmount: amount.describe(
    'the band with the highest minimum that a sale reaches is the one',
  ),
  tiers: tierList,
  editions: z
    .array(z.strictObject({ month, edition: id, stock: z.int().nonnegative().max(100_000_000) }))
    .min(1)
    .max(120)
    .describe('by the month of the business day; a month without an edition gives no gift'),
});

const parking = z.strictObject({
  minimumAmount: amount,
  from: localTime,
  until: localTime.describe('this minute is excluded'),
  perBusinessDay: z.int().positive().max(100),
});

const tenant = z.strictObject({ tenantId: id, name, category: name, floor: name });

/**
 * One immutable edition of a programme: what is granted, to whom, when. Data, never code.
 * Unknown fields are errors that name them.
 */
export const programmeDocument = z
  .strictObject({
    programme: id,
    version: z.int().positive().max(1_000_000),
    name,
    effectiveFrom: localDateTime.describe('the version in force at a sale’s occurredAt decides'),
    timeZone: z.string().refine(isTimeZone, 'must be an IANA time zone such as Asia/Jakarta'),
    currency: z.string().regex(/^[A-Z]{3}$/, 'must be an ISO 4217 code such as IDR'),
    correctionWindowDays: z.int().min(1).max(366).default(45),
    reorderDaysMax: z.int().min(0).max(60).default(15),
    join,
    points: points.optional(),
    tiers: z.array(tier).min(1).max(3).describe('from the first tier upwards'),
    tickets: z.array(ticketRule).max(20),
    gifts: z.array(giftRule).max(20),
    parking: parking.optional(),
    zones: z
      .array(name)
      .min(1)
      .max(1000)
      .optional()
      .describe('where members live; a member of another zone is refused. Absent: any zone'),
    tenants: z.array(tenant).min(1).max(5000),
  })
  .superRefine(
    (document: unknown, context) => {
      for (const { path, message } of contradictionsOf(document))
        context.addIssue({ code: 'custom', path: [...path], message });
    },
    // Also when a field is wrong by itself, so that a person is told everything at once.
    { when: () => true },
  );

export type ProgrammeDocument = z.infer<typeof programmeDocument>;

function isTimeZone(value: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: value });
    return true;
  } catch {
    return false;
  }
}
