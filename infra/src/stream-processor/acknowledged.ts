import { decodePlace, type LogPlace } from '../kafka/log-place.ts';

/**
 * Header of the last record of a chunk in a partition of derived events: the offset of the input
 * partition of the same number below which its writer had seen every event acknowledged. Whoever wrote
 * it, it is a fact.
 */
export const ackedBelowHeader = 'acked-below';

/**
 * Header of the same record: the farthest record of the input from which its writer knows events to be derived. What the
 * log does not have no event may come from.
 */
export const causeHeader = 'caused-by';

/** The farthest cause that records of derived events tell; undefined: none does. */
export function farthestCause(
  records: Iterable<{ readonly headers?: Readonly<Record<string, Buffer>> }>,
): LogPlace | undefined {
  let farthest: LogPlace | undefined;
  for (const { headers } of records) farthest = farther(farthest, told(headers?.[causeHeader]));
  return farthest;
}

export const farther = (a: LogPlace | undefined, b: LogPlace | undefined): LogPlace | undefined =>
  a === undefined || (b !== undefined && b.offset > a.offset) ? b : a;

function told(header: Buffer | undefined): LogPlace | undefined {
  try {
    return decodePlace(header?.toString() ?? '');
  } catch {
    // Written by somebody else.
    return undefined;
  }
}

/** The highest offset that records tell to be acknowledged; 0: none does. */
export function highestTold(
  records: Iterable<{ readonly headers?: Readonly<Record<string, Buffer>> }>,
): number {
  let highest = 0;
  for (const { headers } of records) {
    const told = Number(headers?.[ackedBelowHeader]?.toString() ?? 0);
    if (Number.isSafeInteger(told) && told > highest) highest = told;
  }
  return highest;
}
