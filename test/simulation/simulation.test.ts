import { env } from 'node:process';
import { describe, expect, it } from 'vitest';
import { simulate } from './run.ts';

/** SIMULATION_SEED runs one schedule alone; SIMULATION_FIRST and SIMULATION_SEEDS choose others. */
const only = env.SIMULATION_SEED;
const first = Number(only ?? env.SIMULATION_FIRST ?? 1);
const seeds = only === undefined ? Number(env.SIMULATION_SEEDS ?? 1_000) : 1;

/** What a failing seed leaves behind: all that is needed to see it again. */
async function report(seed: number): Promise<string> {
  const { faults, schedule, hash } = await simulate({ seed, schedule: 'kept' });
  return [
    ...schedule.map((line, index) => `${index + 1} ${line}`),
    `seed ${seed}, trace ${hash}:`,
    ...faults,
    `again: SIMULATION_SEED=${seed} npx vitest run test/simulation`,
  ].join('\n');
}

describe('crashes, zombies, lost stores, lost answers and late requests in any order', () => {
  it(`leave every effect once: ${seeds} seeds from ${first} on`, async () => {
    const before = process.cpuUsage();
    let turns = 0;
    for (let seed = first; seed < first + seeds; seed++) {
      const outcome = await simulate({ seed });
      if (outcome.faults.length > 0) expect.fail(await report(seed));
      turns += outcome.turns;
    }
    const { user, system } = process.cpuUsage(before);
    const seconds = ((user + system) / 1e6).toFixed(1);
    console.info(`${seeds} seeds, ${turns} turns, ${seconds} s of processor time`);
  });

  it('follow from the seed alone', async () => {
    for (let seed = first; seed < first + Math.min(seeds, 20); seed++) {
      const { hash, turns } = await simulate({ seed });
      const again = await simulate({ seed, schedule: 'kept' });
      expect({ hash: again.hash, turns: again.turns }, `seed ${seed}`).toEqual({ hash, turns });
      expect(again.schedule.length).toBeGreaterThanOrEqual(turns);
      expect((await simulate({ seed: seed + 1 })).hash).not.toBe(hash);
    }
  });
});
