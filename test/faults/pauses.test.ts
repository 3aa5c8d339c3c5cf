import { serverNames } from '@semarak/infra/local-stack';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { standStill } from '../system/stand-still.ts';
import { until } from '../system/until.ts';
import { seed } from './chance.ts';
import { expectExact } from './expect-exact.ts';
import { startFaultySystem, type FaultySystem, type Life } from './faulty-system.ts';
import { startLoad, type Load } from './load.ts';
import { workers } from './progress.ts';

const portBase = 23_300;
/** Less than the defaults, so that a short pause is longer than either. */
const quick = { SESSION_TIMEOUT_MS: '6000', STALLED_AFTER_MS: '20000' };
const pauseMs = 25_000;
const healthyMsMax = 60_000;

describe(`processes that stand still and go on (FAULTS_SEED=${seed})`, () => {
  let system: FaultySystem;
  let load: Load;
  let loads = 0;
  beforeAll(async () => {
    system = await startFaultySystem({
      portBase,
      env: { accrual: quick, rewards: quick, projector: quick },
    });
  });
  afterAll(async () => {
    await system.close();
  });

  it.each([
    ['the workers', [], workers],
    ['everything, as when a laptop sleeps', serverNames, ['gateway', ...workers, 'calendar']],
  ] as const)('%s: none ends', async (_, servers, services) => {
    load = startLoad(system, { seed: seed + 1_000 * loads++ });
    await system.progress.allReached();
    const lives = await Promise.all([...services, ...servers].map((name) => system.life(name)));
    await pause(lives);
    await load.stop();
    await system.progress.allReached();
    for (const name of services)
      await until(`${name} is healthy`, healthyMsMax, () => system.answers(name));
    for (const life of lives)
      expect(await system.life(life.name), system.log(life.name)).toEqual(life);
    await expectExact(system);
  });
});

/** They stop and go on in the order of the list. */
async function pause(lives: readonly Life[]): Promise<void> {
  for (const { pid } of lives) await standStill(pid);
  await sleep(pauseMs);
  for (const { pid } of lives) process.kill(pid, 'SIGCONT');
}
