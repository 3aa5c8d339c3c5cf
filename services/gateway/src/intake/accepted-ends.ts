import type { EndOfEpoch } from '@semarak/infra/kafka';
import { decodeKnown, encodeKnown, type Known } from '../duplicates/known.ts';
import type { LogMarks } from './log-marks.ts';

/** Accepted records that the log of a partition has lost. */
export interface LostEnd {
  readonly partition: number;
  /** The first offset that may be lost; undefined: the log is another one, and nothing of it is known. */
  readonly from: number | undefined;
  /** The last one that is known to be; what was accepted in the last moments may have been behind it. */
  readonly to: number;
}

export interface AcceptedEndsParts {
  /** What outlives this process, by partition: `encodeKnown`. */
  readonly store: {
    read(): Promise<Readonly<Record<string, string>>>;
    write(ends: Readonly<Record<string, string>>): Promise<void>;
    remove(partitions: readonly string[]): Promise<void>;
  };
  readonly marks: Pick<LogMarks, 'identityOf' | 'standing'>;
  readonly endOfEpoch: (partition: number, epoch: number) => Promise<EndOfEpoch>;
  readonly onLost: (lost: LostEnd) => void;
  /** Redis or Kafka did not answer: it is asked again at the next round. */
  readonly onProblem: (error: unknown) => void;
}

/**
 * Knows the last record of each partition of transactions that was answered as accepted, and tells when the log has lost it.
 * Nobody else would: a reader that had not come so far misses nothing, and a till sends again only what it was told to.
 */
export class AcceptedEnds {
  readonly #parts: AcceptedEndsParts;
  readonly #newest = new Map<number, Known>();
  readonly #unsaved = new Set<number>();
  /** Those that the log is known to have, under the leader of this epoch. */
  readonly #heldUnder = new Map<number, number | undefined>();
  #isRead = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: AcceptedEndsParts) {
    this.#parts = parts;
  }

  /** Records that are answered as accepted. */
  note(accepted: readonly Known[]): void {
    for (const known of accepted) {
      const { partition, offset } = known.at;
      const before = this.#newest.get(partition);
      if (before !== undefined && before.at.offset >= offset) continue;
      this.#newest.set(partition, known);
      this.#unsaved.add(partition);
    }
  }

  /** Looks now and every so often. */
  async follow(everyMs: number): Promise<void> {
    await this.look();
    this.#timer = setTimeout(() => void this.follow(everyMs), everyMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  /** Holds what was accepted against the log wherever its leader has begun anew, and saves what is newer. */
  async look(): Promise<void> {
    try {
      if (!this.#isRead) await this.#read();
      await this.#hold();
      await this.#save();
    } catch (error) {
      this.#parts.onProblem(error);
    }
  }

  async #read(): Promise<void> {
    for (const text of Object.values(await this.#parts.store.read())) {
      const known = decodeKnown(text);
      if (known !== undefined && !this.#newest.has(known.at.partition))
        this.#newest.set(known.at.partition, known);
    }
    this.#isRead = true;
  }

  async #hold(): Promise<void> {
    const { marks, endOfEpoch, onLost, store } = this.#parts;
    const epochOf = (partition: number) => marks.identityOf(partition)?.epoch;
    const doubtful = [...this.#newest.values()].filter(
      ({ at }) => this.#heldUnder.get(at.partition) !== epochOf(at.partition),
    );
    const epochs = doubtful.map(({ at }) => epochOf(at.partition));
    const standing = await marks.standing(doubtful);
    for (const [index, { at }] of doubtful.entries()) {
      const { partition, epoch, offset: to } = at;
      if (standing[index] === undefined) {
        const end = await endOfEpoch(partition, epoch);
        onLost({ partition, from: end.offset < 0 ? undefined : Math.min(end.offset, to), to });
        await store.remove([String(partition)]);
        if (this.#newest.get(partition)?.at === at) this.#newest.delete(partition);
      }
      this.#heldUnder.set(partition, epochs[index]);
    }
  }

  async #save(): Promise<void> {
    if (this.#unsaved.size === 0) return;
    const partitions = [...this.#unsaved];
    this.#unsaved.clear();
    const ends: Record<string, string> = {};
    for (const partition of partitions) {
      const known = this.#newest.get(partition);
      if (known !== undefined) ends[partition] = encodeKnown(known);
    }
    try {
      if (Object.keys(ends).length > 0) await this.#parts.store.write(ends);
    } catch (error) {
      for (const partition of partitions) this.#unsaved.add(partition);
      throw error;
    }
  }
}
