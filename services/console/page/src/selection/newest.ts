import type { Programme } from '../api/reports.ts';

type Dated = Pick<Programme, 'today' | 'newest_business_day'>;

/**
 * The date that is shown when none is chosen: the newest business day with a sale, since a day without
 * one has nothing to show. A till whose clock is ahead does not lead into the future.
 */
export function newestDay({ today, newest_business_day: sold }: Dated): string {
  return sold === null || sold > today ? today : sold;
}

/** The programme that is shown when none is chosen: the one that sold last, else the first. */
export const liveliest = <Item extends Dated>(programmes: readonly Item[]): Item | undefined =>
  programmes.reduce<Item | undefined>(
    (most, one) =>
      most === undefined || (one.newest_business_day ?? '') > (most.newest_business_day ?? '')
        ? one
        : most,
    undefined,
  );
