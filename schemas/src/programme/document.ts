import { z } from 'zod';

/** Ids are ASCII without `/`, which separates the parts of transaction ids and of Kafka keys. */
export const idPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/;

const id = z
  .string()
  .regex(idPattern, 'must be 1 to 32 of A-Z a-z 0-9 . _ -, and begin with a letter or digit');
const name = z.string().min(1).max(120);
const amount = z.int().positive().describe('minor units of the programme’s currency');
const localDateTime = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/, 'must be YYYY-MM-DDTHH:MM in the mall’s time zone');
const localTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be HH:MM, 00:00 to 23:59');
const month = z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/, 'must be YYYY-MM');

/** Membership levels from lowest to highest; `none` until the membership is active. */
export const tierNames = ['none', 'temporary', 'blue', 'gold'] as const;
const memberTier = z.enum(['temporary', 'blue', 'gold']);
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
    tenants: z.array(tenant).min(1).max(5000),
  })
  .superRefine((document, context) => {
    const issue = (path: (string | number)[], message: string) =>
      context.addIssue({ code: 'custom', path, message });
    document.tiers.forEach((entry, index) => {
      const before = document.tiers[index - 1];
      if (before === undefined) {
        if (entry.monthSpend !== 0) issue(['tiers', 0, 'monthSpend'], 'the first tier starts at 0');
        return;
      }
      if (tierNames.indexOf(entry.tier) <= tierNames.indexOf(before.tier))
        issue(['tiers', index, 'tier'], `must be above ${before.tier}`);
      if (entry.monthSpend <= before.monthSpend)
        issue(['tiers', index, 'monthSpend'], `must be above ${String(before.monthSpend)}`);
    });
    unique(document.tenants.map((entry) => entry.tenantId)).forEach((index) =>
      issue(['tenants', index, 'tenantId'], 'is there twice'),
    );
    const campaigns = [...document.tickets, ...document.gifts].map((rule) => rule.campaign);
    for (const index of unique(campaigns)) {
      const inGifts = index - document.tickets.length;
      const path = inGifts < 0 ? ['tickets', index] : ['gifts', inGifts];
      issue([...path, 'campaign'], 'is there twice');
    }
    document.gifts.forEach((rule, index) => {
      for (const edition of unique(rule.editions.map((entry) => entry.month)))
        issue(['gifts', index, 'editions', edition, 'month'], 'is there twice');
    });
    if (document.parking !== undefined && document.parking.from >= document.parking.until)
      issue(['parking', 'until'], 'must be after from');
  });

export type ProgrammeDocument = z.infer<typeof programmeDocument>;

/** Indexes of values that already stand earlier in the list. */
function unique(values: readonly string[]): number[] {
  return values.flatMap((value, index) => (values.indexOf(value) < index ? [index] : []));
}

function isTimeZone(value: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: value });
    return true;
  } catch {
    return false;
  }
}
