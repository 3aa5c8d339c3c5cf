import type { ChainableCommander, Redis } from 'ioredis';
import { contentHashBytes, type ContentHash } from './content.ts';
import {
  DuplicatesUnavailable,
  type Duplicates,
  type Remembered,
  type TransactionName,
} from './duplicates.ts';

/**
 * Sequences that share a hash. A till counts up, so that a hash fills: with at most 64 fields of one
 * byte and values of eight, Redis keeps it as a compact list, some 15 bytes a transaction.
 */
const sequencesPerHash = 64;

interface Place {
  readonly key: string;
  /** One character below 128: one byte. */
  readonly field: string;
}

/** `duplicates/PROGRAMME/TERMINAL/BUSINESS-DAY/BLOCK`, and the place in the block. */
function placeOf({ programme, transactionId }: TransactionName): Place {
  const slash = transactionId.lastIndexOf('/');
  const sequence = Number(transactionId.slice(slash + 1));
  const block = Math.floor(sequence / sequencesPerHash);
  return {
    key: `duplicates/${programme}/${transactionId.slice(0, slash)}/${block}`,
    field: String.fromCharCode(sequence - block * sequencesPerHash),
  };
}

/** A command to be sent with the next pipeline. */
interface Queued {
  readonly add: (pipeline: ChainableCommander) => void;
  readonly resolve: (reply: unknown) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Duplicates in Redis. All that is asked in one turn of the event loop, by whatever requests, goes
 * in one pipeline. A hash expires `expiresAfterS` after the last write to it.
 */
export class RedisDuplicates implements Duplicates {
  readonly #redis: Redis;
  readonly #expiresAfterS: number;
  #queued: Queued[] = [];

  constructor(redis: Redis, options: { expiresAfterS: number }) {
    this.#redis = redis;
    this.#expiresAfterS = options.expiresAfterS;
  }

  async find(names: readonly TransactionName[]): Promise<(ContentHash | undefined)[]> {
    const found: (ContentHash | undefined)[] = new Array<undefined>(names.length).fill(undefined);
    const groups = new Map<string, { fields: string[]; indexes: number[] }>();
    names.forEach((name, index) => {
      const { key, field } = placeOf(name);
      const group = groups.get(key);
      if (group === undefined) groups.set(key, { fields: [field], indexes: [index] });
      else {
        group.fields.push(field);
        group.indexes.push(index);
      }
    });
    const asked = [...groups].map(async ([key, { fields, indexes }]) => {
      const reply = await this.#send((pipeline) => pipeline.hmgetBuffer(key, ...fields));
      (reply as (Buffer | null)[]).forEach((value, at) => {
        const index = indexes[at];
        if (index !== undefined && value?.length === contentHashBytes)
          found[index] = value.toString('latin1');
      });
    });
    await Promise.all(asked);
    return found;
  }

  async remember(entries: readonly Remembered[]): Promise<void> {
    const groups = new Map<string, (string | Buffer)[]>();
    for (const { name, content } of entries) {
      const { key, field } = placeOf(name);
      const value = Buffer.from(content, 'latin1');
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [field, value]);
      else group.push(field, value);
    }
    const written = [...groups].flatMap(([key, pairs]) => [
      this.#send((pipeline) => pipeline.hset(key, ...pairs)),
      this.#send((pipeline) => pipeline.expire(key, this.#expiresAfterS)),
    ]);
    await Promise.all(written);
  }

  #send(add: (pipeline: ChainableCommander) => void): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#queued.length === 0) setImmediate(() => void this.#flush());
      this.#queued.push({ add, resolve, reject });
    });
  }

  async #flush(): Promise<void> {
    const queued = this.#queued;
    this.#queued = [];
    const pipeline = this.#redis.pipeline();
    for (const { add } of queued) add(pipeline);
    try {
      const replies = (await pipeline.exec()) ?? [];
      queued.forEach(({ resolve, reject }, index) => {
        const [error, value] = replies[index] ?? [new Error('Redis gave no reply')];
        if (error === null) resolve(value);
        else reject(unavailable(error));
      });
    } catch (error) {
      for (const { reject } of queued) reject(unavailable(error));
    }
  }
}

const unavailable = (cause: unknown): DuplicatesUnavailable =>
  new DuplicatesUnavailable('Redis did not say which transactions are known', { cause });
