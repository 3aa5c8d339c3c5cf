import type { ContentHash } from './content.ts';
import type { Place } from './place.ts';

export interface Remembered {
  readonly place: Place;
  /** And where it is in the log: see `encodeKnown`. */
  readonly content: ContentHash;
}

/** The contents that are known to be in the log, by transaction. */
export interface Duplicates {
  /**
   * The content known at each place, in their order; undefined: none. Throws DuplicatesUnavailable:
   * then nobody can say whether a transaction is new.
   */
  find(places: readonly Place[]): Promise<(ContentHash | undefined)[]>;
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

  find(places: readonly Place[]): Promise<(ContentHash | undefined)[]> {
    return Promise.resolve(places.map((place) => this.#contents.get(textOf(place))));
  }

  remember(entries: readonly Remembered[]): Promise<void> {
    for (const { place, content } of entries) this.#contents.set(textOf(place), content);
    return Promise.resolve();
  }
}

const textOf = ({ key, field }: Place): string => key + field;
