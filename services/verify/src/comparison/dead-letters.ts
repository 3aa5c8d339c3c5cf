import { wholeBatchHeader } from '@semarak/infra/kafka';
import { createHash } from 'node:crypto';
import type { Records } from '@semarak/schemas';
import type { Difference } from './differences.ts';

interface Origin {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

const placeOf = ({ topic, partition, offset }: Origin): string => `${topic}/${partition}/${offset}`;

/** Who put a record aside, and what it held; `any`: not told, it was part of a batch. */
interface Aside {
  readonly reader: string;
  readonly digest: string;
}

const anyDigest = 'any';
const anotherRecord =
  'the bytes are not those of the record: the log has lost the one that was put aside, which is in this letter alone';

/**
 * Everything that should be in `dead-letters`, by origin; copies of one are one. What a service once
 * put aside it does not take in at that place, also when it could be read today: it must then stand in
 * its topic again.
 */
export class DeadLetters {
  readonly #aside = new Map<string, Aside[]>();
  /** What can be read today, by partition and what tells the record that replaces it. */
  readonly #readable = new Map<string, Map<string, string>>();
  readonly #expected = new Map<string, string>();
  readonly #found = new Set<string>();
  readonly #report: (difference: Difference) => void;

  constructor(report: (difference: Difference) => void) {
    this.#report = report;
  }

  /** One that is there, before anything is compared. */
  learn(
    letter: Pick<
      Records['DeadLetter'],
      'sourceTopic' | 'sourcePartition' | 'sourceOffset' | 'reader' | 'value' | 'headers'
    >,
  ): void {
    const { sourceTopic: topic, sourcePartition: partition, sourceOffset: offset, reader } = letter;
    const place = placeOf({ topic, partition, offset });
    const isBatch = letter.headers.some(({ name }) => name === wholeBatchHeader);
    const one = { reader, digest: isBatch ? anyDigest : digest(letter.value) };
    const known = this.#aside.get(place);
    if (known === undefined) this.#aside.set(place, [one]);
    else if (!known.some((other) => other.reader === reader && other.digest === one.digest))
      known.push(one);
  }

  /**
   * Whether a service put the record aside; one that does not say who it is may be any. With `value`, whether it was
   * this record: a log that has lost its end has another one at the place of a letter.
   */
  isAside(origin: Origin, reader: string, value?: Buffer | null): boolean {
    const aside = this.#aside.get(placeOf(origin));
    if (aside === undefined) return false;
    const of = value === undefined ? anyDigest : digest(value);
    return aside.some(
      (one) =>
        (one.reader === reader || one.reader === '') &&
        (of === anyDigest || one.digest === anyDigest || one.digest === of),
    );
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
      const says = `a dead letter is there, none should be: the log has no such record, or one that can be read; its reason: ${reason}`;
      this.#report({ in: 'dead-letters', key, says });
    } else if (should !== digest(value))
      this.#report({ in: 'dead-letters', key, says: anotherRecord });
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
