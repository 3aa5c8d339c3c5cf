import { topics, type Records, type TopicName, type Typed } from '@semarak/schemas';
import { Halt, type InputRecord } from '../consumer-group/partition-task.ts';
import type { OutputRecord } from '../kafka/output-record.ts';
import { UnreadableRecord } from '../records/record-codec.ts';

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

/** The record, when it may stand in the topic; throws UnreadableRecord otherwise. */
export function belongingTo(topic: TopicName, record: Typed): Typed {
  if ((topics[topic].records as readonly string[]).includes(record.type)) return record;
  throw new UnreadableRecord(`${record.type} may not stand in ${topic}`);
}

/** A record's place in the log, as the key of its dead letters has it: `transactions/3/120`. */
export const placeOf = (at: { topic: string; partition: number; offset: number }): string =>
  `${at.topic}/${String(at.partition)}/${String(at.offset)}`;

/**
 * What cannot be read, on its way aside with its bytes, its origin and the reason. Its key is the
 * record's place, by which copies are told: a repeat after a crash, or the letter of another reader.
 */
export function deadLetter(
  input: InputRecord,
  { reason }: UnreadableRecord,
  from: {
    topic: TopicName;
    partition: number;
    /** The consumer group that cannot take it in. */
    reader: string;
    encode: (record: Typed) => Buffer;
  },
): OutputRecord {
  const { topic, partition, reader } = from;
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
      headers: headersOf(input),
      reader,
    },
  });
  const key = placeOf({ topic, partition, offset: input.offset });
  return { topic: 'dead-letters', partition, key, value };
}

/** kafkajs gives an array where a name stands more than once. */
function headersOf({ headers = {} }: InputRecord): Records['DeadLetter']['headers'] {
  return Object.entries(headers).flatMap(([name, given]) =>
    [given as unknown].flat().map((value) => ({ name, value: bytesOf(value) })),
  );
}

function bytesOf(value: unknown): Buffer | null {
  if (Buffer.isBuffer(value)) return value;
  return typeof value === 'string' ? Buffer.from(value) : null;
}
