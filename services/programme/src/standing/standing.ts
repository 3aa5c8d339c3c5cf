import { epochMonthOf, type ProgrammeDocument, type Tier } from '@semarak/schemas';
import { tierAt } from '../decision/difference.ts';
import { inHistoryOrder, type Grants, type MemberState } from '../history/state.ts';
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

export interface Refusal {
  readonly transactionId: string;
  readonly reason: string;
}

export interface MemberStanding {
  readonly tier: Tier;
  readonly benefits: readonly string[];
  readonly points: number;
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
 * Where a member stands, for people to read. `at` (epoch milliseconds) chooses the month and the
 * version; it is not looked at otherwise, so that records after it count too.
 */
export function standingOf(
  state: MemberState,
  rules: ProgrammeRules,
  { at }: { readonly at: number },
): MemberStanding {
  const version = rules.versionAt(at) ?? rules.versions[0];
  const { end } = state;
  const month = epochMonthOf(version === undefined ? 0 : mallDate(version.clock, at));
  const monthSpend = end.months.find((entry) => entry.month === month)?.spend ?? 0;
  const active = end.activatedAt !== undefined;
  const next = active ? version?.tiers.find((tier) => tier.rank > end.tier) : undefined;
  const tier = tierAt(end.tier);
  return {
    tier,
    benefits: version === undefined ? [] : benefitsOf(version.document, tier),
    points: end.balance,
    month: monthText(month),
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

const monthText = (month: number): string =>
  `${String(1970 + Math.floor(month / 12)).padStart(4, '0')}-${String((month % 12) + 1).padStart(2, '0')}`;

/** Everything a member holds, canonical: equal histories are deeply equal here. */
export interface MemberHoldings {
  readonly enrolledAt: number | null;
  readonly activatedAt: number | null;
  readonly activatedBy: string | null;
  readonly tier: Tier;
  readonly points: number;
  /** In history order, those of the window. */
  readonly sales: readonly HeldSale[];
  /** Refusals that stand of records of the window, in history order; conflicts are not kept. */
  readonly refusals: readonly Refusal[];
}

/** Everything held after a history, to compare with a recount. */
export const holdingsOf = (state: MemberState): MemberHoldings => ({
  enrolledAt: state.enrolledAt ?? null,
  activatedAt: state.end.activatedAt ?? null,
  activatedBy: state.end.activatedBy ?? null,
  tier: tierAt(state.end.tier),
  points: state.end.balance,
  sales: heldSales(state),
  refusals: refusalsOf(state),
});

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
