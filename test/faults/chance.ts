/** A number from 0 up to, and without, `below`. */
export type Chance = (below: number) => number;

/** Decides the load and the moments; printed with each test’s name. */
export const seed = Number(process.env['FAULTS_SEED'] ?? Date.now() % 1_000_000);

/** Set for the long run. */
const killsAsked = process.env['FAULTS_KILLS'];

/** Kills in one run, at least. */
export const killsMin = Number(killsAsked ?? 20);

export const run: 'short' | 'long' = killsAsked === undefined ? 'short' : 'long';

/** The same numbers for the same seed (mulberry32). */
export function chanceFrom(from: number): Chance {
  let state = from >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}
