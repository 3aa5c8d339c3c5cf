import type { OutputRecord } from '@semarak/infra/kafka';
import type { RecordCodec } from '@semarak/infra/records';
import { transactionKey, type TransactionRecorded } from '@semarak/schemas';
import type { AppendQueue } from '../append/append-queue.ts';
import { contentHash, type ContentHash } from '../duplicates/content.ts';
import type { Duplicates } from '../duplicates/duplicates.ts';
import { placeOf, type Place } from '../duplicates/place.ts';
import { Claims, type Claim } from './claims.ts';

/**
 * `accepted`: it is in the log now. `duplicate`: the same content was there. `conflict`: the id
 * stands with another content, and nothing was written.
 */
export type IntakeStatus = 'accepted' | 'duplicate' | 'conflict';

export interface IntakeParts {
  readonly queue: Pick<AppendQueue, 'append'>;
  readonly duplicates: Duplicates;
  readonly codec: Pick<RecordCodec, 'encode'>;
  /** Of a key in transactions. */
  readonly partitionOf: (key: string) => number;
  /** Called when records are in the log but could not be remembered as known. */
  readonly onForgotten: (error: unknown) => void;
}

/**
 * What becomes of a transaction that the log has already. `copied`: it is written once more, because the
 * receivedAt that was sent is to count; of all copies the smallest does.
 */
export type KnownTransactions = 'left' | 'copied';

/** A transaction of the request at hand that nobody else is bringing in. */
interface Own {
  readonly place: Place;
  readonly record: TransactionRecorded;
  readonly claim: Claim;
  readonly index: number;
}

/** A transaction whose id is being brought in already, by this request or another. */
interface Follower {
  readonly content: ContentHash;
  readonly claim: Claim;
  readonly index: number;
}

/**
 * Brings transactions into the log, each content once as far as this process can tell: the claim on
 * an id is made before Redis is asked and given up after it is told, so that of two copies at the
 * same moment in one process the second is a duplicate. Between two processes both may be accepted;
 * accrual decides then.
 */
export class TransactionIntake {
  readonly #parts: IntakeParts;
  readonly #claims = new Claims();

  constructor(parts: IntakeParts) {
    this.#parts = parts;
  }

  /**
   * What became of each record, in their order. Throws LogUnavailable or DuplicatesUnavailable; then
   * any part of the records may be in the log, and sending all of them again is right.
   */
  async record(
    records: readonly TransactionRecorded[],
    known: KnownTransactions = 'left',
  ): Promise<IntakeStatus[]> {
    const statuses = new Array<IntakeStatus>(records.length).fill('accepted');
    const settlement = openSettlement();
    const own: Own[] = [];
    const followers: Follower[] = [];
    records.forEach((record, index) => {
      const content = contentHash(record);
      const mine = { content, settled: settlement.settled };
      const standing = this.#claims.put(record, mine);
      if (standing === undefined) own.push({ place: placeOf(record), record, claim: mine, index });
      else followers.push({ content, claim: standing, index });
    });
    try {
      await this.#bringIn(own, statuses, known);
      settlement.resolve();
    } catch (error) {
      settlement.reject(error);
      throw error;
    } finally {
      for (const { record } of own) this.#claims.remove(record);
    }
    for (const { content, claim, index } of followers) {
      await claim.settled;
      statuses[index] = claim.content === content ? 'duplicate' : 'conflict';
    }
    return statuses;
  }

  async #bringIn(
    own: readonly Own[],
    statuses: IntakeStatus[],
    copying: KnownTransactions,
  ): Promise<void> {
    if (own.length === 0) return;
    const known = await this.#parts.duplicates.find(own.map(({ place }) => place));
    const fresh = own.filter(({ claim, index }, at) => {
      const content = known[at];
      if (content === undefined) return true;
      const isCopy = content === claim.content;
      statuses[index] = isCopy ? 'duplicate' : 'conflict';
      claim.content = content;
      return isCopy && copying === 'copied';
    });
    if (fresh.length === 0) return;
    await this.#parts.queue.append(fresh.map(({ record }) => this.#output(record)));
    try {
      await this.#parts.duplicates.remember(
        fresh.map(({ place, claim }) => ({ place, content: claim.content })),
      );
    } catch (error) {
      this.#parts.onForgotten(error);
    }
  }

  #output(record: TransactionRecorded): OutputRecord {
    const key = transactionKey(record);
    return {
      topic: 'transactions',
      partition: this.#parts.partitionOf(key),
      key,
      value: this.#parts.codec.encode({ type: 'TransactionRecorded', value: record }),
    };
  }
}

/** A promise to be settled by hand; that nobody may be waiting for its failure is no error. */
function openSettlement() {
  let resolve: () => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const settled = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  settled.catch(() => undefined);
  return { settled, resolve, reject };
}
