const known = ['none', 'temporary', 'blue', 'gold'];

/** Lower for a lower tier; tiers that are not known stand above the known ones, by name. */
export function compareTiers(a: string, b: string): number {
  const [left, right] = [rank(a), rank(b)];
  return left - right || a.localeCompare(b);
}

const rank = (tier: string): number => {
  const at = known.indexOf(tier);
  return at === -1 ? known.length : at;
};

export interface Movement {
  readonly from_tier: string;
  readonly to_tier: string;
}

export const isRise = ({ from_tier, to_tier }: Movement): boolean =>
  compareTiers(from_tier, to_tier) < 0;

/** Every kind of movement in the rows, once: rises from the lowest tier up, then falls. */
export function movementsIn(rows: readonly Movement[]): Movement[] {
  const kinds = new Map(
    rows.map(({ from_tier, to_tier }) => [`${from_tier} ${to_tier}`, { from_tier, to_tier }]),
  );
  return [...kinds.values()].sort(
    (a, b) =>
      Number(isRise(b)) - Number(isRise(a)) ||
      compareTiers(a.to_tier, b.to_tier) ||
      compareTiers(a.from_tier, b.from_tier),
  );
}
