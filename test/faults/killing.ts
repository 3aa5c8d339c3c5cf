import { crashPointNames, type CrashPointName } from '@semarak/infra/crash-points';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Chance } from './chance.ts';
import type { FaultySystem, Life } from './faulty-system.ts';
import type { Worker } from './progress.ts';

/** What ends a process: a place in its code, or SIGKILL from outside after some time. */
export type Blow =
  | { readonly type: 'point'; readonly point: CrashPointName; readonly afterHits: number }
  | { readonly type: 'moment'; readonly afterMs: number };

/** One death and what came of it. */
export interface Kill {
  readonly program: Worker | 'gateway';
  /** The crash point’s name, or `SIGKILL`. */
  readonly at: string;
  /** From the death until a successor had taken in all that was in the logs then. */
  readonly recoveredMs: number;
}

/** A batch of rewards comes more seldom than the others. */
const hitsMax = { accrual: 20, rewards: 4, projector: 10 } as const satisfies Record<
  Worker,
  number
>;
const acquisitionsMax = 4;
/** A point that is not come to by then has to wait for its next turn. */
const pointMsMax = 30_000;
const momentMsMax = 1_500;

export const pointsOf = (worker: Worker): CrashPointName[] =>
  crashPointNames.filter((name) =>
    name.startsWith(worker === 'projector' ? 'projection/' : 'processor/'),
  );

/** Passed when a partition is taken over, not in a batch. */
const isPassedAtStart = (point: CrashPointName): boolean => point.endsWith('/acquired');

/** Every point of the worker once, with a kill from outside before each turn of all of them. */
export function* blowsFor(worker: Worker, chance: Chance): Generator<Blow, never> {
  for (;;) {
    yield { type: 'moment', afterMs: chance(momentMsMax) };
    for (const point of pointsOf(worker))
      yield {
        type: 'point',
        point,
        afterHits: 1 + chance(isPassedAtStart(point) ? acquisitionsMax : hitsMax[worker]),
      };
  }
}

/** The environment of a process that is to die of this blow. */
const armed = (blow: Blow): Record<string, string> =>
  blow.type === 'moment'
    ? {}
    : {
        CRASH_POINT: blow.point,
        CRASH_AFTER_HITS: String(blow.afterHits),
        CRASH_COUNTING_FROM: isPassedAtStart(blow.point) ? 'start' : 'signal',
      };

/**
 * Kills one worker again and again while `goesOn` says so. Each process is started with the blow that
 * it will die of, and counts the hits only when it has caught up with the logs.
 */
export async function killWorker(
  system: FaultySystem,
  worker: Worker,
  options: {
    readonly blows: Generator<Blow, never>;
    readonly goesOn: () => boolean;
    readonly onKill: (kill: Kill) => void;
  },
): Promise<void> {
  let life = await system.life(worker);
  let blow = options.blows.next().value;
  while (options.goesOn()) {
    const deaths: string[] = [];
    let following = options.blows.next().value;
    system.prepareNext(worker, { env: armed(following) });
    deaths.push(await strike(system, life, blow));
    let diedAt = performance.now();
    while (following.type === 'point' && isPassedAtStart(following.point)) {
      const newborn = await system.newborn(life);
      const dying = following;
      following = options.blows.next().value;
      system.prepareNext(worker, { env: armed(following) });
      await system.died(newborn);
      diedAt = performance.now();
      deaths.push(nameOf(dying));
      life = newborn;
    }
    const ends = await system.progress.endsOf(worker);
    life = await system.successor(life);
    await system.progress.reached(worker, ends);
    const recoveredMs = performance.now() - diedAt;
    for (const at of deaths) options.onKill({ program: worker, at, recoveredMs });
    blow = following;
  }
}

/** Kills the gateway at moments of chance until told otherwise. */
export async function killGateway(
  system: FaultySystem,
  options: {
    readonly chance: Chance;
    readonly pauseMsMax: number;
    readonly goesOn: () => boolean;
    readonly onKill: (kill: Kill) => void;
  },
): Promise<void> {
  while (options.goesOn()) {
    await sleep(options.chance(options.pauseMsMax));
    const life = await system.life('gateway');
    await system.kill(life);
    const diedAt = performance.now();
    await system.successor(life);
    options.onKill({ program: 'gateway', at: 'SIGKILL', recoveredMs: performance.now() - diedAt });
  }
}

/** Resolves, when the process has ended, to what it died of. */
async function strike(system: FaultySystem, life: Life, blow: Blow): Promise<string> {
  switch (blow.type) {
    case 'moment':
      await sleep(blow.afterMs);
      break;
    case 'point':
      process.kill(life.pid, 'SIGUSR2');
      if (await system.died(life, pointMsMax)) return nameOf(blow);
      break;
  }
  await system.kill(life);
  return 'SIGKILL';
}

const nameOf = (blow: Blow): string => (blow.type === 'moment' ? 'SIGKILL' : blow.point);

/** `program, crash point -> kills, recoveries, time to recover`, a line each. */
export function tableOf(kills: readonly Kill[]): string {
  const groups = new Map<string, number[]>();
  for (const { program, at, recoveredMs } of kills) {
    const name = `${program.padEnd(10)} ${at}`;
    groups.set(name, [...(groups.get(name) ?? []), recoveredMs]);
  }
  const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;
  const lines = [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, times]) => {
      const sorted = times.toSorted((a, b) => a - b);
      const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
      const worst = sorted.at(-1) ?? 0;
      const count = String(times.length).padStart(5);
      return `${name.padEnd(38)}${count}  ${seconds(median).padStart(8)}  ${seconds(worst).padStart(8)}`;
    });
  const head = `${'killed at'.padEnd(38)}kills  recovered in: median, worst`;
  return [head, ...lines, `${kills.length} kills, each followed by a recovery`].join('\n');
}
