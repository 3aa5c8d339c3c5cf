import type { RejectionReason, Tier } from '@semarak/schemas';

/**
 * Why a transaction earned what it did. Plain JSON: times are epoch milliseconds, amounts minor
 * units, `missing` what more it would have taken, months `YYYY-MM`, days and times of day mall time.
 */
export type Explanation = SaleExplanation | CorrectionExplanation | FoldedExplanation;

export interface SaleExplanation {
  readonly type: 'sale';
  readonly transactionId: string;
  readonly programme: string;
  /** In force at the sale; null when none was. */
  readonly programmeVersion: number | null;
  readonly occurredAt: number;
  /** `YYYY-MM-DDTHH:MM`. */
  readonly localTime: string;
  readonly businessDay: string;
  readonly tenantId: string;
  readonly category: string | null;
  readonly currency: string;
  readonly amount: number;
  /** Less accepted refunds; every threshold looks at it. */
  readonly remaining: number;
  readonly refused: RejectionReason | null;
  /** Refunds and voids that name it, in history order. */
  readonly corrections: readonly CorrectionOutcome[];
  readonly membership: MembershipExplanation;
  /** Null when the sale does not count. */
  readonly counted: CountedExplanation | null;
}

/** Whether a sale counts, and if not why. */
export interface MembershipExplanation {
  readonly outcome:
    | 'counts'
    | 'activates'
    | 'refused'
    | 'nothing_remains'
    | 'not_enrolled'
    | 'before_enrolment'
    | 'before_activation'
    | 'amount_does_not_activate';
  readonly enrolledAt: number | null;
  readonly activatedAt: number | null;
  /** What the first sale needs under this version; null when enrolment activates. */
  readonly activatingAmount: number | null;
  readonly missing: number;
}

export interface CountedExplanation {
  readonly tier: TierExplanation;
  readonly points: PointsExplanation;
  readonly tickets: readonly TicketExplanation[];
  readonly gift: GiftExplanation;
  readonly parking: ParkingExplanation;
}

export interface TierExplanation {
  /** Kept in the sale’s month before it. */
  readonly before: Tier;
  /** The one whose benefits the sale has. */
  readonly held: Tier;
  readonly month: string;
  /** With this sale. */
  readonly monthSpend: number;
  readonly next: {
    readonly tier: Tier;
    readonly monthSpend: number;
    readonly missing: number;
  } | null;
}

export type PointsExplanation =
  | { readonly outcome: 'no_rule' | 'out_of_season'; readonly points: 0 }
  | {
      readonly outcome: 'counted';
      readonly points: number;
      readonly perFullAmount: number;
      readonly fullAmounts: number;
      readonly pointsEach: number;
      /** Of the first multiplier that fits; 100 when none does. */
      readonly percent: number;
      readonly beforeCaps: number;
      /** The caps that took something away. */
      readonly limitedBy: readonly CapExplanation[];
      /** To the next full amount. */
      readonly missing: number;
      /** The last month in which they are good; null: they do not expire. */
      readonly goodThrough: string | null;
    };

export interface CapExplanation {
  readonly cap: 'per_transaction' | 'per_day' | 'per_month';
  readonly points: number;
  /** Points that earlier sales of the day or month have used of it. */
  readonly used: number;
}

export interface TicketExplanation {
  readonly campaign: string;
  readonly name: string;
  readonly outcome: 'earned' | 'amount_too_small' | 'tier' | 'out_of_season';
  readonly numbers: number;
  readonly minimumAmount: number;
  /** Null: one for a sale. */
  readonly perFullAmount: number | null;
  readonly numbersMax: number;
  readonly tiers: readonly Tier[];
  /** To the minimum, or to the next number; 0 when no amount gives more. */
  readonly missing: number;
}

/** Whether stock was left is told by the campaign, not here. */
export interface GiftExplanation {
  readonly outcome: 'entitled' | 'no_rule' | 'amount_too_small' | 'tier' | 'no_edition';
  readonly campaign: string | null;
  readonly gift: string | null;
  readonly edition: string | null;
  readonly minimumAmount: number | null;
  /** The next higher band open to the tier, or when the tier has none, the lowest of all. */
  readonly next: GiftBand | null;
}

export interface GiftBand {
  readonly gift: string;
  readonly minimumAmount: number;
  readonly missing: number;
  readonly tiers: readonly Tier[];
}

export type ParkingExplanation =
  | { readonly outcome: 'no_rule' }
  | {
      readonly outcome: 'granted' | 'amount_too_small' | 'outside_hours' | 'used_up';
      readonly minimumAmount: number;
      readonly missing: number;
      readonly from: string;
      readonly until: string;
      readonly perBusinessDay: number;
      /** Of the business day, before this sale. */
      readonly used: number;
    };

export interface CorrectionOutcome {
  readonly transactionId: string;
  readonly type: 'refund' | 'void';
  readonly occurredAt: number;
  readonly amount: number;
  /** `waits`: what it names has not come or is refused itself. `voided`: a refund that never was. */
  readonly outcome: 'accepted' | 'refused' | 'waits' | 'voided' | 'no_effect';
  readonly refused: RejectionReason | null;
}

/** Of a refund or void. */
export interface CorrectionExplanation extends CorrectionOutcome {
  readonly originalId: string;
  readonly currency: string | null;
  /** The sale that it changes, as it stands now. */
  readonly sale: {
    readonly transactionId: string;
    readonly amount: number;
    readonly remaining: number;
    readonly points: number;
  } | null;
}

/** Of a record older than the window: what it was is known, what it earned is part of the base. */
export interface FoldedExplanation {
  readonly type: 'folded';
  readonly transactionId: string;
  readonly was: 'sale' | 'refund' | 'void' | 'refused_sale' | 'refused_refund' | 'waiting_refund';
  /** How many days back records are kept now; a version may have made it more since this one was folded. */
  readonly keptDays: number;
}
