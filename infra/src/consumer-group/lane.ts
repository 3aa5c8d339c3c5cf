import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../observability/index.ts';
import { OffsetInDoubt } from './offset-requests.ts';
import {
  Halt,
  Rebalanced,
  Refused,
  type InputBatch,
  type PartitionTask,
  type TaskOutcome,
} from './partition-task.ts';

interface LaneOptions {
  readonly topic: string;
  readonly partition: number;
  readonly task: PartitionTask;
  readonly seek: (offset: number) => void;
  readonly limits: {
    readonly failuresMax: number;
    readonly failureDelayMs: number;
    readonly failureDelayMsMax: number;
  };
  readonly log: Log;
}

/** Idle checks after which the consumer is sent again to a position from which nothing has come yet. */
const checksUntilSeek = 5;
/** One failure is mended by the next attempt; from so many in a row on a person is told. */
const failuresTold = 3;

/**
 * One partition's task with the calls to it in single file. It acquires before anything else, again
 * after a loss, and after a failure with a growing pause; too many failures in a row end the worker.
 * What is refused is tried again until it is taken.
 */
export class Lane {
  readonly #options: LaneOptions;
  #tail: Promise<unknown> = Promise.resolve();
  #position: number | undefined;
  #failures = 0;
  #problem: string | undefined;
  #waiting = 0;
  /** Idle checks since the consumer was sent to the position; undefined: a batch from there has come. */
  #checksSinceSeek: number | undefined;
  /** The epoch of the group in which the partition was last acquired. */
  epoch = 0;

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  /** Undefined: not acquired. */
  get position(): number | undefined {
    return this.#position;
  }

  /** A sentence for an operator while the partition does not get on. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Takes the partition over in this epoch and seeks to its position. */
  acquire(at: { epoch: number; reason: string }): Promise<void> {
    return this.#inTurn(() => this.#attempt(() => this.#acquire(at)));
  }

  /**
   * Works a fetched batch; the position afterwards. When the batch is not the one at the lane's
   * position, nothing is worked and the consumer is sent there.
   */
  process(
    batch: InputBatch,
    { epoch, heartbeat }: { epoch: number; heartbeat: () => Promise<void> },
  ): Promise<number | undefined> {
    return this.#inTurn(() =>
      this.#attempt(async () => {
        if (this.epoch !== epoch || this.#position === undefined) {
          await this.#acquire({ epoch, reason: 'not_acquired' });
          return;
        }
        // Fetched before the consumer was sent to the position.
        if (batch.from !== this.#position) {
          await this.#acquire({ epoch, reason: 'position' });
          return;
        }
        this.#checksSinceSeek = undefined;
        const outcome = await this.#options.task.process(batch, heartbeat);
        await this.#settle(outcome, epoch);
      }),
    ).then(() => this.#position);
  }

  /** The log does not have what was asked for: acquiring halts, unless it has by now. */
  outOfRange(epoch: number): Promise<void> {
    return this.#inTurn(() =>
      this.#attempt(async () => {
        await this.#acquire({ epoch, reason: 'out_of_range' });
        const { topic, partition } = this.#options;
        throw new Error(`Kafka did not have ${topic}/${partition} from where it is read`);
      }),
    );
  }

  /** Checks the owner and position unless calls are waiting, which check by themselves. */
  async checkIfIdle(epoch: number): Promise<void> {
    if (this.#waiting > 0) return;
    await this.#inTurn(() =>
      this.#attempt(async () => {
        if (this.epoch !== epoch || this.#position === undefined) {
          await this.#acquire({ epoch, reason: 'not_acquired' });
          return;
        }
        await this.#settle(await this.#options.task.check(), epoch);
        this.#seekAgain();
      }),
    );
  }

  /**
   * kafkajs takes a seek with the next fetch, and one that it loses on the way would have the partition stand
   * still until the stall watch ends the process. To be sent where it reads already changes nothing.
   */
  #seekAgain(): void {
    if (this.#checksSinceSeek === undefined || this.#position === undefined) return;
    this.#checksSinceSeek++;
    if (this.#checksSinceSeek >= checksUntilSeek) this.#seek(this.#position);
  }

  #seek(position: number): void {
    this.#checksSinceSeek = 0;
    this.#options.seek(position);
  }

  async #settle(outcome: TaskOutcome, epoch: number): Promise<void> {
    if (outcome.type === 'done') {
      this.#position = outcome.position;
      this.#failures = 0;
      this.#problem = undefined;
      return;
    }
    const { topic, partition, log } = this.#options;
    log.info({ topic, partition, reason: outcome.reason }, 'partition lost, acquiring it again');
    await this.#acquire({ epoch, reason: 'lost' });
  }

  async #acquire({ epoch, reason }: { epoch: number; reason: string }): Promise<void> {
    this.#position = undefined;
    this.epoch = epoch;
    const position = await this.#options.task.acquire(reason);
    this.#position = position;
    this.#seek(position);
  }

  /** A failure forgets the position, so that the next call acquires; what more waiting cannot mend goes through. */
  async #attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#position = undefined;
      if (isForTheProcess(error)) throw error;
      await sleep(error instanceof Refused ? this.#refused(error) : this.#failed(error));
    }
  }

  /** How long to wait until the next attempt, in milliseconds. */
  #refused(error: Refused): number {
    const { topic, partition, limits, log } = this.#options;
    if (this.#problem !== error.message) log.warn({ err: error, topic, partition }, error.message);
    this.#problem = error.message;
    return limits.failureDelayMsMax;
  }

  /** How long to wait until the next attempt, in milliseconds; throws when there were enough. */
  #failed(error: unknown): number {
    const { topic, partition, limits, log } = this.#options;
    this.#failures++;
    log.warn({ err: error, topic, partition, failures: this.#failures }, 'partition failed');
    const sentence = `${topic}/${partition} failed ${this.#failures} times in a row`;
    if (this.#failures >= failuresTold) this.#problem = `${sentence}: ${reasonOf(error)}.`;
    if (this.#failures >= limits.failuresMax) throw new Error(sentence, { cause: error });
    const delay = limits.failureDelayMs * 2 ** Math.min(this.#failures - 1, 16);
    return Math.min(delay, limits.failureDelayMsMax);
  }

  async #inTurn(work: () => Promise<void>): Promise<void> {
    const before = this.#tail;
    this.#waiting++;
    const turn = before.then(work);
    this.#tail = turn.catch(() => undefined);
    try {
      await turn;
    } finally {
      this.#waiting--;
    }
  }
}

const isForTheProcess = (error: unknown): boolean =>
  error instanceof Halt || error instanceof Rebalanced || error instanceof OffsetInDoubt;

/** The message and those of its causes, which say what really happened. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${reasonOf(error.cause)}`;
}
