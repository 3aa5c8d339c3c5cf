import { epochMonthOf, isoDate, isoMonth } from '@semarak/schemas';
import { day } from './mall.ts';
import { versionAt, type MallRecount } from './recount.ts';

/** A row of a report. */
export type Row = Readonly<Record<string, string | number>>;

export type Span = readonly [first: number, last: number];

/** Days of the periods up to a date, and of those that they are compared with. */
export function spansOf(asOf: string): {
  readonly period: string;
  readonly span: Span;
  readonly before: Span;
}[] {
  const last = day(asOf);
  const [year, month, date] = asOf.split('-').map(Number) as [number, number, number];
  const monthBefore = isoMonth(epochMonthOf(last) - 1);
  const inMonthBefore = isoDate(day(`${monthBefore}-01`) + date - 1).startsWith(monthBefore)
    ? day(`${monthBefore}-01`) + date - 1
    : day(`${isoMonth(epochMonthOf(last))}-01`) - 1;
  const leap = month === 2 && date === 29;
  const yearBefore = `${String(year - 1)}-${leap ? '02-28' : asOf.slice(5)}`;
  return [
    { period: 'today', span: [last, last], before: [last - 1, last - 1] },
    {
      period: 'month_to_date',
      span: [day(`${asOf.slice(0, 7)}-01`), last],
      before: [day(`${monthBefore}-01`), inMonthBefore],
    },
    {
      period: 'year_to_date',
      span: [day(`${String(year)}-01-01`), last],
      before: [day(`${String(year - 1)}-01-01`), day(yearBefore)],
    },
  ];
}

export const within = (value: number, [first, last]: Span): boolean =>
  value >= first && value <= last;
export const sum = (values: readonly number[]): number =>
  values.reduce((total, value) => total + value, 0);
export const distinct = (values: readonly unknown[]): number => new Set(values).size;

export function groups<Item>(
  items: readonly Item[],
  key: (item: Item) => string,
): [string, Item[]][] {
  const found = new Map<string, Item[]>();
  for (const item of items) found.set(key(item), [...(found.get(key(item)) ?? []), item]);
  return [...found];
}

export interface Sold {
  readonly memberId: string | null;
  readonly tenantId: string;
  /** The tenant’s by the version that decides. */
  readonly category: string;
  readonly businessDay: number;
  readonly occurredAt: number;
  readonly remaining: number;
}

/** Sales of which something remains. */
export const salesOf = (recount: MallRecount): Sold[] =>
  recount.standing.map(({ sale, remaining }) => ({
    memberId: sale.memberId,
    tenantId: sale.tenantId ?? '',
    category:
      versionAt(recount.history.documents, sale.occurredAt)?.tenants.find(
        ({ tenantId }) => tenantId === sale.tenantId,
      )?.category ?? 'unknown',
    businessDay: sale.businessDay,
    occurredAt: sale.occurredAt,
    remaining,
  }));
