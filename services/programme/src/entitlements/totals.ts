import { epochMonthOf } from '@semarak/schemas';
import type { VisitedSale } from '../history/packed-sales.ts';
import type { DayTotal, MonthTotal, Position } from '../history/state.ts';

/**
 * The month’s totals. A later sale’s business day is at the earliest the day before this one’s, so
 * that older months, and below older days, can be dropped.
 */
export function monthOf(position: Position, businessDay: number): MonthTotal {
  const month = epochMonthOf(businessDay);
  const { months } = position;
  for (const entry of months) if (entry.month === month) return entry;
  const oldest = epochMonthOf(businessDay - 1);
  if (months.some((entry) => entry.month < oldest))
    position.months = months.filter((entry) => entry.month >= oldest);
  const added = { month, spend: 0, points: 0 };
  position.months = position.months.concat(added);
  return added;
}

export function dayOf(position: Position, businessDay: number): DayTotal {
  const { days } = position;
  for (const entry of days) if (entry.businessDay === businessDay) return entry;
  const [only] = days;
  if (days.length === 1 && only !== undefined && only.businessDay < businessDay - 1) {
    // Most sales are a member’s first of their day: the day before last is made it, in its place.
    only.businessDay = businessDay;
    only.points = only.parkings = 0;
    return only;
  }
  if (days.some((entry) => entry.businessDay < businessDay - 1))
    position.days = days.filter((entry) => entry.businessDay >= businessDay - 1);
  const added = { businessDay, points: 0, parkings: 0 };
  position.days = position.days.concat(added);
  return added;
}

/** Adds a counted sale to its month and day. */
export function countInTotals(
  position: Position,
  { businessDay, remaining, grants }: Pick<VisitedSale, 'businessDay' | 'remaining' | 'grants'>,
): void {
  const month = monthOf(position, businessDay);
  const day = dayOf(position, businessDay);
  month.spend += remaining;
  month.points += grants.points;
  day.points += grants.points;
  if (grants.parking) day.parkings += 1;
}
