import type { InputBatch, InputRecord } from '@semarak/infra/consumer-group';
import {
  contentDigest,
  placeOf,
  type LogPlace,
  type OutputRecord,
  type PlaceVerdict,
} from '@semarak/infra/kafka';
import type { WrittenRecord } from '@semarak/infra/stream-processor';
import type { TopicName } from '@semarak/schemas';

interface Partition {
  readonly records: InputRecord[];
  /** Offsets of what is for no reader: control records, and those of transactions that were given up. */
  readonly hidden: Set<number>;
  /** Offsets below it have been deleted. */
  low: number;
  /** Whether any ever were: who has seen the watermark may act upon it later. */
  wasTrimmed: boolean;
  /** Grows each time that the leader begins anew. */
  epoch: number;
  /** Whether it has lost records from its end. */
  hasLost: boolean;
}

/** Topics in memory; a partition's records of one append stand together and in order, as in Kafka. */
export class MemoryTopics {
  readonly #partitions = new Map<string, Partition>();
  /** What was lost, by place: dead letters may tell of it still. */
  readonly lost: { readonly name: string; readonly value: Buffer | null }[] = [];

  /** The offset of each. */
  append(records: readonly OutputRecord[]): number[] {
    const offsets: number[] = [];
    for (const { topic, partition, key, value, headers } of records) {
      const { records: written, epoch } = this.partition(topic, partition);
      offsets.push(written.length);
      written.push({
        offset: written.length,
        key: key === null ? null : Buffer.from(key),
        value,
        headers: Object.fromEntries(
          Object.entries(headers ?? {}).map(([name, text]) => [name, Buffer.from(String(text))]),
        ),
        writtenIn: { leaderEpoch: epoch, timestamp: 0 },
      });
    }
    return offsets;
  }

  /** The power goes: every leader begins anew, and a partition has lost its last records. */
  loseEnd(at: { topic: TopicName; partition: number; records: number }): void {
    const lost = this.partition(at.topic, at.partition);
    for (const { offset, value } of lost.records.splice(lost.records.length - at.records))
      this.lost.push({ name: `${at.topic}/${at.partition}/${offset}`, value });
    for (const offset of lost.hidden) if (offset >= lost.records.length) lost.hidden.delete(offset);
    lost.low = Math.min(lost.low, lost.records.length);
    lost.hasLost ||= at.records > 0;
    this.#beginAnew();
  }

  /** Whether a topic has lost records since it was last made anew from what it had. */
  get hasLost(): boolean {
    return [...this.#partitions.values()].some(({ hasLost }) => hasLost);
  }

  /** Deletes topics and makes them again; what the others have is how it is. */
  makeAnew(topics: readonly TopicName[]): void {
    this.lost.length = 0;
    for (const [name, partition] of this.#partitions) {
      partition.hasLost = false;
      partition.low = 0;
      if (!topics.some((topic) => name.startsWith(`${topic}/`))) continue;
      partition.records.length = 0;
      partition.hidden.clear();
    }
    this.#beginAnew();
  }

  #beginAnew(): void {
    for (const partition of this.#partitions.values()) partition.epoch++;
  }

  /** Whether the leader has not begun anew since a record was written. */
  isLedSince(topic: TopicName, partition: number, writtenIn: InputRecord['writtenIn']): boolean {
    return writtenIn?.leaderEpoch === this.partition(topic, partition).epoch;
  }

  /** Whether a partition has a record with this key and value at its offset. */
  isInLog({ topic, partition, offset, digest }: WrittenRecord): boolean {
    const record = this.partition(topic, partition).records[offset];
    return record !== undefined && contentDigest(record) === digest;
  }

  /** Whether the partition has this very record. */
  verdictOf(topic: TopicName, partition: number, place: LogPlace): PlaceVerdict {
    const record = this.partition(topic, partition).records[place.offset];
    const found = record === undefined ? undefined : placeOf(record);
    const stands = found?.epoch === place.epoch && found.digest === place.digest;
    return stands ? { type: 'stands' } : { type: 'lost', from: place.offset };
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
    const made: Partition = {
      records: [],
      hidden: new Set(),
      low: 0,
      wasTrimmed: false,
      epoch: 0,
      hasLost: false,
    };
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
