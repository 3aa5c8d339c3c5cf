import { partitionOf } from '@semarak/infra/kafka';

const keysMax = 50_000;

/**
 * Partitions of keys in a topic of so many partitions. Hashing a key costs more than judging it, and
 * members come back, so that the newest keys are kept.
 */
export function keyPartitions(partitions: number): (key: string) => number {
  const known = new Map<string, number>();
  return (key) => {
    const kept = known.get(key);
    if (kept !== undefined) return kept;
    const partition = partitionOf({ key, partitions });
    if (known.size >= keysMax) known.clear();
    known.set(key, partition);
    return partition;
  };
}
