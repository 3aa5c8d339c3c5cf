import type { OutputRecord } from '@semarak/infra/kafka';
import type { RecordCodec } from '@semarak/infra/records';
import { transactionKey, type TransactionRecorded } from '@semarak/schemas';
import type { AppendQueue } from '../append/append-queue.ts';
import { contentHash, type ContentHash } from '../duplicates/content.ts';
import type { Duplicates, Remembered } from '../duplicates/duplicates.ts';
import { decodeKnown, encodeKnown, type Known } from '../duplicates/known.ts';
import { placeOf, type Place } from '../duplicates/place.ts';
import { Claims, type Claim } from './claims.ts';
import type { LogMarks } from './log-marks.ts';

/**
 * `accepted`: it is in the log now. `duplicate`: the same content was there. `conflict`: the id
 * stands with another content, and nothing was written.
 */
export type IntakeStatus = 'accepted' | 'duplicate' | 'conflict';

export interface IntakeParts {
  readonly queue: Pick<AppendQueue, 'append'>;
  readonly duplicates: Duplicates;
  readonly marks: Pick<LogMarks, 'identityOf' | 'originOf' | 'standing'>;
  readonly codec: Pick<RecordCodec, 'encode'>;
  /** Of a key in transactions. */
  readonly partitionOf: (key: string) => number;
  /** Told of records that are in the log now, and where. */
  readonly onAccepted: (accepted: readonly Known[]) => void;
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
    const fresh = await this.#toWrite(own, statuses, copying);
    if (fresh.length === 0) return;
    const { queue, marks } = this.#parts;
    // Before the records are written: a leader that begins anew meanwhile has a higher epoch.
    const written = fresh.map(({ record, place, claim }) => {
      const output = this.#output(record);
      return { output, place, claim, epoch: marks.identityOf(output.partition)?.epoch };
    });
    const offsets = await queue.append(written.map(({ output }) => output));
    const origins = await this.#originsOf(written.map(({ output }) => output.partition));
    const remembered = written.flatMap(({ output, place, claim, epoch }) => {
      const { partition } = output;
      const offset = offsets.get(output);
      const origin = origins.get(partition);
      if (epoch === undefined || offset === undefined || origin === undefined) return [];
      const at = { partition, offset, epoch, origin };
      return [{ place, known: { content: claim.content, at } }];
    });
    this.#parts.onAccepted(remembered.map(({ known }) => known));
    await this.#remember(
      remembered.map(({ place, known }) => ({ place, content: encodeKnown(known) })),
    );
  }

  async #originsOf(partitions: readonly number[]): Promise<Map<number, number | undefined>> {
    const { marks } = this.#parts;
    const asked = [...new Set(partitions)].map(
      async (partition) => [partition, await marks.originOf(partition)] as const,
    );
    return new Map(await Promise.all(asked));
  }

  /** Those that are not in the log, or wanted there again. What is remembered of a record that the log has lost is not so. */
  async #toWrite(
    own: readonly Own[],
    statuses: IntakeStatus[],
    copying: KnownTransactions,
  ): Promise<readonly Own[]> {
    const { duplicates, marks } = this.#parts;
    const found = await duplicates.find(own.map(({ place }) => place));
    const known = found.map(decodeKnown);
    const standing = await marks.standing(known.filter((one) => one !== undefined));
    const renewed: Remembered[] = [];
    let asked = 0;
    const fresh = own.filter(({ place, claim, index }, nth) => {
      const one = known[nth];
      const at = one === undefined ? undefined : standing[asked++];
      if (one === undefined || at === undefined) return true;
      const { content } = one;
      if (at !== one.at) renewed.push({ place, content: encodeKnown({ content, at }) });
      const isCopy = content === claim.content;
      statuses[index] = isCopy ? 'duplicate' : 'conflict';
      claim.content = content;
      return isCopy && copying === 'copied';
    });
    await this.#remember(renewed);
    return fresh;
  }

  async #remember(known: readonly Remembered[]): Promise<void> {
    if (known.length === 0) return;
    try {
      await this.#parts.duplicates.remember(known);
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
