import type { TopicName } from '@semarak/schemas';
import { contentDigest } from '../kafka/log-place.ts';
import type { OutputRecord } from '../kafka/output-record.ts';

/** A record that was written, by what it holds: its writer does not know of the leader's epoch. */
export interface WrittenRecord {
  readonly topic: TopicName;
  readonly partition: number;
  readonly offset: number;
  /** Of its key and value. */
  readonly digest: string;
}

/**
 * The last record that the owners of a partition have written to each partition of other topics, and Kafka has
 * acknowledged. It is committed with the states: they hold what these records tell.
 */
export class Written {
  readonly #known = new Map<string, WrittenRecord>();
  /** Not digested yet: of the many records of a chunk the last ones count alone. */
  #fresh = new Map<TopicName, { record: OutputRecord; offset: number }[]>();

  /** Reads what `encode` wrote; the empty text: nothing was written. */
  static decode(text: string): Written {
    const written = new Written();
    for (const entry of text === '' ? [] : text.split(',')) {
      const match = /^([\w-]+)\/(\d+):(\d+):([0-9a-f]+)$/.exec(entry);
      if (match === null) throw new Error(`"${entry}" is no record that was written`);
      const [, topic, partition, offset, digest = ''] = match;
      written.#keep({
        topic: topic as TopicName,
        partition: Number(partition),
        offset: Number(offset),
        digest,
      });
    }
    return written;
  }

  /** `topic/partition:offset:digest`, joined by commas. */
  encode(): string {
    for (const [topic, last] of this.#fresh)
      last.forEach(({ record: { key, value }, offset }, partition) => {
        const bytes = typeof key === 'string' ? Buffer.from(key) : key;
        this.#keep({ topic, partition, offset, digest: contentDigest({ key: bytes, value }) });
      });
    this.#fresh = new Map();
    return [...this.#known]
      .map(([place, { offset, digest }]) => `${place}:${offset}:${digest}`)
      .join(',');
  }

  /** Records that Kafka has acknowledged at these offsets. */
  add(records: readonly OutputRecord[], offsets: readonly (number | undefined)[]): void {
    records.forEach((record, index) => {
      const offset = offsets[index];
      if (offset === undefined) return;
      let ofTopic = this.#fresh.get(record.topic);
      if (ofTopic === undefined) this.#fresh.set(record.topic, (ofTopic = []));
      ofTopic[record.partition] = { record, offset };
    });
  }

  /** Takes over what another one knows, where it is farther. */
  takeFarther(other: Written): void {
    other.encode();
    for (const [place, record] of other.#known) {
      const known = this.#known.get(place);
      if (known === undefined || known.offset < record.offset) this.#keep(record);
    }
  }

  /** What must be in the log. */
  records(): readonly WrittenRecord[] {
    return [...this.#known.values()];
  }

  #keep(record: WrittenRecord): void {
    this.#known.set(`${record.topic}/${record.partition}`, record);
  }
}
