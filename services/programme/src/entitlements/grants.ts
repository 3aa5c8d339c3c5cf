import { epochMonthOf } from '@semarak/schemas';
import {
  nothing,
  type DayTotal,
  type GiftGrant,
  type Grants,
  type MonthTotal,
  type Position,
  type Sale,
  type TicketGrant,
} from '../history/state.ts';
import { dayOf, monthOf } from './totals.ts';
import { beginMonth, earn, reachTier, tierIn } from './months.ts';
import { minuteOfDay } from '../rules/mall-time.ts';
import type {
  PointsRule,
  ProgrammeRules,
  ProgrammeVersion,
  Season,
  TierRank,
} from '../rules/rules.ts';

/**
 * Counts the next sale of the history: moves the position past it and says what the sale grants.
 * The only place that grants anything. `remaining` of the sale must be positive.
 */
export function countSale(
  position: Position,
  sale: Sale,
  by: { readonly version: ProgrammeVersion; readonly enrolment: Enrolment | undefined },
): Grants {
  const { version } = by;
  if (position.activatedAt === undefined) {
    if (by.enrolment === undefined || sale.occurredAt < by.enrolment.enrolledAt) return nothing;
    if (!activate(position, sale, { version, enrolment: by.enrolment })) return nothing;
  } else if (sale.occurredAt < position.activatedAt) return nothing;

  const month = monthOf(position, sale.businessDay);
  const day = dayOf(position, sale.businessDay);
  beginMonth(position, month.month);
  month.spend += sale.remaining;
  for (const tier of version.tiers)
    if (month.spend >= tier.monthSpend) reachTier(position, tier, month.month);
  position.tier = tierIn(position, position.month);
  const tier = tierIn(position, month.month);

  const points = pointsOf(sale, { version, tier, month, day });
  const tickets = ticketsOf(sale, version, tier);
  const gift = giftOf(sale, version, tier);
  const parking = grantsParking(sale, version, day);
  if (points > 0)
    earn(position, points, {
      month: month.month,
      expiresAfterMonths: version.points?.expiresAfterMonths,
    });
  month.points += points;
  day.points += points;
  if (parking) day.parkings += 1;
  if (points === 0 && tickets.length === 0 && gift === undefined && !parking) return nothing;
  return { points, tickets, gift, parking };
}

/** Whether the sale is one of an active membership, or makes it active and so is its first. */
function activate(
  position: Position,
  sale: Sale,
  by: { readonly version: ProgrammeVersion; readonly enrolment: Enrolment },
): boolean {
  const { enrolment, version } = by;
  if (activateByEnrolment(position, enrolment)) return true;
  if (version.activatingAmount === undefined) {
    position.activatedAt = Math.max(enrolment.enrolledAt, version.effectiveFrom);
    return true;
  }
  if (sale.remaining < version.activatingAmount) return false;
  position.activatedAt = sale.occurredAt;
  position.activatedBy = sale.id;
  return true;
}

/** An enrolment, and what it does by itself. */
export interface Enrolment {
  readonly enrolledAt: number;
  /** When the rule of the version in force at enrolment makes it active without a sale. */
  readonly active: { readonly at: number; readonly tier: TierRank } | undefined;
}

/** The rule at enrolment is that of the version in force then; before the programme’s start, of its first. */
export function enrolmentUnder(
  rules: ProgrammeRules,
  enrolledAt: number | undefined,
): Enrolment | undefined {
  if (enrolledAt === undefined) return undefined;
  const version = rules.versionAt(enrolledAt) ?? rules.versions[0];
  if (version === undefined || version.activatingAmount !== undefined)
    return { enrolledAt, active: undefined };
  const at = Math.max(enrolledAt, version.effectiveFrom);
  return { enrolledAt, active: { at, tier: version.tiers[0]?.rank ?? 0 } };
}

/** Makes the membership active if enrolment alone does; says whether. */
export function activateByEnrolment(position: Position, enrolment: Enrolment): boolean {
  if (enrolment.active === undefined) return false;
  position.activatedAt = enrolment.active.at;
  reachTier(position, { rank: enrolment.active.tier, keptMonths: Infinity }, 0);
  position.tier = tierIn(position, position.month);
  return true;
}

export const within = (season: Season, instantMs: number): boolean =>
  instantMs >= season.from && instantMs < season.until;

function pointsOf(
  sale: Sale,
  by: {
    readonly version: ProgrammeVersion;
    readonly tier: number;
    readonly month: MonthTotal;
    readonly day: DayTotal;
  },
): number {
  const rule = by.version.points;
  if (rule === undefined || !within(rule.season, sale.occurredAt)) return 0;
  const percent = percentOf(rule, sale, by);
  const steps = Math.floor(sale.remaining / rule.perFullAmount);
  return Math.max(
    0,
    Math.min(
      pointsForSteps({ steps, points: rule.points, percent }),
      rule.perTransactionMax,
      rule.perDayMax - by.day.points,
      rule.perMonthMax - by.month.points,
    ),
  );
}

export function percentOf(
  rule: PointsRule,
  sale: Sale,
  by: { readonly version: ProgrammeVersion; readonly tier: number },
): number {
  for (const entry of rule.multipliers) {
    if (entry.tiers !== undefined && entry.tiers[by.tier] !== true) continue;
    if (entry.categories !== undefined) {
      const category = by.version.categoryOf(sale.tenantId);
      if (category === undefined || !entry.categories.has(category)) continue;
    }
    if (within(entry.season, sale.occurredAt)) return entry.percent;
  }
  return 100;
}

/** Whole numbers only: products beyond 2^53 are made with BigInt, and no sale earns more than that. */
export function pointsForSteps(of: { steps: number; points: number; percent: number }): number {
  const product = of.steps * of.points * of.percent;
  if (Number.isSafeInteger(product)) return Math.floor(product / 100);
  const exact = (BigInt(of.steps) * BigInt(of.points) * BigInt(of.percent)) / 100n;
  return exact > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(exact);
}

const noTickets: readonly TicketGrant[] = [];

function ticketsOf(sale: Sale, version: ProgrammeVersion, tier: number): readonly TicketGrant[] {
  let tickets: readonly TicketGrant[] | undefined;
  for (const rule of version.tickets) {
    if (sale.remaining < rule.minimumAmount || rule.tiers[tier] !== true) continue;
    if (!within(rule.season, sale.occurredAt)) continue;
    const count =
      rule.perFullAmount === undefined
        ? 1
        : Math.min(rule.numbersMax, Math.floor(sale.remaining / rule.perFullAmount));
    if (count === 0) continue;
    const given = count === 1 ? rule.one : [{ campaign: rule.campaign, count }];
    tickets = tickets === undefined ? given : [...tickets, ...given];
  }
  return tickets ?? noTickets;
}

/** The highest band open to the tier; a month without an edition gives none, and no lower gift. */
function giftOf(sale: Sale, version: ProgrammeVersion, tier: number): GiftGrant | undefined {
  for (const rule of version.gifts) {
    if (sale.remaining < rule.minimumAmount || rule.tiers[tier] !== true) continue;
    return rule.editions.get(epochMonthOf(sale.businessDay));
  }
  return undefined;
}

function grantsParking(sale: Sale, version: ProgrammeVersion, day: DayTotal): boolean {
  const rule = version.parking;
  if (rule === undefined || sale.remaining < rule.minimumAmount) return false;
  if (day.parkings >= rule.perBusinessDay) return false;
  const minute = minuteOfDay(version.clock, sale.occurredAt);
  return minute >= rule.fromMinute && minute < rule.untilMinute;
}
