import { awakeMs } from '@semarak/infra/awake-clock';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RebuildConfiguration } from '../config.ts';
import {
  bookmarksOf,
  databaseOf,
  liveGroup,
  rebuildGroup,
  watermarksByPlace,
  type Admin,
} from '../groups.ts';
import { progressLine, Rate } from './progress.ts';

type Positions = ReadonlyMap<string, number>;

const pollMs = 100;

export interface CatchingUp {
  readonly admin: Admin;
  /** The database that is filled, and the one that is read meanwhile. */
  readonly next: string;
  readonly current: string;
  readonly configuration: RebuildConfiguration;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Resolves when the next generation has everything that the log had at the beginning and is as far as the
 * current one; or, when both run so close that none of many looks found it so, when it is behind by few
 * records. Throws when it does not come nearer, and when it is to stop.
 */
export async function asFarAsCurrent(work: CatchingUp): Promise<void> {
  const { admin, next, configuration, say, signal } = work;
  const rate = new Rate();
  const { lows, highs } = await endsNow(admin);
  let nearSince: number | undefined;
  let best = { behind: Infinity, at: awakeMs() };
  let saidAt = Number.NEGATIVE_INFINITY;
  for (;;) {
    signal.throwIfAborted();
    const target = furthest(highs, await currentPositions(work));
    const done = positionsIn(await bookmarksOf(admin, rebuildGroup(next)), next);
    const behind = distance({ from: done, to: target });
    if (behind === 0) return;
    const now = awakeMs();
    if (behind <= configuration.BEHIND_RECORDS_MAX) {
      nearSince ??= now;
      const hasLogOfBeginning = distance({ from: done, to: highs }) === 0;
      if (hasLogOfBeginning && now - nearSince > configuration.EQUAL_AFTER_MS_MAX) return;
    } else nearSince = undefined;
    const total = distance({ from: lows, to: target });
    if (now - saidAt >= configuration.PROGRESS_EVERY_MS) {
      saidAt = now;
      const recordsPerSecond = rate.observe({ done: total - behind, at: now });
      say(progressLine({ done: total - behind, total, recordsPerSecond }));
    }
    if (behind < best.behind) best = { behind, at: now };
    else if (now - best.at > configuration.STANDSTILL_MS_MAX)
      throw new Error(
        `It does not come nearer to the end of the log: ${behind} records are left. See whether ` +
          'Kafka and ClickHouse have room and time, and run it again.',
      );
    await sleep(pollMs, undefined, { signal });
  }
}

/**
 * Whether the projector has a bookmark in the next generation for every partition for which it has one in
 * another, or the rebuild has: then nobody needs what the rebuild handed over.
 */
export async function hasComeOver(admin: Admin, next: string): Promise<boolean> {
  const left = await bookmarksOf(admin, rebuildGroup(next));
  const live = await bookmarksOf(admin, liveGroup);
  return [...new Set([...left.keys(), ...live.keys()])].every(
    (place) => databaseOf(live.get(place)) === next,
  );
}

/** Where the projector is in the current generation. */
async function currentPositions({ admin, current }: CatchingUp): Promise<Positions> {
  return positionsIn(await bookmarksOf(admin, liveGroup), current);
}

function positionsIn(
  bookmarks: Awaited<ReturnType<typeof bookmarksOf>>,
  database: string,
): Positions {
  return new Map(
    [...bookmarks].flatMap(([place, bookmark]) =>
      databaseOf(bookmark) === database ? [[place, bookmark.offset] as const] : [],
    ),
  );
}

async function endsNow(admin: Admin): Promise<{ lows: Positions; highs: Positions }> {
  const ends = [...(await watermarksByPlace(admin))];
  return {
    lows: new Map(ends.map(([place, { low }]) => [place, low])),
    highs: new Map(ends.map(([place, { high }]) => [place, high])),
  };
}

const furthest = (one: Positions, other: Positions): Positions =>
  new Map([...one].map(([place, at]) => [place, Math.max(at, other.get(place) ?? 0)]));

/** Records between two positions, over all partitions; one that is ahead does not make up for another. */
export const distance = ({ from, to }: { from: Positions; to: Positions }): number =>
  [...to].reduce((sum, [place, end]) => sum + Math.max(0, end - (from.get(place) ?? 0)), 0);
