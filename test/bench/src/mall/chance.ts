/** Of all that is drawn here: another seed is another mall. */
const seed = 20_141_201;

/**
 * A number in [0, 1) that follows from `index` and from what is drawn, by the finalizer of MurmurHash3:
 * so that each record can be made by itself, in any order, and is the same in every run.
 */
export function chance(index: number, drawn: number): number {
  let hash = Math.imul(index + 1, 0x9e3779b1) ^ Math.imul(drawn + 1, 0xc2b2ae35) ^ seed;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
