import { epochMonthOf, isoMonth, type ProgrammeDocument, type Tier } from '@semarak/schemas';
import { tierAt } from '../decision/difference.ts';
import { beginMonth } from '../entitlements/months.ts';
import {
  copyPosition,
  inHistoryOrder,
  type Grants,
  type MemberState,
  type Position,
} from '../history/state.ts';
import { mallDate } from '../rules/mall-time.ts';
import type { ProgrammeRules } from '../rules/rules.ts';

/** A sale of the correction window and what it holds now. */
export interface HeldSale {
  readonly transactionId: string;
  /** Days since 1970-01-01. */
  readonly businessDay: number;
  /** Epoch milliseconds. */
  readonly occurredAt: number;
  readonly tenantId: string;
  /** Minor units. */
  readonly amount: number;
  readonly remaining: number;
  readonly points: number;
  /** Numbers by draw. */
  readonly tickets: readonly { readonly campaign: string; readonly count: number }[];
  readonly gift: Grants['gift'] | null;
  readonly parking: boolean;
}

interface HeldLot {
  /** `YYYY-MM`. */
  readonly through: string;
  readonly points: number;
}

export interface Refusal {
  readonly transactionId: string;
  readonly reason: string;
}

export interface MemberStanding {
  readonly tier: Tier;
  /** `YYYY-MM`, the last month through which the tier is kept unless reached again; null: no end. */
  readonly tierKeptThrough: string | null;
  readonly benefits: readonly string[];
  readonly points: number;
  /** Points that can expire, the first to expire first, with the last month in which they are good. */
  readonly lots: readonly HeldLot[];
  /** `YYYY-MM`, mall time. */
  readonly month: string;
  /** Net, of sales that count towards the tier; minor units. */
  readonly monthSpend: number;
  /** Null at the highest tier and before activation. */
  readonly nextTier: {
    readonly tier: Tier;
    readonly monthSpend: number;
    readonly missing: number;
  } | null;
  /** Epoch milliseconds, as all times here. */
  readonly enrolledAt: number | null;
  readonly activatedAt: number | null;
  /** What an enrolled member’s first sale needs; null when active or not enrolled. */
  readonly activatingAmount: number | null;
  /** Newest first. */
  readonly transactions: readonly HeldSale[];
  readonly refusals: readonly Refusal[];
}

/**
 * Where a member stands, for people to read. `at` (epoch milliseconds) chooses the version and the
 * month: what the ends of months before it, or of closed months, take away is gone, whether it has
 * been told or not. It is not looked at otherwise, so that records after it count too.
 */
export function standingOf(
  state: MemberState,
  rules: ProgrammeRules,
  { at }: { readonly at: number },
): MemberStanding {
  const version = rules.versionAt(at) ?? rules.versions[0];
  const month = epochMonthOf(version === undefined ? 0 : mallDate(version.clock, at));
  const end = endIn(state, Math.max(month, rules.closedMonth + 1));
  const monthSpend = end.months.find((entry) => entry.month === month)?.spend ?? 0;
  const active = end.activatedAt !== undefined;
  const next = active ? version?.tiers.find((tier) => tier.rank > end.tier) : undefined;
  const tier = tierAt(end.tier);
  return {
    tier,
    tierKeptThrough: keptThrough(end),
    benefits: version === undefined ? [] : benefitsOf(version.document, tier),
    points: end.balance,
    lots: lotsOf(end),
    month: isoMonth(month),
    monthSpend,
    nextTier:
      next === undefined
        ? null
        : {
            tier: tierAt(next.rank),
            monthSpend: next.monthSpend,
            missing: Math.max(0, next.monthSpend - monthSpend),
          },
    enrolledAt: state.enrolledAt ?? null,
    activatedAt: end.activatedAt ?? null,
    activatingAmount:
      active || state.enrolledAt === undefined ? null : (version?.activatingAmount ?? null),
    transactions: heldSales(state).reverse(),
    refusals: refusalsOf(state),
  };
}

const benefitsOf = (document: ProgrammeDocument, tier: Tier): readonly string[] =>
  document.tiers.find((entry) => entry.tier === tier)?.benefits ?? [];

/** Where the history ends once a month has begun. */
function endIn(state: MemberState, month: number): Position {
  const end = copyPosition(state.end);
  beginMonth(end, month);
  return end;
}

function keptThrough({ tier, holds }: Position): string | null {
  const through = holds.find(({ rank }) => rank === tier)?.through;
  return through === undefined || through === Infinity ? null : isoMonth(through);
}

const lotsOf = ({ lots, month }: Position): HeldLot[] =>
  lots
    .filter(({ through, points }) => through >= month && points > 0)
    .map(({ through, points }) => ({ through: isoMonth(through), points }));

/** Everything a member holds, canonical: equal histories are deeply equal here. */
export interface MemberHoldings {
  readonly enrolledAt: number | null;
  readonly activatedAt: number | null;
  readonly activatedBy: string | null;
  readonly tier: Tier;
  readonly points: number;
  readonly lots: readonly HeldLot[];
  /** In history order, those of the window. */
  readonly sales: readonly HeldSale[];
  /** Refusals that stand of records of the window, in history order; conflicts are not kept. */
  readonly refusals: readonly Refusal[];
}

/**
 * Everything held after a history, to compare with a recount. Given the rules, what closed months
 * take away is gone whether it has been told or not; without, it is what has been told.
 */
export function holdingsOf(
  state: MemberState,
  rules?: Pick<ProgrammeRules, 'closedMonth'>,
): MemberHoldings {
  const end = rules === undefined ? state.end : endIn(state, rules.closedMonth + 1);
  return {
    enrolledAt: state.enrolledAt ?? null,
    activatedAt: end.activatedAt ?? null,
    activatedBy: end.activatedBy ?? null,
    tier: tierAt(end.tier),
    points: end.balance,
    lots: lotsOf(end),
    sales: heldSales(state),
    refusals: refusalsOf(state),
  };
}

const heldSales = (state: MemberState): HeldSale[] =>
  state.sales
    .filter((sale) => sale.refusal === undefined)
    .map((sale) => ({
      transactionId: sale.id,
      businessDay: sale.businessDay,
      occurredAt: sale.occurredAt,
      tenantId: sale.tenantId,
      amount: sale.amount,
      remaining: sale.remaining,
      points: sale.grants.points,
      tickets: sale.grants.tickets,
      gift: sale.grants.gift ?? null,
      parking: sale.grants.parking,
    }));

const refusalsOf = (state: MemberState): Refusal[] =>
  [...state.sales, ...[...state.corrections.values()].flat()]
    .sort(inHistoryOrder)
    .flatMap(({ id, refusal }) =>
      refusal === undefined ? [] : [{ transactionId: id, reason: refusal }],
    );
