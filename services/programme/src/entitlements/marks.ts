import {
  copyPosition,
  marksUpTo,
  type Mark,
  type MemberState,
  type Position,
  type Sale,
} from '../history/state.ts';
import type { ProgrammeRules } from '../rules/rules.ts';
import { beginMonth, forgetLots } from './months.ts';

/** Sales from one mark to the next: what a change counts again at least, and appending pays for. */
const salesPerMark = 16;

/** Marks a sale behind the last mark, about to be counted, if that mark is far enough back. */
export function markIfFar(state: MemberState, at: Mark): void {
  state.unmarked += 1;
  if (state.unmarked < salesPerMark) return;
  state.unmarked = 0;
  state.marks.push({ sale: at.sale, position: copyPosition(at.position) });
}

/** The last mark at or before a sale; undefined: counting begins at the base. */
export function markBefore({ marks, base }: MemberState, sale: Sale): Mark | undefined {
  const mark = marks[marksUpTo(marks, sale) - 1];
  if (mark === undefined) return undefined;
  const position = copyPosition(mark.position);
  forgetLots(position, base.month);
  return { sale: mark.sale, position };
}

/**
 * Whether every later sale grants the same after either position: they differ only in sums that no
 * rule looks at any more, such as the spend of a month that has reached every tier’s threshold.
 */
export function grantTheSame(one: Position, other: Position, rules: ProgrammeRules): boolean {
  if (one.activatedAt !== other.activatedAt || one.activatedBy !== other.activatedBy) return false;
  if (one.month !== other.month) return false;
  return (
    agree(one.holds, other.holds, (a, b) => a.rank === b.rank && a.through === b.through) &&
    agree(one.lots, other.lots, (a, b) => a.through === b.through) &&
    agree(
      one.months,
      other.months,
      (a, b) =>
        a.month === b.month &&
        (a.spend === b.spend || Math.min(a.spend, b.spend) >= rules.highestMonthSpend) &&
        (a.points === b.points || !rules.capsPoints),
    ) &&
    agree(
      one.days,
      other.days,
      (a, b) =>
        a.businessDay === b.businessDay &&
        a.parkings === b.parkings &&
        (a.points === b.points || !rules.capsPoints),
    )
  );
}

const agree = <T>(
  some: readonly T[],
  others: readonly T[],
  same: (a: T, b: T) => boolean,
): boolean =>
  some.length === others.length &&
  some.every((entry, index) => {
    const other = others[index];
    return other !== undefined && same(entry, other);
  });

/** Adds to a later position what a change of the past has added to an earlier one. */
export function carryOver(
  later: Position,
  earlier: { readonly before: Position; readonly after: Position },
): void {
  const { before, after } = earlier;
  // It may be from before a month closed, with lots that have expired in the earlier one since.
  beginMonth(later, after.month);
  later.balance += after.balance - before.balance;
  after.lots.forEach(({ through, points }, index) => {
    const change = points - (before.lots[index]?.points ?? 0);
    const lot = later.lots.find((entry) => entry.through === through);
    if (lot !== undefined) lot.points += change;
    if (through >= after.month && through < later.month) later.balance -= change;
  });
  after.months.forEach(({ month, spend, points }, index) => {
    const total = later.months.find((entry) => entry.month === month);
    if (total === undefined) return;
    total.spend += spend - (before.months[index]?.spend ?? 0);
    total.points += points - (before.months[index]?.points ?? 0);
  });
  after.days.forEach(({ businessDay, points }, index) => {
    const total = later.days.find((entry) => entry.businessDay === businessDay);
    if (total !== undefined) total.points += points - (before.days[index]?.points ?? 0);
  });
}
