import type { ContentHash } from '../duplicates/content.ts';
import type { TransactionName } from '../duplicates/place.ts';

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
  /** By programme, of which there are as many as are published, then by transaction. */
  readonly #byProgramme = new Map<string, Map<string, Claim>>();

  /** The claim that stands on the transaction, or undefined after putting this one there. */
  put({ programme, transactionId }: TransactionName, claim: Claim): Claim | undefined {
    let claims = this.#byProgramme.get(programme);
    if (claims === undefined) this.#byProgramme.set(programme, (claims = new Map<string, Claim>()));
    const standing = claims.get(transactionId);
    if (standing === undefined) claims.set(transactionId, claim);
    return standing;
  }

  remove({ programme, transactionId }: TransactionName): void {
    this.#byProgramme.get(programme)?.delete(transactionId);
  }
}
