import type { Admin, Consumer } from 'kafkajs';

/** An offset as the consumer group keeps it. */
export interface CommittedOffset {
  /** The next record to read; undefined when nothing has been committed. */
  readonly offset: number | undefined;
  /** Empty when none was given. */
  readonly metadata: string;
}

/** The committed offset of one partition. */
export interface Offsets {
  read(): Promise<CommittedOffset>;
  /**
   * Throws StaleGeneration when the group has been joined anew since the partition was acquired.
   * kafkajs may resolve without having sent it: whoever depends on it reads back.
   */
  commit(at: { offset: number; metadata?: string }): Promise<void>;
}

/** The partition was acquired before the group's last rebalance. */
export class StaleGeneration extends Error {
  readonly code = 'stale_generation';
}

export function groupOffsets(group: {
  topic: string;
  partition: number;
  groupId: string;
  consumer: Consumer;
  admin: Admin;
  isCurrent: () => boolean;
}): Offsets {
  const { topic, partition, groupId, consumer, admin } = group;
  return {
    async read() {
      const [found] = await admin.fetchOffsets({ groupId, topics: [topic] });
      const entry = found?.partitions.find((candidate) => candidate.partition === partition);
      const offset = Number(entry?.offset ?? -1);
      return { offset: offset < 0 ? undefined : offset, metadata: entry?.metadata ?? '' };
    },
    async commit({ offset, metadata }) {
      if (!group.isCurrent())
        throw new StaleGeneration(`${topic}/${partition} was acquired before the last rebalance`);
      await consumer.commitOffsets([
        {
          topic,
          partition,
          offset: String(offset),
          ...(metadata === undefined ? {} : { metadata }),
        },
      ]);
    },
  };
}
