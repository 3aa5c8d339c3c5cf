import { Redis } from 'ioredis';
import type { Log } from '../observability/index.ts';
import { sendCommit } from './commit-command.ts';
import { bucketOf, partitionKey } from './layout.ts';
import {
  StoreRefuses,
  StoreUnavailable,
  type Acquired,
  type Commit,
  type CommitOutcome,
  type Loaded,
  type PartitionStore,
} from './partition-store.ts';
import { refusalOf } from './redis-refusal.ts';

const acquireScript = `
redis.call('HSET', KEYS[1], 'token', ARGV[1])
return redis.call('HMGET', KEYS[1], 'position', 'filter', 'last')`;

const loadScript = `
local found = redis.call('HMGET', KEYS[1], 'position', 'token')
for i = 1, #ARGV, 2 do
  found[#found + 1] = redis.call('HGET', KEYS[1] .. ':' .. ARGV[i], ARGV[i + 1])
end
return found`;

type Argument = string | number;

/** The scripts as ioredis defines them; replies of `…Buffer` commands are Buffers. */
interface Scripts {
  acquirePartitionBuffer(key: string, token: string): Promise<(Buffer | null)[]>;
  loadStatesBuffer(key: string, ...names: Argument[]): Promise<(Buffer | null)[]>;
}

export type StateRedis = Redis & Scripts;

/**
 * A connection for stores and readers. Commands that have no answer after `timeoutMs` fail; while the
 * server is away they wait in a queue until then, so nothing waits for ever.
 */
export function createRedis(options: { url: string; timeoutMs: number; log: Log }): StateRedis {
  const redis = new Redis(options.url, {
    commandTimeout: options.timeoutMs,
    connectTimeout: options.timeoutMs,
    maxRetriesPerRequest: 3,
    retryStrategy: (attempt) => Math.min(50 * attempt, 1_000),
    scripts: {
      acquirePartition: { lua: acquireScript, numberOfKeys: 1 },
      loadStates: { lua: loadScript, numberOfKeys: 1 },
    },
  });
  redis.on('error', (error: Error) => options.log.warn({ err: error }, 'Redis connection failed'));
  return redis as StateRedis;
}

/** A partition's states in Redis, as the layout says. */
export class RedisPartitionStore implements PartitionStore {
  readonly #redis: StateRedis;
  readonly #key: string;

  /** `key`: states that are not the live ones. */
  constructor(redis: StateRedis, at: { worker: string; partition: number; key?: string }) {
    this.#redis = redis;
    this.#key = at.key ?? partitionKey(at);
  }

  async acquire(token: string): Promise<Acquired> {
    const found = await written(this.#redis.acquirePartitionBuffer(this.#key, token));
    const [position, filter, last] = found.map((field) => field?.toString());
    return { position: Number(position ?? 0), filter: filter ?? '', last: last ?? '' };
  }

  load(names: readonly string[]): Promise<Loaded> {
    return readStates(this.#redis, { key: this.#key, names });
  }

  commit(commit: Commit): Promise<CommitOutcome> {
    return written(sendCommit(this.#redis, this.#key, commit));
  }
}

/**
 * States of a partition as they stand at `position`, for readers beside the owner. The names' order is
 * kept. Throws StoreUnavailable.
 */
export async function readStates(
  redis: StateRedis,
  at: { key: string; names: readonly string[] },
): Promise<Loaded> {
  const names = at.names.flatMap((name) => [bucketOf(name), name]);
  const [position, token, ...states] = await answered(redis.loadStatesBuffer(at.key, ...names));
  return {
    position: Number(position?.toString() ?? 0),
    token: token?.toString() ?? '',
    states: states.map((state) => state ?? null),
  };
}

/**
 * The number of partitions that a worker's states were made with; the one given is noted when there are
 * none yet. Throws StoreRefuses or StoreUnavailable.
 */
export async function partitionsOfStates(
  redis: Redis,
  { worker, partitions }: { worker: string; partitions: number },
): Promise<number> {
  const known = await written(redis.set(`${worker}:partitions`, partitions, 'NX', 'GET'));
  return known === null ? partitions : Number(known);
}

async function written<Reply>(reply: Promise<Reply>): Promise<Reply> {
  try {
    return await answered(reply);
  } catch (error) {
    const refusal = refusalOf((error as Error).cause);
    throw refusal === undefined ? error : new StoreRefuses(refusal, { cause: error });
  }
}

async function answered<Reply>(reply: Promise<Reply>): Promise<Reply> {
  try {
    return await reply;
  } catch (error) {
    throw new StoreUnavailable('Redis did not answer as it should', { cause: error });
  }
}
