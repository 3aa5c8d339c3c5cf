import type { TopicName } from '@semarak/schemas';
import type { Admin, Kafka } from 'kafkajs';
import { TopicReader, watermarksOf, type TopicReaderLimits } from '../kafka/index.ts';
import { highestTold } from '../stream-processor/index.ts';

/**
 * What the last `recordsMax` records of a partition of derived events say to be acknowledged: the
 * offset of the input below which nothing must be produced again. 0: nothing is said.
 */
export async function toldAcknowledged(
  at: { readonly kafka: Kafka; readonly admin: Admin; readonly worker: string },
  tail: {
    readonly topic: TopicName;
    readonly partition: number;
    readonly partitions: number;
    readonly recordsMax: number;
    readonly limits: TopicReaderLimits;
  },
): Promise<number> {
  const { topic, partition, partitions, recordsMax, limits } = tail;
  const { low, high } = await watermarksOf(at.admin, { topic, partition });
  const from = Math.max(low, high - recordsMax);
  if (from >= high) return 0;
  const group = `${at.worker}-tail`;
  const reader = await TopicReader.open({ kafka: at.kafka, topic, partitions, group, limits });
  let told = 0;
  try {
    for await (const records of reader.read({ partition, from, to: high }))
      told = Math.max(told, highestTold(records));
  } finally {
    await reader.close();
  }
  return told;
}
