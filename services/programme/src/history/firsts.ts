import { epochMonthOf } from '@semarak/schemas';
import type { ProgrammeRules } from '../rules/rules.ts';
import type { VisitedSale } from './packed-sales.ts';
import type { MemberState, Sale } from './state.ts';

/**
 * What a standing sale is the first of among those of its member that it is compared with: 0 nothing,
 * 1 its business day, 2 its month too, 3 its year too. Compared by business day, then in the order of
 * history. So whoever counts the firsts of a day, month or year counts each member once.
 */
type First = 0 | 1 | 2 | 3;

/** What one sale is the first of. */
export interface Firsts {
  readonly inCategory: First;
  readonly inMall: First;
}

export const noFirsts: Firsts = { inCategory: 0, inMall: 0 };

/** Each pair once, so that equal ones are the same: one is told with every posting. */
const all: readonly Firsts[] = Array.from({ length: 16 }, (_, index) =>
  index === 0 ? noFirsts : { inCategory: (index >>> 2) as First, inMall: (index & 3) as First },
);

/**
 * The newest business days with a standing sale: all that the next sale’s firsts depend on. Enough of
 * the past is known when the sales to come have no earlier business day.
 */
export interface LastDays {
  /** Of any sale; -Infinity: none. */
  mall: number;
  /** Category number and day by turns, in the order of the numbers: mostly a few, and no larger in memory than they are. */
  byCategory: number[];
}

export const noDays = (): LastDays => ({ mall: -Infinity, byCategory: [] });

export const copyDays = ({ mall, byCategory }: LastDays): LastDays => ({
  mall,
  byCategory: [...byCategory],
});

/** Counts a standing sale that comes after all others. Moves the days given. */
export function passSale(last: LastDays, businessDay: number, category: number): Firsts {
  const place = placeOf(last, category);
  const lastInCategory = place < 0 ? -Infinity : (last.byCategory[place + 1] ?? -Infinity);
  const inCategory = firstAfter(lastInCategory, businessDay);
  const inMall = firstAfter(last.mall, businessDay);
  foldDay(last, businessDay, category);
  return firstsOf(inCategory, inMall);
}

/** Where a category stands in `byCategory`, its day behind it; -1: nowhere. */
function placeOf({ byCategory }: LastDays, category: number): number {
  for (let place = 0; place < byCategory.length; place += 2)
    if (byCategory[place] === category) return place;
  return -1;
}

function firstAfter(last: number, day: number): First {
  if (day === last) return 0;
  // Also when there is none.
  if (day - last > 366) return 3;
  const month = epochMonthOf(day);
  const lastMonth = epochMonthOf(last);
  if (month === lastMonth) return 1;
  return yearOf(month) === yearOf(lastMonth) ? 2 : 3;
}

const yearOf = (epochMonth: number): number => Math.floor(epochMonth / 12);

const firstsOf = (inCategory: First, inMall: First): Firsts =>
  all[inCategory * 4 + inMall] ?? noFirsts;

/** Takes in the day of a standing sale; in any order. */
export function foldDay(folded: LastDays, businessDay: number, category: number): void {
  const { byCategory } = folded;
  const place = placeOf(folded, category);
  folded.mall = Math.max(folded.mall, businessDay);
  if (place < 0) {
    let at = 0;
    while (at < byCategory.length && (byCategory[at] ?? 0) < category) at += 2;
    folded.byCategory = byCategory.toSpliced(at, 0, category, businessDay);
  } else byCategory[place + 1] = Math.max(byCategory[place + 1] ?? -Infinity, businessDay);
}

/** The newest business days after the whole history. */
export function lastDaysOf(state: MemberState, rules: ProgrammeRules): LastDays {
  if (state.lastDays === undefined) {
    const last = copyDays(state.visited);
    const see = (sale: VisitedSale): void => {
      const category = categoryStanding(sale, rules);
      if (category !== undefined) foldDay(last, sale.businessDay, category);
    };
    state.packed?.visit(0, see);
    state.recent.forEach(see);
    state.lastDays = last;
  }
  return state.lastDays;
}

/** The number of a sale’s category; undefined: the sale does not stand. */
export const categoryStanding = (sale: VisitedSale, rules: ProgrammeRules): number | undefined =>
  sale.remaining > 0
    ? rules.versionAt(sale.occurredAt)?.categoryNumberOf(sale.tenantId)
    : undefined;

/** Forgets categories that were last visited in a year before the mall’s: the next sale is a first there anyway. */
export function forgetYears(last: LastDays): void {
  const { mall, byCategory } = last;
  const isKept = (index: number): boolean => firstAfter(byCategory[index | 1] ?? 0, mall) < 3;
  for (let index = 0; index < byCategory.length; index += 2) {
    if (isKept(index)) continue;
    last.byCategory = byCategory.filter((_, each) => isKept(each));
    return;
  }
}

/**
 * What each sale is the first of, by its place among the sales given, which are in the order of history.
 * `categoryOf` names the category of a sale that stands; undefined: it does not. Moves the days given.
 */
export function countFirsts(
  last: LastDays,
  sales: readonly Sale[],
  categoryOf: (sale: Sale) => number | undefined,
): Firsts[] {
  const firsts = new Array<Firsts>(sales.length).fill(noFirsts);
  const count = (sale: Sale, index: number): void => {
    const category = categoryOf(sale);
    if (category !== undefined) firsts[index] = passSale(last, sale.businessDay, category);
  };
  if (inBusinessDays(sales)) sales.forEach(count);
  else
    for (const [index, sale] of [...sales.entries()].sort(
      ([, a], [, b]) => a.businessDay - b.businessDay,
    ))
      count(sale, index);
  return firsts;
}

/** After midnight a sale may still be of the day before, while another till has begun the new one. */
function inBusinessDays(sales: readonly Sale[]): boolean {
  let last = -Infinity;
  for (const { businessDay } of sales) {
    if (businessDay < last) return false;
    last = businessDay;
  }
  return true;
}
