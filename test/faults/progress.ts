import { decodeBookmark } from '@semarak/infra/projection';
import { partitionKey } from '@semarak/infra/state-store';
import { topics, type TopicName } from '@semarak/schemas';
import { Redis } from 'ioredis';
import type { Admin } from 'kafkajs';
import { setTimeout as sleep } from 'node:timers/promises';

const inputs = {
  accrual: ['transactions'],
  rewards: ['entitlements'],
  projector: ['transactions', 'members', 'loyalty-events', 'reward-events'],
} as const satisfies Record<string, readonly TopicName[]>;

/** The services that work through logs, so that one sees how far they are. */
export type Worker = keyof typeof inputs;
export const workers = Object.keys(inputs) as Worker[];

const recoveryMsMax = 120_000;
const pollMs = 50;
const redisTimeoutMs = 2_000;

/** Where the logs of a worker end. */
type Ends = readonly {
  readonly topic: TopicName;
  readonly partition: number;
  readonly end: number;
}[];

/** What has been committed of a partition of the projector’s input while an insert is open. */
export interface OpenRange {
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}

/**
 * Owns connections that see how far the workers are: accrual and rewards by the position in Redis,
 * where it is true, the projector by its group’s offset.
 */
export class Progress {
  readonly #admin: Admin;
  readonly #redis: Redis;

  constructor(at: { admin: Admin; redisUrl: string }) {
    this.#admin = at.admin;
    this.#redis = new Redis(at.redisUrl, {
      commandTimeout: redisTimeoutMs,
      maxRetriesPerRequest: 0,
      retryStrategy: () => pollMs,
    });
    // It is killed on purpose; who asks meanwhile asks again.
    this.#redis.on('error', () => undefined);
  }

  /** Where the logs of a worker end now. */
  async endsOf(worker: Worker): Promise<Ends> {
    const ends = await Promise.all(
      inputs[worker].map(async (topic) =>
        (await this.#admin.fetchTopicOffsets(topic)).map(({ partition, high }) => ({
          topic,
          partition,
          end: Number(high),
        })),
      ),
    );
    return ends.flat();
  }

  /** Resolves when the worker has taken in everything below these ends. */
  async reached(worker: Worker, ends: Ends): Promise<void> {
    const deadline = performance.now() + recoveryMsMax;
    for (;;) {
      let behind: string;
      try {
        behind = await this.#behind(worker, ends);
      } catch (error) {
        behind = String(error);
      }
      if (behind === '') return;
      if (performance.now() > deadline) throw new Error(`${worker} has not caught up: ${behind}`);
      await sleep(pollMs);
    }
  }

  /** Resolves when all workers have taken in everything that is in the logs now. */
  async allReached(): Promise<void> {
    const ends = await Promise.all(
      workers.map(async (worker) => [worker, await this.endsOf(worker)] as const),
    );
    await Promise.all(ends.map(([worker, of]) => this.reached(worker, of)));
  }

  /** The ranges of `transactions` whose insert has begun and is not known to be over. */
  async openRanges(): Promise<OpenRange[]> {
    const committed = await this.#admin.fetchOffsets({
      groupId: 'projector',
      topics: ['transactions'],
    });
    return committed.flatMap(({ topic, partitions }) =>
      partitions.flatMap(({ partition, offset, metadata }) => {
        const open = decodeBookmark(metadata ?? '')?.open;
        return open === undefined ? [] : [{ topic, partition, from: Number(offset), to: open.to }];
      }),
    );
  }

  close(): void {
    this.#redis.disconnect();
  }

  /** What is still to come, as a text; empty when nothing is. */
  async #behind(worker: Worker, ends: Ends): Promise<string> {
    const positions =
      worker === 'projector' ? await this.#committed() : await this.#stored(worker, ends);
    return ends
      .filter(({ topic, partition, end }) => {
        // What a compacted topic has lost at its end is never read.
        if (topics[topic].retention === 'compact') return false;
        return (positions.get(`${topic}/${partition}`) ?? 0) < end;
      })
      .map(({ topic, partition, end }) => {
        const at = `${topic}/${partition}`;
        return `${at} ${positions.get(at) ?? 0} of ${end}`;
      })
      .join(', ');
  }

  async #committed(): Promise<Map<string, number>> {
    const committed = await this.#admin.fetchOffsets({
      groupId: 'projector',
      topics: [...inputs.projector],
    });
    return new Map(
      committed.flatMap(({ topic, partitions }) =>
        partitions.map(({ partition, offset }) => [
          `${topic}/${partition}`,
          Math.max(0, Number(offset)),
        ]),
      ),
    );
  }

  async #stored(worker: Worker, ends: Ends): Promise<Map<string, number>> {
    const entries = ends.map(async ({ topic, partition }) => {
      const position = await this.#redis.hget(partitionKey({ worker, partition }), 'position');
      return [`${topic}/${partition}`, Number(position ?? 0)] as const;
    });
    return new Map(await Promise.all(entries));
  }
}
