import type { CrashPointName } from '@semarak/infra/crash-points';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../system/until.ts';
import { run, seed } from './chance.ts';
import { expectExact } from './expect-exact.ts';
import { startFaultySystem, type FaultySystem, type Life } from './faulty-system.ts';
import { startLoad } from './load.ts';
import { workers, type Worker } from './progress.ts';

const portBase = 23_100;
/** Less than the default, so that a worker that is stopped is soon taken for dead. */
const quick = { NODE_OPTIONS: '--conditions=crash-points', SESSION_TIMEOUT_MS: '6000' };
const movedMsMax = 60_000;

type Places = Readonly<Record<Worker, CrashPointName>>;

const places: readonly Places[] = [
  { accrual: 'processor/decided', rewards: 'processor/produced', projector: 'projection/opened' },
  {
    accrual: 'processor/produced',
    rewards: 'processor/loaded',
    projector: 'projection/open-committed',
  },
  {
    accrual: 'processor/committed',
    rewards: 'processor/decided',
    projector: 'projection/inserted',
  },
];

describe(`a partition’s work moves between workers of a kind under load (FAULTS_SEED=${seed})`, () => {
  let system: FaultySystem;
  beforeAll(async () => {
    system = await startFaultySystem({
      portBase,
      env: { accrual: quick, rewards: quick, projector: quick },
    });
  });
  afterAll(async () => {
    await system.close();
  });

  it('from one to three and back', async () => {
    const load = startLoad(system, { seed });
    await system.progress.allReached();
    for (const index of [2, 3]) {
      await system.startAnother('accrual', `accrual-${index}`);
      await groupHas(system, 'accrual', index);
      await system.progress.allReached();
    }
    for (const index of [2, 3]) {
      await system.stopOne(`accrual-${index}`);
      await groupHas(system, 'accrual', 4 - index);
      await system.progress.allReached();
    }
    await load.stop();
    await expectExact(system);
  });

  const rounds = run === 'long' ? places : places.slice(0, 1);
  it.each(rounds.map((at, index) => [Object.values(at).join(', '), at, index] as const))(
    'from one that stands still at %s past its session, and goes on later',
    async (_, at, index) => {
      const load = startLoad(system, { seed: seed + 1_000 * (index + 1) });
      const standing = await Promise.all(
        workers.map((worker) => stopAtPlace(system, worker, at[worker])),
      );
      const began = performance.now();
      await Promise.all(workers.map((worker) => groupHas(system, worker, 1)));
      await system.progress.allReached();
      const seconds = ((performance.now() - began) / 1_000).toFixed(1);
      console.log(`others had taken over and caught up after ${seconds} s`);

      for (const { pid } of standing) process.kill(pid, 'SIGCONT');
      await Promise.all(workers.map((worker) => groupHas(system, worker, 2)));
      await system.progress.allReached();
      await Promise.all(workers.map((worker) => system.stopOne(`${worker}-2`)));
      await load.stop();
      await expectExact(system);
    },
  );
});

/** Has a worker stand still at a point of its code, with another of its kind beside it. */
async function stopAtPlace(
  system: FaultySystem,
  worker: Worker,
  point: CrashPointName,
): Promise<Life> {
  const before = await system.life(worker);
  const env = { CRASH_POINT: point, CRASH_SIGNAL: 'SIGSTOP', CRASH_COUNTING_FROM: 'signal' };
  system.prepareNext(worker, { env });
  await system.kill(before);
  const standing = await system.successor(before);
  await system.startAnother(worker, `${worker}-2`);
  await groupHas(system, worker, 2);
  process.kill(standing.pid, 'SIGUSR2');
  await until(`${worker} stands still at ${point}`, movedMsMax, () =>
    system.log(worker).includes(`crash point ${point}`),
  );
  return standing;
}

/** Resolves when so many processes share the worker’s partitions and nobody is coming or going. */
async function groupHas(system: FaultySystem, worker: Worker, members: number): Promise<void> {
  let seen = '';
  await until(`the group ${worker} has ${members} members`, movedMsMax, async () => {
    const { groups } = await system.admin.describeGroups([worker]);
    seen = groups.map((group) => `${group.state} ${group.members.length}`).join();
    return seen === `Stable ${members}`;
  }).catch((error: unknown) => {
    expect.fail(`${String(error)}; it is ${seen}`);
  });
}
