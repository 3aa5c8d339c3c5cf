import kafkajs, { type Admin, type EachBatchPayload } from 'kafkajs';

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
   * Throws StaleGeneration when the group has been joined anew since the partition was acquired or there
   * was no batch yet, which is then asked for, and OffsetInDoubt when Kafka has not answered.
   * kafkajs may resolve without having sent it: whoever depends on it reads back.
   */
  commit(at: { offset: number; metadata?: string }): Promise<void>;
}

/**
 * How a batch handler commits in kafkajs: one request with the generation of this very moment. The
 * consumer's own `commitOffsets` tries again inside, after a rejoin with the new generation, and so
 * gets a stale handler's commit through.
 */
export type SendCommit = EachBatchPayload['commitOffsetsIfNecessary'];

/** The partition was acquired before the group's last rebalance. */
export class StaleGeneration extends Error {
  readonly code = 'stale_generation';
}

/**
 * Kafka has not answered, so the commit may still be on its way, and may overwrite a later one of the
 * same generation. Only another generation keeps it out: the process has to end.
 */
export class OffsetInDoubt extends Error {
  readonly code = 'offset_in_doubt';
}

export function groupOffsets(group: {
  topic: string;
  partition: number;
  groupId: string;
  admin: Admin;
  /** Of the newest batch; undefined until the first one came. */
  send: () => SendCommit | undefined;
  isCurrent: () => boolean;
  /** Has the record at this offset fetched, for a batch to commit with; nothing is worked of it. */
  fetchAgain: (offset: number) => void;
}): Offsets {
  const { topic, partition, groupId, admin } = group;
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
      const send = group.send();
      if (send === undefined) {
        if (offset > 0) group.fetchAgain(offset - 1);
        throw new StaleGeneration(`${topic}/${partition} has not had a batch to commit`);
      }
      const at = {
        partition,
        offset: String(offset),
        ...(metadata === undefined ? {} : { metadata }),
      };
      try {
        await send({ topics: [{ topic, partitions: [at] }] });
      } catch (error) {
        if (error instanceof kafkajs.KafkaJSProtocolError) throw error;
        throw new OffsetInDoubt(
          `Kafka has not said whether it took offset ${offset} of ${topic}/${partition}: the process ` +
            'ends, since only another generation of the group keeps out what is still on its way.',
          { cause: error },
        );
      }
    },
  };
}
