import type { Programme } from '../api/reports.ts';

/** The programme that is shown when none is chosen: the one that sold last, else the first. */
export const liveliest = <Item extends Pick<Programme, 'newest_business_day'>>(
  programmes: readonly Item[],
): Item | undefined =>
  programmes.reduce<Item | undefined>(
    (most, one) =>
      most === undefined || (one.newest_business_day ?? '') > (most.newest_business_day ?? '')
        ? one
        : most,
    undefined,
  );
