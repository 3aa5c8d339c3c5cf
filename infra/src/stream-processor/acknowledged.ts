/**
 * Header of the last record of a chunk in a partition of derived events: the offset of the input
 * partition of the same number below which its writer had seen every event acknowledged. Whoever wrote
 * it, it is a fact.
 */
export const ackedBelowHeader = 'acked-below';

/** The highest such offset that records tell; 0: none does. */
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
