import type { ProgrammeDocument } from '@semarak/schemas';

/** How often something happens, as a share between 0 and 1. */
export interface Shares {
  /** Of the sales: without a member. */
  readonly anonymous: number;
  /** Of the sales: given back in full or in part. */
  readonly refunds: number;
  /** Of the sales: declared never to have happened; and the same of the refunds. */
  readonly voids: number;
  /** Of all transactions: sent twice with the same content. */
  readonly retries: number;
  /** Of the sales: sent again with another amount. */
  readonly conflicts: number;
  /** Of the terminals: offline for a while, their records are received when it ends. */
  readonly offlineTerminals: number;
  /** Of the terminals: offline once for whole days, `offlineDaysMax` at most. */
  readonly longOfflineTerminals: number;
  /** Of the members' refunds: given at another till, which may be online while the sale's is not. */
  readonly refundsElsewhere: number;
  /** Of the sales and refunds: received when the correction window is over. */
  readonly tooLate: number;
  /** Of the members: enrolled only after their first sale. */
  readonly enrolledAfterFirstSale: number;
}

export const defaultShares: Shares = {
  anonymous: 0.3,
  refunds: 0.01,
  voids: 0.003,
  retries: 0.01,
  conflicts: 0,
  offlineTerminals: 0,
  longOfflineTerminals: 0,
  refundsElsewhere: 0,
  tooLate: 0,
  enrolledAfterFirstSale: 0.06,
};

export interface SimulationOptions {
  readonly programme: ProgrammeDocument;
  /** Decides everything, the ids included: simulations of different seeds share no member and no till. */
  readonly seed: number;
  /** YYYY-MM-DD, the first business day. */
  readonly firstDay: string;
  readonly days: number;
  /** People who may come; those who never do are never enrolled. */
  readonly members: number;
  readonly terminals: number;
  /** Sales; refunds, voids and repeats come on top. */
  readonly salesPerDay: number;
  readonly shares: Shares;
  /** How long a terminal of the share `longOfflineTerminals` is offline, in days. */
  readonly offlineDaysMax: number;
}

/** About four sales a day for each person, as many tills as a mall of sixty tenants has. */
export const membersFor = (salesPerDay: number): number => Math.max(1, Math.ceil(salesPerDay / 4));
export const defaultTerminals = 180;
export const defaultOfflineDaysMax = 9;
