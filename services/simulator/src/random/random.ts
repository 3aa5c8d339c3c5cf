import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** A stream of chance; the same seed and label give the same draws on every machine. */
export interface Random {
  /** At least 0, below 1. */
  uniform(): number;
  /** A whole number, both bounds included. */
  integer(bounds: { readonly min: number; readonly max: number }): number;
  /** True in this share of the draws; 0 is never, 1 always. */
  chance(share: number): boolean;
  pick<T>(values: readonly T[]): T;
  /** Of a log-normal distribution: half the draws lie below the median. */
  logNormal(shape: { readonly median: number; readonly sigma: number }): number;
}

/**
 * A stream of its own for each label, so that one part of the simulation that draws more does not
 * change what another part draws.
 */
export function createRandom({ seed, label }: { seed: number; label: string }): Random {
  const generator = xoroshiro128plus(fnv1a(`${seed}/${label}`));
  const uniform = () => uniformFloat64(generator);
  return {
    uniform,
    integer: ({ min, max }) => uniformInt(generator, min, max),
    chance: (share) => uniform() < share,
    pick: (values) => {
      const picked = values[uniformInt(generator, 0, values.length - 1)];
      if (picked === undefined) throw new Error('there is nothing to pick from');
      return picked;
    },
    logNormal: ({ median, sigma }) => {
      // Box and Muller; 1 - uniform is never 0, of which there is no logarithm.
      const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
      return median * Math.exp(sigma * radius * Math.cos(2 * Math.PI * uniform()));
    },
  };
}

/** The values in an order of chance (Fisher and Yates). */
export function shuffled<T>(values: readonly T[], random: Random): T[] {
  const order = [...values];
  for (let last = order.length - 1; last > 0; last -= 1) {
    const other = random.integer({ min: 0, max: last });
    [order[last], order[other]] = [order[other] as T, order[last] as T];
  }
  return order;
}

/**
 * Draws an index in proportion to its weight.
 * Throws when no weight is above zero.
 */
export function weighted(weights: readonly number[]): (random: Random) => number {
  let total = 0;
  const bounds = weights.map((weight) => (total += weight));
  if (!(total > 0)) throw new Error('no weight is above zero');
  return (random) => {
    const drawn = random.uniform() * total;
    let low = 0;
    let high = bounds.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((bounds[middle] as number) > drawn) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}

/** FNV-1a, 32 bits, as a signed integer. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash | 0;
}
