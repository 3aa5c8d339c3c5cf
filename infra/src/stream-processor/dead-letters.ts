import { Halt } from '../consumer-group/partition-task.ts';

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
