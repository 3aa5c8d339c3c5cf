import { ticketNumbersMaxDefault, type ProgrammeDocument } from '@semarak/schemas';

/** What a document grants, in sentences for whoever answers for it; one line each. */
export function inWords(document: ProgrammeDocument): string[] {
  const { tenants } = document;
  const categories = new Set(tenants.map(({ category }) => category));
  return [
    `${document.name} (${document.programme}), version ${document.version}, in force from ${document.effectiveFrom} ${document.timeZone}.`,
    join(document),
    ...points(document),
    ...document.tiers.map((tier, index) => tierLine(document, tier, index)),
    ...document.tickets.map((rule) => ticketLine(document, rule)),
    ...document.gifts.map((rule) => giftLine(document, rule)),
    ...parking(document),
    `A late record or a refund changes what was granted for ${document.correctionWindowDays} days; records may be ${document.reorderDaysMax} days out of order.`,
    `${tenants.length} tenants in ${categories.size} categories.`,
  ];
}

type Season = { readonly from: string; readonly until: string } | undefined;
type Tiers = readonly string[] | undefined;

const money = ({ currency }: ProgrammeDocument, amount: number): string =>
  `${currency} ${String(amount).replace(/\B(?=(\d{3})+$)/g, '.')}`;
const during = (season: Season): string =>
  season === undefined ? '' : `, from ${season.from} until before ${season.until}`;
const forTiers = (tiers: Tiers): string => (tiers === undefined ? '' : ` for ${tiers.join(', ')}`);

function join(document: ProgrammeDocument): string {
  const { join: rule } = document;
  return rule.rule === 'enrolment'
    ? 'Join: a membership is active from enrolment.'
    : `Join: the first sale of at least ${money(document, rule.minimumAmount)} at or after enrolment activates a membership.`;
}

function points(document: ProgrammeDocument): string[] {
  const rule = document.points;
  if (rule === undefined) return ['Points: none.'];
  const { caps } = rule;
  const limits = Object.entries({
    transaction: caps.perTransaction,
    'business day': caps.perDay,
    month: caps.perMonth,
  }).flatMap(([per, limit]) => (limit === undefined ? [] : [`${limit} a ${per}`]));
  return [
    `Points: ${rule.points} for each full ${money(document, rule.perFullAmount)}${during(rule.season)}.`,
    ...rule.multipliers.map(
      ({ percent, tiers, categories, season }) =>
        `Points: ${percent} %${forTiers(tiers)}${categories === undefined ? '' : ` at ${categories.join(', ')}`}${during(season)}.`,
    ),
    ...(limits.length === 0 ? [] : [`Points: at most ${limits.join(', ')}.`]),
    ...(rule.expiresAfterMonths === undefined
      ? ['Points do not expire.']
      : [
          `Points expire at the end of the ${rule.expiresAfterMonths}. month after the one they were earned in.`,
        ]),
  ];
}

function tierLine(
  document: ProgrammeDocument,
  { tier, monthSpend, keep, benefits }: ProgrammeDocument['tiers'][number],
  index: number,
): string {
  const reached =
    index === 0
      ? 'the first'
      : `from a month’s net spend of ${money(document, monthSpend)}, kept ${
          keep === 'forever' ? 'for ever' : `for ${keep.months} months more`
        }`;
  return `Tier ${tier}: ${reached}${benefits.length === 0 ? '' : `; ${benefits.join(', ')}`}.`;
}

function ticketLine(
  document: ProgrammeDocument,
  rule: ProgrammeDocument['tickets'][number],
): string {
  const numbers =
    rule.numbers === 'one_per_sale'
      ? 'one number'
      : `one number for each full ${money(document, rule.numbers.perFullAmount)} (at most ${rule.numbersMax ?? ticketNumbersMaxDefault})`;
  return `Draw ${rule.name} (${rule.campaign}): ${numbers} for a sale of at least ${money(document, rule.minimumAmount)}${forTiers(rule.tiers)}${during(rule.season)}.`;
}

function giftLine(document: ProgrammeDocument, rule: ProgrammeDocument['gifts'][number]): string {
  const first = rule.editions[0];
  const last = rule.editions.at(-1);
  const stock = rule.editions.reduce((sum, edition) => sum + edition.stock, 0);
  return `Gift ${rule.name} (${rule.campaign}): for a sale of at least ${money(document, rule.minimumAmount)}${forTiers(rule.tiers)}, the highest gift only; ${rule.editions.length} monthly editions from ${first?.month ?? ''} to ${last?.month ?? ''}, ${stock} in all.`;
}

function parking(document: ProgrammeDocument): string[] {
  const rule = document.parking;
  return rule === undefined
    ? []
    : [
        `Parking: for a sale of at least ${money(document, rule.minimumAmount)} from ${rule.from} until before ${rule.until}, ${rule.perBusinessDay} a business day.`,
      ];
}
