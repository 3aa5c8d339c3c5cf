import type { TopicName } from '@semarak/schemas';
import type { Admin, Kafka } from 'kafkajs';
import {
  TopicReader,
  watermarksOf,
  type LogPlaces,
  type LogRecord,
  type TopicReaderLimits,
} from '../kafka/index.ts';
import { highestTold } from '../stream-processor/index.ts';

/**
 * What the last `recordsMax` records of a partition of derived events say to be acknowledged: the
 * offset of the input below which nothing must be produced again. 0: nothing is said, or the leader has begun anew since:
 * then what was acknowledged may be lost, and it is produced again.
 */
export async function toldAcknowledged(
  at: {
    readonly kafka: Kafka;
    readonly admin: Admin;
    readonly worker: string;
    readonly places: LogPlaces;
  },
  of: {
    readonly topic: TopicName;
    readonly partition: number;
    readonly partitions: number;
    readonly recordsMax: number;
    readonly limits: TopicReaderLimits;
  },
): Promise<number> {
  const { topic, partition, partitions, recordsMax, limits } = of;
  const { low, high } = await watermarksOf(at.admin, { topic, partition });
  const from = Math.max(low, high - recordsMax);
  if (from >= high) return 0;
  const group = `${at.worker}-tail`;
  const reader = await TopicReader.open({ kafka: at.kafka, topic, partitions, group, limits });
  const tail: LogRecord[] = [];
  try {
    for await (const records of reader.read({ partition, from, to: high })) tail.push(...records);
  } finally {
    await reader.close();
  }
  const epoch = tail.at(-1)?.writtenIn.leaderEpoch;
  if (epoch === undefined || !(await at.places.isLedSince({ topic, partition }, epoch))) return 0;
  return highestTold(tail.filter(({ writtenIn }) => writtenIn.leaderEpoch === epoch));
}
