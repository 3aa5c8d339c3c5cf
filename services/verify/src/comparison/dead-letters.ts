import { createHash } from 'node:crypto';
import type { Records } from '@semarak/schemas';
import type { Difference } from './differences.ts';

interface Origin {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

const placeOf = ({ topic, partition, offset }: Origin): string => `${topic}/${partition}/${offset}`;

/**
 * Everything that should be in `dead-letters`, by origin; copies of one are one. What a service once
 * put aside it does not take in at that place, also when it could be read today: it must then stand in
 * its topic again.
 */
export class DeadLetters {
  /** Who put aside what is there. */
  readonly #readers = new Map<string, Set<string>>();
  /** What can be read today, by partition and what tells the record that replaces it. */
  readonly #readable = new Map<string, Map<string, string>>();
  readonly #expected = new Map<string, string>();
  readonly #found = new Set<string>();
  readonly #report: (difference: Difference) => void;

  constructor(report: (difference: Difference) => void) {
    this.#report = report;
  }

  /** One that is there, before anything is compared. */
  learn({
    sourceTopic: topic,
    sourcePartition: partition,
    sourceOffset: offset,
    reader,
  }: Pick<
    Records['DeadLetter'],
    'sourceTopic' | 'sourcePartition' | 'sourceOffset' | 'reader'
  >): void {
    const place = placeOf({ topic, partition, offset });
    const readers = this.#readers.get(place) ?? new Set();
    this.#readers.set(place, readers.add(reader));
  }

  /** Whether a service put the record aside; one that does not say who it is may be any. */
  isAside(origin: Origin, reader: string): boolean {
    const readers = this.#readers.get(placeOf(origin));
    return readers !== undefined && (readers.has(reader) || readers.has(''));
  }

  /** A record that was put aside and can be read today. `identity` tells what replaces it. */
  expectReadable(
    { topic, partition }: Omit<Origin, 'offset'>,
    record: { offset: number; value: Buffer | null },
    identity: string,
  ): void {
    this.expect(topic, partition, record);
    const name = `${topic}/${partition}`;
    const readable = this.#readable.get(name) ?? new Map<string, string>();
    readable.set(identity, placeOf({ topic, partition, offset: record.offset }));
    this.#readable.set(name, readable);
  }

  /** A record that is taken in; it replaces one before it of the same identity. */
  takenIn({ topic, partition }: Omit<Origin, 'offset'>, identityOf: () => string): void {
    const readable = this.#readable.get(`${topic}/${partition}`);
    if (readable !== undefined && readable.size > 0) readable.delete(identityOf());
  }

  /** A record that cannot be read, or can be part of no history. */
  expect(topic: string, partition: number, record: { offset: number; value: Buffer | null }): void {
    this.#expected.set(`${topic}/${partition}/${record.offset}`, digest(record.value));
  }

  /** One that is there. `isGone`: its origin cannot be read any more, so nothing is known of it. */
  found(
    letter: Pick<
      Records['DeadLetter'],
      'sourceTopic' | 'sourcePartition' | 'sourceOffset' | 'reason' | 'value'
    >,
    isGone: boolean,
  ): void {
    const { sourceTopic, sourcePartition, sourceOffset, reason, value } = letter;
    const key = `${sourceTopic}/${sourcePartition}/${sourceOffset}`;
    this.#found.add(key);
    const should = this.#expected.get(key);
    if (should === undefined) {
      if (isGone) return;
      const says = `a dead letter is there, none should be; its reason: ${reason}`;
      this.#report({ in: 'dead-letters', key, says });
    } else if (should !== digest(value))
      this.#report({ in: 'dead-letters', key, says: 'the bytes are not those of the record' });
  }

  finish(): void {
    for (const readable of this.#readable.values())
      for (const key of readable.values())
        this.#report({
          in: 'dead-letters',
          key,
          says: `it can be read today and does not stand in its topic again: npm run dead-letters -- retry ${key}`,
        });
    for (const key of this.#expected.keys())
      if (!this.#found.has(key))
        this.#report({ in: 'dead-letters', key, says: 'the dead letter is missing' });
  }
}

/** Of a record’s bytes. */
export const digest = (value: Uint8Array | null): string =>
  value === null ? 'null' : createHash('md5').update(value).digest('hex');
