import type { Admin } from 'kafkajs';

/** First offset still in a partition, and the one after its last. */
export interface Watermarks {
  readonly low: number;
  readonly high: number;
}

/** Asks Kafka for a partition's ends. Throws when the topic has no such partition. */
export async function watermarksOf(
  admin: Admin,
  at: { topic: string; partition: number },
): Promise<Watermarks> {
  const offsets = await admin.fetchTopicOffsets(at.topic);
  const found = offsets.find(({ partition }) => partition === at.partition);
  if (found === undefined) throw new Error(`${at.topic} has no partition ${at.partition}`);
  return { low: Number(found.low), high: Number(found.high) };
}
