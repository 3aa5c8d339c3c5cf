import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chanceFrom, killsMin, seed } from './chance.ts';
import { expectExact } from './expect-exact.ts';
import { startFaultySystem, type FaultySystem } from './faulty-system.ts';
import { blowsFor, killGateway, killWorker, pointsOf, tableOf, type Kill } from './killing.ts';
import { startLoad } from './load.ts';
import { workers } from './progress.ts';

const portBase = 23_000;
const armed = { NODE_OPTIONS: '--conditions=crash-points' };

describe(`every worker killed under load at every step (FAULTS_SEED=${seed})`, () => {
  let system: FaultySystem;
  beforeAll(async () => {
    system = await startFaultySystem({
      portBase,
      env: {
        // So few records in a request that there are several for most batches.
        accrual: { ...armed, CHUNK_RECORDS_MAX: '10' },
        rewards: { ...armed, CHUNK_RECORDS_MAX: '1' },
        projector: armed,
      },
    });
  });
  afterAll(async () => {
    await system.close();
  });

  it('loses, doubles and invents nothing', async () => {
    const load = startLoad(system, { seed });
    const kills: Kill[] = [];
    const onKill = (kill: Kill) => void kills.push(kill);
    const seen = (program: Kill['program'], at: string) =>
      kills.some((kill) => kill.program === program && kill.at === at);
    const goesOn = () =>
      kills.length < killsMin ||
      !seen('gateway', 'SIGKILL') ||
      !workers.every((worker) => pointsOf(worker).every((point) => seen(worker, point)));
    const striking = workers.map((worker, index) =>
      killWorker(system, worker, {
        blows: blowsFor(worker, chanceFrom(seed + index)),
        onKill,
        goesOn,
      }),
    );
    const gateway = killGateway(system, {
      chance: chanceFrom(seed + 100),
      pauseMsMax: 20_000,
      goesOn,
      onKill,
    });
    await Promise.all([...striking, gateway]);
    console.log(tableOf(kills));
    const { runs } = await load.stop();
    expect(runs).toBeGreaterThan(1);
    await expectExact(system);
  }, 3_600_000);
});
