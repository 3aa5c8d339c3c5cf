import type { Period } from '../api/reports.ts';

const dayMs = 86_400_000;

/** True for `YYYY-MM-DD` of a day that exists, from 1970 on. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || text < '1970-01-01') return false;
  const at = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
}

/** The day so many days later, or earlier when negative. */
export function addDays(day: string, days: number): string {
  const at = Date.parse(`${day}T00:00:00Z`) + days * dayMs;
  return new Date(at).toISOString().slice(0, 10);
}

/** The first day of a period that ends with `asOf`. */
export function firstDay(period: Period, asOf: string): string {
  switch (period) {
    case 'today':
      return asOf;
    case 'month_to_date':
      return `${asOf.slice(0, 7)}-01`;
    case 'year_to_date':
      return `${asOf.slice(0, 4)}-01-01`;
  }
}

const daysDrawnMin = 14;

/** Where a chart by day begins: with the period, and at least two weeks, so that one day has something to stand beside. */
export function firstDayDrawn(period: Period, asOf: string): string {
  const twoWeeks = addDays(asOf, 1 - daysDrawnMin);
  const begin = firstDay(period, asOf);
  return begin < twoWeeks ? begin : twoWeeks;
}

/** Every day from the first to the last, both included. */
export function daysBetween(first: string, last: string): string[] {
  const days: string[] = [];
  for (let day = first; day <= last; day = addDays(day, 1)) days.push(day);
  return days;
}
