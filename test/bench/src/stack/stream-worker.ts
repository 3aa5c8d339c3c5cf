import { partitionKey } from '@semarak/infra/state-store';
import { consumerGroups } from '@semarak/schemas';
import type { BenchStack } from './bench-stack.ts';
import { beginMeasuring, until, type Taken } from './measuring.ts';

/** A worker whose states and positions are in Redis. */
export type StreamWorker = 'accrual' | 'rewards';

const startedWithinMs = 60_000;
const doneWithinMs = 3_600_000;
const startAskedEveryMs = 2;
const positionAskedEveryMs = 20;

/**
 * Starts the worker on what lies in its input and lets it work to the end, then stops it. Measured from
 * the moment at which it has acquired its first partition, before it has taken a record, to the one at
 * which the last position is committed.
 */
export async function workThrough(
  stack: BenchStack,
  name: StreamWorker,
  nodeOptions: readonly string[] = [],
): Promise<Taken> {
  const [input] = consumerGroups[name];
  const partitions = (await stack.ends(input)).length;
  const owners = (await places(stack, name, partitions)).map(({ token }) => token);
  const starting = stack.startService(name, nodeOptions);
  await until(stack, {
    what: `${name} takes its first record`,
    everyMs: startAskedEveryMs,
    withinMs: startedWithinMs,
    holds: async () =>
      (await places(stack, name, partitions)).some(({ token }, at) => token !== owners[at]),
  });
  const taken = beginMeasuring(stack);
  await untilAtEnd(stack, name);
  const result = taken();
  await starting;
  await stack.stop(name);
  return result;
}

/** Resolves when the worker has committed a position behind all that lies in its input now. */
export async function untilAtEnd(stack: BenchStack, name: StreamWorker): Promise<void> {
  const [input] = consumerGroups[name];
  const ends = await stack.ends(input);
  const from = sum((await places(stack, name, ends.length)).map(({ position }) => position));
  const progress = stack.progress(name, sum(ends) - from);
  await until(stack, {
    what: `${name} is at the end of ${input}`,
    everyMs: positionAskedEveryMs,
    withinMs: doneWithinMs,
    holds: async () => {
      const positions = (await places(stack, name, ends.length)).map(({ position }) => position);
      progress(sum(positions) - from);
      return positions.every((position, partition) => position >= (ends[partition] ?? 0));
    },
  });
}

async function places(
  { redis }: BenchStack,
  worker: string,
  partitions: number,
): Promise<{ readonly position: number; readonly token: string }[]> {
  const asked = redis.pipeline();
  for (let partition = 0; partition < partitions; partition++)
    asked.hmget(partitionKey({ worker, partition }), 'position', 'token');
  const answers = (await asked.exec()) ?? [];
  return answers.map(([error, answer]) => {
    if (error !== null) throw error;
    const [position, token] = answer as (string | null)[];
    return { position: Number(position ?? 0), token: token ?? '' };
  });
}

const sum = (numbers: readonly number[]): number =>
  numbers.reduce((total, number) => total + number, 0);
