import type { ContentHash } from '../duplicates/content.ts';

/**
 * A transaction that some request is bringing into the log. Whoever comes with the same id meanwhile
 * waits for `settled` and compares with `content`, as it stands then.
 */
export interface Claim {
  content: ContentHash;
  /** Rejects when it is not known whether the transaction is in the log. */
  readonly settled: Promise<void>;
}

/** The claims of this process by transaction; their number is bounded by the records at work. */
export class Claims {
  readonly #byKey = new Map<string, Claim>();

  /** The claim that stands on the key, or undefined after putting this one there. */
  put(key: string, claim: Claim): Claim | undefined {
    const standing = this.#byKey.get(key);
    if (standing === undefined) this.#byKey.set(key, claim);
    return standing;
  }

  remove(key: string): void {
    this.#byKey.delete(key);
  }
}
