import type { TopicName, Typed } from '@semarak/schemas';
import { Halt, type InputRecord } from '../consumer-group/partition-task.ts';
import type { OutputRecord } from '../kafka/output-record.ts';
import type { UnreadableRecord } from '../records/record-codec.ts';

const windowRecords = 1_000;

/**
 * Counts unreadable records in windows of a thousand: a few are somebody's broken message, many are a
 * bad deployment, and going on would put the whole day aside.
 */
export class DeadLetterShare {
  readonly #perThousandMax: number;
  #seen = 0;
  #unreadable = 0;

  constructor(perThousandMax: number) {
    this.#perThousandMax = perThousandMax;
  }

  /** Throws Halt when the window holds more unreadable records than the limit. */
  count(kind: 'readable' | 'unreadable'): void {
    if (this.#seen === windowRecords) this.#seen = this.#unreadable = 0;
    this.#seen++;
    if (kind === 'readable') return;
    this.#unreadable++;
    if (this.#unreadable > this.#perThousandMax)
      throw new Halt(
        `More than ${this.#perThousandMax} of ${windowRecords} records cannot be read, which looks ` +
          'like a bad deployment: see the newest record in dead-letters, or deploy readers first.',
      );
  }
}

/**
 * What cannot be read, on its way aside with its origin and the reason. Its key is the record's place,
 * by which a repeat after a crash is told.
 */
export function deadLetter(
  input: InputRecord,
  { reason }: UnreadableRecord,
  from: { topic: TopicName; partition: number; encode: (record: Typed) => Buffer },
): OutputRecord {
  const { topic, partition } = from;
  const value = from.encode({
    type: 'DeadLetter',
    value: {
      sourceTopic: topic,
      sourcePartition: partition,
      sourceOffset: input.offset,
      reason,
      failedAt: Date.now(),
      key: input.key,
      value: input.value,
    },
  });
  const key = `${topic}/${String(partition)}/${String(input.offset)}`;
  return { topic: 'dead-letters', partition, key, value };
}
