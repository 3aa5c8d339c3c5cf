import { bucketsPerPartition, partitionKey } from './layout.ts';
import { RedisPartitionStore, type StateRedis } from './redis-store.ts';

/** Under the hash tag of the live states, so that one script reaches both. */
const freshKey = (at: { worker: string; partition: number }): string => `${partitionKey(at)}~fresh`;

const clearScript = `
for bucket = 0, tonumber(ARGV[1]) - 1 do redis.call('UNLINK', KEYS[1] .. ':' .. bucket) end
redis.call('UNLINK', KEYS[1])`;

const swapScript = `
local live = redis.call('HGET', KEYS[1], 'position') or '0'
local fresh = redis.call('HMGET', KEYS[2], 'position', 'filter')
if live ~= (fresh[1] or '0') then return 'moved' end
for bucket = 0, tonumber(ARGV[1]) - 1 do
  local from = KEYS[2] .. ':' .. bucket
  local to = KEYS[1] .. ':' .. bucket
  if redis.call('EXISTS', from) == 1 then redis.call('RENAME', from, to)
  else redis.call('UNLINK', to) end
end
redis.call('HSET', KEYS[1], 'filter', fresh[2] or '', 'token', ARGV[2])
redis.call('UNLINK', KEYS[2])
return 'swapped'`;

const replaceScript = `
for bucket = 0, tonumber(ARGV[1]) - 1 do
  local from = KEYS[2] .. ':' .. bucket
  local to = KEYS[1] .. ':' .. bucket
  if redis.call('EXISTS', from) == 1 then redis.call('RENAME', from, to)
  else redis.call('UNLINK', to) end
end
if redis.call('EXISTS', KEYS[2]) == 1 then redis.call('RENAME', KEYS[2], KEYS[1])
else redis.call('UNLINK', KEYS[1]) end
redis.call('HSET', KEYS[1], 'token', ARGV[2])`;

/** A partition's states made anew beside the live ones, which go on meanwhile. */
export class FreshStates {
  readonly store: RedisPartitionStore;
  readonly #redis: StateRedis;
  readonly #live: string;
  readonly #fresh: string;

  constructor(redis: StateRedis, at: { worker: string; partition: number }) {
    this.#redis = redis;
    this.#live = partitionKey(at);
    this.#fresh = freshKey(at);
    this.store = new RedisPartitionStore(redis, { ...at, key: this.#fresh });
  }

  /** Removes what is there, of an attempt that was cut short too. */
  async clear(): Promise<void> {
    await this.#redis.eval(clearScript, 1, this.#fresh, bucketsPerPartition);
  }

  /** How far the live states are. */
  async livePosition(): Promise<number> {
    return Number((await this.#redis.hget(this.#live, 'position')) ?? 0);
  }

  /**
   * Puts the fresh states in the place of the live ones if both stand at the same position: all of it
   * becomes visible at once, and the owner, whose token is replaced, loses the partition and acquires
   * it again with the fresh states. What is known of the log at that position stays. `moved`: the positions differ, nothing was changed.
   */
  async swap(token: string): Promise<'swapped' | 'moved'> {
    const keys = [this.#live, this.#fresh] as const;
    const outcome = await this.#redis.eval(swapScript, 2, ...keys, bucketsPerPartition, token);
    return outcome === 'swapped' ? 'swapped' : 'moved';
  }

  /**
   * Puts the fresh states in the place of the live ones wherever those stand, with what is known of the log: for who has
   * made anew what was derived as well. An owner that there is loses the partition.
   */
  async replace(token: string): Promise<void> {
    const keys = [this.#live, this.#fresh] as const;
    await this.#redis.eval(replaceScript, 2, ...keys, bucketsPerPartition, token);
  }
}
