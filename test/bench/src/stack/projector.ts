import { consumerGroups, type TopicName } from '@semarak/schemas';
import type { BenchStack } from './bench-stack.ts';
import { beginMeasuring, until, type Taken } from './measuring.ts';

const name = 'projector';
const topics = consumerGroups.projector;
const startedWithinMs = 60_000;
const doneWithinMs = 3_600_000;
const startAskedEveryMs = 2;
const bookmarksAskedEveryMs = 50;

/**
 * Starts the projector on what lies in its topics and lets it work to their ends, then stops it. Measured
 * from the moment at which it is in its group, before it has asked for a record, to the one at which the last
 * row is in ClickHouse and the last offset is committed. `records` is how many it has read.
 */
export async function projectThrough(
  stack: BenchStack,
  nodeOptions: readonly string[],
): Promise<{ readonly records: number; readonly taken: Taken }> {
  const starting = stack.startService(name, nodeOptions);
  await until(stack, {
    what: `${name} is in its group`,
    everyMs: startAskedEveryMs,
    withinMs: startedWithinMs,
    holds: async () => (await stack.admin.describeGroups([name])).groups[0]?.state === 'Stable',
  });
  const takenSince = beginMeasuring(stack);
  const records = await untilProjected(stack);
  const taken = takenSince();
  await starting;
  await stack.stop(name);
  return { records, taken };
}

/**
 * Resolves when all that lies in the topics now is in ClickHouse, with the number of records that lie there.
 * A bookmark is committed when the rows before it have been acknowledged.
 */
export async function untilProjected(stack: BenchStack): Promise<number> {
  const ends = new Map<TopicName, readonly number[]>();
  for (const topic of topics) ends.set(topic, await stack.ends(topic));
  const records = [...ends.values()].flat().reduce((sum, end) => sum + end, 0);
  const progress = stack.progress(name, records);
  await until(stack, {
    what: `${name} is at the end of its topics`,
    everyMs: bookmarksAskedEveryMs,
    withinMs: doneWithinMs,
    async holds() {
      let left = 0;
      for (const { topic, partitions } of await stack.admin.fetchOffsets({
        groupId: name,
        topics: [...topics],
      }))
        for (const { partition, offset } of partitions) {
          const end = ends.get(topic as TopicName)?.[partition] ?? 0;
          left += Math.max(0, end - Math.max(0, Number(offset)));
        }
      progress(records - left);
      return left === 0;
    },
  });
  return records;
}
