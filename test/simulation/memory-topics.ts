import type { InputBatch, InputRecord } from '@semarak/infra/consumer-group';
import type { OutputRecord } from '@semarak/infra/kafka';
import type { TopicName } from '@semarak/schemas';

interface Partition {
  readonly records: InputRecord[];
  /** Offsets of what is for no reader: control records, and those of transactions that were given up. */
  readonly hidden: Set<number>;
  /** Offsets below it have been deleted. */
  low: number;
  /** Whether any ever were: who has seen the watermark may act upon it later. */
  wasTrimmed: boolean;
}

/** Topics in memory; a partition's records of one append stand together and in order, as in Kafka. */
export class MemoryTopics {
  readonly #partitions = new Map<string, Partition>();

  append(records: readonly OutputRecord[]): void {
    for (const { topic, partition, key, value, headers } of records) {
      const written = this.partition(topic, partition).records;
      written.push({
        offset: written.length,
        key: key === null ? null : Buffer.from(key),
        value,
        headers: Object.fromEntries(
          Object.entries(headers ?? {}).map(([name, text]) => [name, Buffer.from(String(text))]),
        ),
      });
    }
  }

  /** Somebody else’s producer ends a transaction there, and what it wrote is for no reader. */
  hide(topic: TopicName, partition: number): void {
    const { records, hidden } = this.partition(topic, partition);
    hidden.add(records.length);
    records.push({ offset: records.length, key: null, value: Buffer.from('for no reader') });
  }

  /** What is for readers, all of it. */
  readable(topic: TopicName, partition: number): readonly InputRecord[] {
    const { records, hidden } = this.partition(topic, partition);
    return records.filter(({ offset }) => !hidden.has(offset));
  }

  partition(topic: TopicName, partition: number): Partition {
    const name = `${topic}/${partition}`;
    const known = this.#partitions.get(name);
    if (known !== undefined) return known;
    const made: Partition = { records: [], hidden: new Set(), low: 0, wasTrimmed: false };
    this.#partitions.set(name, made);
    return made;
  }

  watermarks(topic: TopicName, partition: number): { low: number; high: number } {
    const { low, records } = this.partition(topic, partition);
    return { low, high: records.length };
  }

  trim({ topic, partition, low }: { topic: TopicName; partition: number; low: number }): void {
    const trimmed = this.partition(topic, partition);
    trimmed.low = low;
    trimmed.wasTrimmed ||= low > 0;
  }

  /** At most `size` records from an offset on; those that have been deleted are not among them. */
  batch(at: { topic: TopicName; partition: number; from: number; size: number }): InputBatch {
    const { low, records, hidden } = this.partition(at.topic, at.partition);
    const first = Math.max(at.from, low);
    const found = records.slice(first, first + at.size);
    return {
      from: at.from,
      records: found.filter(({ offset }) => !hidden.has(offset)),
      to: found.length === 0 ? at.from : first + found.length,
      highWatermark: records.length,
    };
  }
}
