import { ClickHouseUnavailable } from '@semarak/infra/clickhouse';
import {
  Halt,
  OffsetInDoubt,
  StaleGeneration,
  type InputBatch,
  type PartitionTask,
} from '@semarak/infra/consumer-group';
import { LogUnavailable } from '@semarak/infra/kafka';
import { StoreUnavailable } from '@semarak/infra/state-store';
import type { Group, Member } from './group.ts';
import type { MemoryTopics } from './memory-topics.ts';
import type { Random } from './random.ts';
import type { Actor, Scheduler } from './scheduler.ts';
import { inputs, type WorkerName } from './stages.ts';

/** Kafka did not answer, or said that the group is being rebalanced. */
export class KafkaUnavailable extends Error {}

/** A process of a worker: dies and sleeps as a whole, and believes what its group told it last. */
export interface Process extends Actor, Member {
  readonly worker: WorkerName;
}

export interface LaneOptions {
  readonly process: Process;
  readonly partition: number;
  readonly group: Group;
  readonly topics: MemoryTopics;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly fetchRecordsMax: number;
  /** How often a batch comes that was not asked for. */
  readonly strayFetches: () => number;
  /** The operator does what the sentence says; throws when there was no reason for it. */
  readonly halted: (halt: Halt) => void;
  /** The process ends, and is started again by whoever supervises it. */
  readonly ended: () => void;
  /** What may not happen has happened. */
  readonly broken: (error: unknown) => void;
}

/**
 * Drives one partition's task in a process as the consumer group does: acquires first, again after a
 * loss, a failure and a rebalance, and hands over what it fetches where it stands.
 */
export class Lane {
  readonly #options: LaneOptions;
  #position: number | undefined;
  /** The generation in which the partition was last acquired. */
  epoch = 0;
  isCheckDue = false;

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  /** Whether the process has learnt of a rebalance since the partition was acquired. */
  get isCurrent(): boolean {
    return this.epoch === this.#options.process.generation;
  }

  /** Runs until the process dies. */
  async run(task: PartitionTask): Promise<void> {
    const { scheduler, process, partition, broken } = this.#options;
    try {
      for (;;) {
        await scheduler.call(process, {
          label: `${partition} goes on`,
          effect: () => undefined,
          isDue: () => this.#isDue(),
        });
        await this.#once(task);
      }
    } catch (error) {
      broken(error);
    }
  }

  #isDue(): boolean {
    const { process, partition, topics } = this.#options;
    if (!process.assigned.has(partition)) return false;
    if (!this.isCurrent || this.#position === undefined || this.isCheckDue) return true;
    return this.#position < topics.watermarks(inputs[process.worker], partition).high;
  }

  async #once(task: PartitionTask): Promise<void> {
    const { process, halted, ended } = this.#options;
    try {
      if (!this.isCurrent || this.#position === undefined) {
        this.epoch = process.generation;
        this.#position = undefined;
        this.#position = await task.acquire('simulated');
        return;
      }
      const wasCheckDue = this.isCheckDue;
      this.isCheckDue = false;
      const batch = await this.#fetch(this.#position);
      const isEmpty = batch.to === batch.from;
      if (isEmpty && !wasCheckDue) return;
      const outcome = isEmpty
        ? await task.check()
        : await task.process(batch, () => this.#heartbeat());
      this.#position = outcome.type === 'done' ? outcome.position : undefined;
    } catch (error) {
      this.#position = undefined;
      if (error instanceof Halt) halted(error);
      else if (error instanceof OffsetInDoubt) ended();
      else if (!isExpected(error)) throw error;
    }
  }

  #fetch(position: number): Promise<InputBatch> {
    const { scheduler, process, partition, topics, random, fetchRecordsMax, strayFetches } =
      this.#options;
    const topic = inputs[process.worker];
    const size = 1 + random.below(fetchRecordsMax);
    return scheduler.call(process, {
      label: `${partition} fetch`,
      effect: () => {
        const { high } = topics.watermarks(topic, partition);
        const from = random.happens(strayFetches()) ? random.below(high + 1) : position;
        return topics.batch({ topic, partition, from, size });
      },
    });
  }

  /** Throws when the group has been joined anew, as kafkajs does, though not always in time. */
  #heartbeat(): Promise<void> {
    const { random } = this.#options;
    if (this.isCurrent || random.happens(0.5)) return Promise.resolve();
    return Promise.reject(new KafkaUnavailable('the group is being rebalanced'));
  }
}

const isExpected = (error: unknown): boolean =>
  error instanceof StoreUnavailable ||
  error instanceof LogUnavailable ||
  error instanceof ClickHouseUnavailable ||
  error instanceof KafkaUnavailable ||
  error instanceof StaleGeneration;
