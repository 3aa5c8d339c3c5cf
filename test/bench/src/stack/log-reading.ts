import { TopicReader } from '@semarak/infra/kafka';
import type { TopicName, Typed } from '@semarak/schemas';
import type { BenchStack } from './bench-stack.ts';

const limits = {
  readMsMax: 60_000,
  fetchWaitMsMax: 50,
  fetchBytesMax: 4 * 1024 * 1024,
  decompressedBytesMax: 16 * 1024 * 1024,
};

interface Batch {
  readonly partition: number;
  readonly records: readonly Typed[];
  /** Of each record. */
  readonly offsets: readonly number[];
}

/**
 * All records of a topic, or those from an offset of each partition on, partition by partition in their order.
 * Throws at one that cannot be read.
 */
export async function* batchesOf(
  stack: BenchStack,
  topic: TopicName,
  from: readonly number[] = [],
): AsyncGenerator<Batch> {
  const ends = await stack.ends(topic);
  const codec = await stack.codec();
  const progress = stack.progress(
    `reading ${topic}`,
    ends.reduce((sum, end) => sum + end, 0),
  );
  const reader = await TopicReader.open({
    kafka: stack.kafka,
    topic,
    partitions: ends.length,
    group: 'bench',
    limits,
  });
  let read = 0;
  try {
    for (const [partition, to] of ends.entries())
      for await (const batch of reader.read({ partition, from: from[partition] ?? 0, to })) {
        await codec.prepare(batch.map(({ value }) => value));
        yield {
          partition,
          records: batch.map(({ value }) => codec.decode(value)),
          offsets: batch.map(({ offset }) => offset),
        };
        progress((read += batch.length));
      }
  } finally {
    await reader.close();
  }
}
