import { JoinedCalls } from '@semarak/infra/joined-calls';
import { LogUnavailable, type LogPlaces } from '@semarak/infra/kafka';
import type { Known, LogMark } from '../duplicates/known.ts';
import { readBack, type ContentOf } from './read-back.ts';

const topic = 'transactions';
const marksMax = 10_000;

/** What the log of a partition is now. */
type Identity = Awaited<ReturnType<LogPlaces['identityOf']>>;

type Places = Pick<LogPlaces, 'endOfEpoch' | 'identityOf' | 'recordsFrom'>;

/**
 * Says where in the log records stand, and whether they stand there still. A log that has lost its end goes on under a
 * leader of a higher epoch, and the epoch in which a lost record was written ends before it. What was written under a
 * leader that had just begun is remembered with the epoch of the one before: so what seems lost is looked for.
 */
export class LogMarks {
  readonly #places: Places;
  readonly #contentOf: ContentOf;
  readonly #partitions: number;
  readonly #waitMsMax: number;
  readonly #onProblem: (error: unknown) => void;
  readonly #asked: JoinedCalls<Known, LogMark | undefined>;
  #identities: (Identity | undefined)[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(options: {
    places: Places;
    contentOf: ContentOf;
    partitions: number;
    /** Kafka is given so long to say what stands. */
    waitMsMax: number;
    onProblem: (error: unknown) => void;
  }) {
    this.#places = options.places;
    this.#contentOf = options.contentOf;
    this.#partitions = options.partitions;
    this.#waitMsMax = options.waitMsMax;
    this.#onProblem = options.onProblem;
    this.#asked = new JoinedCalls({
      ask: (known) => this.#ask(known),
      itemsMax: marksMax,
      begin: setImmediate,
    });
  }

  /** Learns what the log is, now and every so often. What is written before it is known again is not remembered wrongly. */
  async follow(everyMs: number): Promise<void> {
    await this.learn();
    this.#timer = setTimeout(() => void this.follow(everyMs), everyMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  async learn(): Promise<void> {
    try {
      this.#identities = await Promise.all(
        Array.from({ length: this.#partitions }, (_, partition) =>
          this.#places.identityOf({ topic, partition }),
        ),
      );
    } catch (error) {
      this.#onProblem(error);
    }
  }

  /** What the log of a partition was when last heard of; to be asked before a record is written. */
  identityOf(partition: number): Identity | undefined {
    return this.#identities[partition];
  }

  /**
   * What tells the log of a partition from others, to be asked once a record of ours is in it: a log that was empty before has
   * it only then. Undefined: nobody knows.
   */
  async originOf(partition: number): Promise<number | undefined> {
    const { origin } = this.#identities[partition] ?? {};
    if (origin !== undefined) return origin;
    try {
      const found = await this.#within(this.#places.identityOf({ topic, partition }));
      return found.origin;
    } catch (error) {
      this.#onProblem(error);
      return undefined;
    }
  }

  /**
   * Where the log, as it is once this is called, has what was accepted; undefined: it has lost it. A mark that is another
   * one than was given tells it better. Throws LogUnavailable.
   */
  async standing(known: readonly Known[]): Promise<(LogMark | undefined)[]> {
    return known.length === 0 ? [] : this.#within(this.#asked.take(known));
  }

  /** One question that hangs keeps those that come after it waiting no longer than this. */
  #ask(known: readonly Known[]): Promise<(LogMark | undefined)[]> {
    return this.#within(this.#askTwice(known));
  }

  async #within<Reply>(answer: Promise<Reply>): Promise<Reply> {
    let timer: NodeJS.Timeout | undefined;
    const sentence = `Kafka did not say within ${this.#waitMsMax} ms whether its log has what is known`;
    const patience = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new LogUnavailable(sentence)), this.#waitMsMax);
    });
    try {
      return await Promise.race([answer, patience]);
    } finally {
      clearTimeout(timer);
    }
  }

  async #askTwice(known: readonly Known[]): Promise<(LogMark | undefined)[]> {
    try {
      return await this.#marksOf(known);
    } catch {
      // Of a connection that was broken the first request tells, and the next one goes over another.
      try {
        return await this.#marksOf(known);
      } catch (cause) {
        throw new LogUnavailable('Kafka did not say whether its log has what is known', { cause });
      }
    }
  }

  async #marksOf(known: readonly Known[]): Promise<(LogMark | undefined)[]> {
    const standing = await this.#verdicts(known);
    const doubtful = known.filter((_, index) => standing[index] !== true);
    if (doubtful.length === 0) return known.map(({ at }) => at);
    const epochs = await readBack(doubtful, { places: this.#places, contentOf: this.#contentOf });
    return Promise.all(
      known.map(async (one, index) => {
        if (standing[index] === true) return one.at;
        const epoch = epochs.get(one);
        const origin = epoch === undefined ? undefined : await this.originOf(one.at.partition);
        return epoch === undefined || origin === undefined
          ? undefined
          : { ...one.at, epoch, origin };
      }),
    );
  }

  async #verdicts(known: readonly Known[]): Promise<boolean[]> {
    const asked = new Map<string, Promise<(mark: LogMark) => boolean>>();
    return Promise.all(
      known.map(async ({ at }) => {
        const name = `${at.partition}/${at.epoch}`;
        const verdict = asked.get(name) ?? this.#verdictOf(at);
        asked.set(name, verdict);
        return (await verdict)(at);
      }),
    );
  }

  async #verdictOf({ partition, epoch }: LogMark): Promise<(mark: LogMark) => boolean> {
    const [end, { origin }] = await Promise.all([
      this.#places.endOfEpoch({ topic, partition }, epoch),
      this.#places.identityOf({ topic, partition }),
    ]);
    return (mark) => end.epoch === epoch && mark.offset < end.offset && mark.origin === origin;
  }
}
