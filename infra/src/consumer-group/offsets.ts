import type { CommittedOffset, OffsetRequests } from './offset-requests.ts';

/** The committed offset of one partition. */
export interface Offsets {
  read(): Promise<CommittedOffset>;
  /**
   * Throws StaleGeneration when the group has been joined anew since the partition was acquired or there
   * was no batch yet, which is then asked for, and OffsetInDoubt when Kafka has not answered.
   * kafkajs may resolve without having sent it: whoever depends on it reads back.
   */
  commit(at: { offset: number; metadata?: string }): Promise<void>;
}

/** The partition was acquired before the group's last rebalance. */
export class StaleGeneration extends Error {
  readonly code = 'stale_generation';
}

export function groupOffsets(group: {
  readonly topic: string;
  readonly partition: number;
  readonly requests: OffsetRequests;
  /** Whether there has been a batch, with which one can commit. */
  readonly hasBatch: () => boolean;
  readonly isCurrent: () => boolean;
  /** Has the record at this offset fetched, for a batch to commit with; nothing is worked of it. */
  readonly fetchAgain: (offset: number) => void;
}): Offsets {
  const { topic, partition, requests, isCurrent } = group;
  return {
    read: () => requests.read({ topic, partition }),
    async commit({ offset, metadata }) {
      if (isCurrent() && !group.hasBatch()) {
        if (offset > 0) group.fetchAgain(offset - 1);
        throw new StaleGeneration(`${topic}/${partition} has not had a batch to commit`);
      }
      const outcome = await requests.commit({ topic, partition, offset, metadata, isCurrent });
      if (outcome === 'stale')
        throw new StaleGeneration(`${topic}/${partition} was acquired before the last rebalance`);
    },
  };
}
