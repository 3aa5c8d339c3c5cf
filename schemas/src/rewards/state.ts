/**
 * What the rewards worker keeps, as anybody may read it. A state belongs to the partition of
 * `programme/campaign` in entitlements; `rewardStateNames` gives the names.
 */
export type RewardState =
  ProgrammeStocks | DrawCounter | GiftStock | MemberTickets | MemberGifts | GiftHolder;

/** The stocks that each known programme version configures; one state a partition. */
export interface ProgrammeStocks {
  readonly type: 'programme_stocks';
  readonly versions: readonly VersionStocks[];
}

export interface VersionStocks {
  readonly programme: string;
  readonly version: number;
  readonly stocks: readonly EditionStock[];
}

/** One row of a gift's editions in a programme document: a stock of its own. */
export interface EditionStock {
  readonly campaign: string;
  /** `YYYY-MM`, the month of the sale's business day. */
  readonly month: string;
  readonly edition: string;
  readonly stock: number;
}

/** A draw: numbers 1 to `issued` have been given out, voided ones included. */
export interface DrawCounter {
  readonly type: 'draw';
  readonly issued: number;
}

/** A gift campaign: serials 1 to `lastSerial` have been used, refused items included. */
export interface GiftStock {
  readonly type: 'gift_stock';
  readonly lastSerial: number;
  readonly taken: readonly EditionTaken[];
}

/** Items earned, handed over or claimed; returned ones are back in stock. */
export interface EditionTaken {
  readonly month: string;
  readonly edition: string;
  readonly count: number;
}

/** The numbers of one draw that a member holds now; voided ones are gone. */
export interface MemberTickets {
  readonly type: 'tickets';
  readonly sales: readonly SaleTickets[];
}

export interface SaleTickets {
  readonly transactionId: string;
  readonly tickets: readonly NumberedTicket[];
}

export interface NumberedTicket {
  /** 0, 1, … among the sale's tickets of this draw. */
  readonly ticket: number;
  readonly number: number;
}

/** A member's items of one gift campaign, in the order in which they were decided. */
export interface MemberGifts {
  readonly type: 'gifts';
  readonly items: readonly GiftItem[];
}

/**
 * `earned` waits at the desk and `handed_over` has left it; `returned` went back to stock;
 * `claimed` was handed over and is no longer deserved; `unavailable` met an empty stock.
 */
export const giftStatuses = [
  'earned',
  'handed_over',
  'returned',
  'claimed',
  'unavailable',
] as const;
export type GiftStatus = (typeof giftStatuses)[number];

export interface GiftItem {
  readonly serial: number;
  readonly transactionId: string;
  readonly gift: string;
  readonly edition: string;
  /** The version whose stock the item was asked from. */
  readonly programmeVersion: number;
  readonly status: GiftStatus;
}

/** Whose a gift is, for the desk that knows no more than its id. */
export interface GiftHolder {
  readonly type: 'holder';
  readonly memberId: string;
}
