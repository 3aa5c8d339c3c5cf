import type { TransactionRecorded } from '@semarak/schemas';
import type { ContentHash } from './content.ts';

/** What names a transaction. */
export type TransactionName = Pick<TransactionRecorded, 'programme' | 'transactionId'>;

export interface Remembered {
  readonly name: TransactionName;
  readonly content: ContentHash;
}

/** The contents that are known to be in the log, by transaction. */
export interface Duplicates {
  /**
   * The content known for each name, in their order; undefined: none. Throws DuplicatesUnavailable:
   * then nobody can say whether a transaction is new.
   */
  find(names: readonly TransactionName[]): Promise<(ContentHash | undefined)[]>;
  /** Keeps contents whose records Kafka has acknowledged. Throws DuplicatesUnavailable. */
  remember(entries: readonly Remembered[]): Promise<void>;
}

/** The memory of duplicates did not answer; `cause` has why. */
export class DuplicatesUnavailable extends Error {
  readonly code = 'duplicates_unavailable';
}

/** Duplicates in memory, for tests; the contract suite holds it to Redis. */
export class MemoryDuplicates implements Duplicates {
  readonly #contents = new Map<string, ContentHash>();

  find(names: readonly TransactionName[]): Promise<(ContentHash | undefined)[]> {
    return Promise.resolve(names.map((name) => this.#contents.get(keyOf(name))));
  }

  remember(entries: readonly Remembered[]): Promise<void> {
    for (const { name, content } of entries) this.#contents.set(keyOf(name), content);
    return Promise.resolve();
  }
}

/** Unique among all programmes: ids hold no `/`. */
export const keyOf = (name: TransactionName): string => `${name.programme}/${name.transactionId}`;
