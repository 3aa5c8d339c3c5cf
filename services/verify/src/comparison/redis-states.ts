import {
  bucketOf,
  bucketsPerPartition,
  partitionKey,
  readStates,
  type StateRedis,
} from '@semarak/infra/state-store';
import type { ExpectedStates } from '../recount/states.ts';
import type { Difference } from './differences.ts';

/** A worker’s partition as recounted, which can be moved on along the log. */
export interface RecountedPartition {
  readonly worker: 'accrual' | 'rewards';
  readonly partition: number;
  readonly states: ExpectedStates;
  /** Offset of the first record that is not counted. */
  readonly position: number;
  /** Counts on up to this offset. Throws when the log does not reach so far. */
  advance(position: number): Promise<void>;
  /** What the filter should say, by source partition of `transactions`. */
  filter(): ReadonlyMap<number, { readonly offset: number; readonly ordinal: number }>;
}

interface By {
  readonly redis: StateRedis;
  readonly limits: { readonly bucketsPerRequest: number; readonly statesPerScript: number };
  /** Where the partition’s log ends now. */
  readonly end: () => Promise<number>;
  readonly report: (difference: Difference) => void;
  readonly unsettled: (what: string) => void;
}

/**
 * Compares all states of a partition, its position and its filter. Whatever differs at first sight is
 * read again together with the position that it is true for, and the recount is moved to the same
 * position: so nothing differs only because the worker has gone on.
 */
export async function compareStates(of: RecountedPartition, by: By): Promise<{ states: number }> {
  const key = partitionKey(of);
  const where = `redis ${of.worker}`;
  const { states, suspicious } = await firstSight(of, by);
  for (let start = 0; start < suspicious.length; start += by.limits.statesPerScript) {
    const names = suspicious.slice(start, start + by.limits.statesPerScript);
    const loaded = await readStates(by.redis, { key, names });
    if (!(await follow(of, by, loaded.position))) return { states };
    names.forEach((name, index) => {
      const says = of.states.unlike(name, loaded.states[index] ?? null);
      if (says !== undefined)
        by.report({ in: where, key: name === '' ? `${key} (published)` : name, says });
    });
  }
  const [position, filter] = await by.redis.hmget(key, 'position', 'filter');
  if (!(await follow(of, by, Number(position ?? 0)))) return { states };
  const should = filterText(of.filter());
  const is = (filter ?? '').split(',').filter(Boolean).sort().join(',');
  if (is !== should)
    by.report({ in: where, key: `${key} filter`, says: `is "${is}", should be "${should}"` });
  return { states };
}

/** Moves the recount to where the worker is; false when that cannot be: then it is told. */
async function follow(of: RecountedPartition, by: By, position: number): Promise<boolean> {
  if (position === of.position) return true;
  if (position < of.position) {
    by.unsettled(`redis ${of.worker}`);
    return false;
  }
  const end = await by.end();
  if (position > end) {
    const says = `is ${position}, should be at most ${end}, where the log ends`;
    by.report({ in: `redis ${of.worker}`, key: `${partitionKey(of)} position`, says });
    return false;
  }
  await of.advance(position);
  return true;
}

/** The names whose states are not what the recount has now, and how many states there are. */
async function firstSight(
  of: RecountedPartition,
  by: By,
): Promise<{ states: number; suspicious: string[] }> {
  const key = partitionKey(of);
  const unseen = new Set(of.states.names());
  const suspicious: string[] = [];
  const { bucketsPerRequest } = by.limits;
  let states = 0;
  for (let first = 0; first < bucketsPerPartition; first += bucketsPerRequest) {
    const pipeline = by.redis.pipeline();
    const end = Math.min(first + bucketsPerRequest, bucketsPerPartition);
    for (let bucket = first; bucket < end; bucket++) pipeline.hgetallBuffer(`${key}:${bucket}`);
    const answers = (await pipeline.exec()) ?? [];
    answers.forEach(([error, hash], index) => {
      if (error !== null) throw error;
      for (const [name, bytes] of Object.entries(hash as Readonly<Record<string, Buffer>>)) {
        states++;
        if (bucketOf(name) !== first + index) {
          const says = `a state is in bucket ${first + index}, where nobody looks for it`;
          by.report({ in: `redis ${of.worker}`, key: name, says });
          continue;
        }
        unseen.delete(name);
        if (of.states.unlike(name, bytes) !== undefined) suspicious.push(name);
      }
    });
  }
  return { states, suspicious: [...suspicious, ...unseen] };
}

function filterText(
  filter: ReadonlyMap<number, { readonly offset: number; readonly ordinal: number }>,
): string {
  return [...filter]
    .map(([partition, { offset, ordinal }]) => `transactions/${partition}:${offset}:${ordinal}`)
    .sort()
    .join(',');
}

/** Keys that look like a worker’s but belong to no partition and bucket. */
export async function compareKeys(
  by: Pick<By, 'redis' | 'report'> & { readonly partitions: number },
): Promise<void> {
  const pattern = /^\{(accrual|rewards):(\d+)\}(?::(\d+))?$/;
  for (const worker of ['accrual', 'rewards']) {
    let cursor = '0';
    do {
      const [next, keys] = await by.redis.scan(cursor, 'MATCH', `{${worker}:*`, 'COUNT', 10_000);
      cursor = next;
      for (const key of keys) {
        const [, , partition, bucket = '0'] = pattern.exec(key) ?? [];
        if (
          partition === undefined ||
          Number(partition) >= by.partitions ||
          Number(bucket) >= bucketsPerPartition
        )
          by.report({ in: `redis ${worker}`, key, says: 'the key is there, none should be' });
      }
    } while (cursor !== '0');
  }
}
