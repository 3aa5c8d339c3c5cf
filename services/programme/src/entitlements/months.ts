import type { Position } from '../history/state.ts';
import type { TierRank, TierRule } from '../rules/rules.ts';

/** Keeps a tier that the month’s spend has reached; of two reachings the longer stands. */
export function reachTier(
  position: Position,
  tier: Omit<TierRule, 'monthSpend'>,
  month: number,
): void {
  const { rank } = tier;
  const through = tier.keptMonths === Infinity ? Infinity : month + tier.keptMonths;
  for (const hold of position.holds) if (hold.rank >= rank && hold.through >= through) return;
  position.holds = position.holds
    .filter((hold) => hold.rank > rank || hold.through > through)
    .concat({ rank, through })
    .sort((a, b) => b.rank - a.rank);
}

/** The highest tier that is kept in a month. */
export function tierIn({ holds }: Pick<Position, 'holds'>, month: number): TierRank {
  for (const hold of holds) if (hold.through >= month) return hold.rank;
  return 0;
}

/** Adds points to the balance, and to their lot when they can expire. */
export function earn(
  position: Position,
  points: number,
  by: { readonly month: number; readonly expiresAfterMonths: number | undefined },
): void {
  if (by.expiresAfterMonths === undefined) {
    position.balance += points;
    return;
  }
  const through = by.month + by.expiresAfterMonths;
  if (through >= position.month) position.balance += points;
  const { lots } = position;
  const index = lots.findIndex((lot) => lot.through >= through);
  const lot = lots[index];
  if (lot?.through === through) lot.points += points;
  else position.lots = lots.toSpliced(index < 0 ? lots.length : index, 0, { through, points });
}

/** Lets a month begin: lots that were good until before it expire, the tier is what is kept in it. */
export function beginMonth(position: Position, month: number): void {
  if (month <= position.month) return;
  for (const { through, points } of position.lots)
    if (through >= position.month && through < month) position.balance -= points;
  position.month = month;
  position.tier = tierIn(position, month);
}

/** Whether the end of a month can take something away. */
export const losesByMonths = ({ holds, lots }: Position): boolean =>
  holds.length > 1 || lots.length > 0;

/** What has expired of the lot that was good through a month. */
export const expiredOf = (position: Position, through: number): number =>
  through < position.month
    ? (position.lots.find((lot) => lot.through === through)?.points ?? 0)
    : 0;

/**
 * Forgets the lots that no sale to come can change: such a sale belongs at the earliest to the month
 * before that of the newest folded one, and its points are good for at least one month more.
 */
export function forgetLots(position: Position, foldedMonth: number): void {
  if ((position.lots[0]?.through ?? Infinity) >= foldedMonth) return;
  position.lots = position.lots.filter((lot) => lot.through >= foldedMonth);
}
