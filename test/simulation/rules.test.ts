import { env } from 'node:process';
import { describe, expect, it } from 'vitest';
import { rules, type Rule } from './rules.ts';
import { simulate } from './run.ts';

/** Within so many seeds each fault has to be found. */
const seedsMax = 2_000;
const fairSeeds = 10;
const names = Object.keys(rules) as Rule[];

describe.skipIf(env.SIMULATION_SEED !== undefined).each(names)('without “%s”', (without) => {
  it('all is well as long as nothing fails', async () => {
    for (let seed = 1; seed <= fairSeeds; seed++) {
      const { faults } = await simulate({ seed, without, weather: 'fair' });
      expect(faults, `seed ${seed}`).toEqual([]);
    }
  });

  it('a seed shows the fault, and shows it again', async () => {
    let seed = 0;
    let found = await simulate({ seed, without });
    while (found.faults.length === 0 && seed < seedsMax)
      found = await simulate({ seed: ++seed, without });
    expect(found.faults).not.toEqual([]);
    console.info(`without “${without}”: seed ${seed}, ${found.faults[0] ?? ''}`);
    expect(await simulate({ seed, without })).toEqual(found);
    expect((await simulate({ seed })).faults).toEqual([]);
  });
});
