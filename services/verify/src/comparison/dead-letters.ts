import { createHash } from 'node:crypto';
import type { Records } from '@semarak/schemas';
import type { Difference } from './differences.ts';

/** Everything that should be in `dead-letters`, by origin; copies of one are one. */
export class DeadLetters {
  readonly #expected = new Map<string, string>();
  readonly #found = new Set<string>();
  readonly #report: (difference: Difference) => void;

  constructor(report: (difference: Difference) => void) {
    this.#report = report;
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
    for (const key of this.#expected.keys())
      if (!this.#found.has(key))
        this.#report({ in: 'dead-letters', key, says: 'the dead letter is missing' });
  }
}

const digest = (value: Uint8Array | null): string =>
  value === null ? 'null' : createHash('md5').update(value).digest('hex');
