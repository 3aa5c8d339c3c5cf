import type { Redis } from 'ioredis';
import { contentHashBytes, type ContentHash } from './content.ts';
import {
  DuplicatesUnavailable,
  type Duplicates,
  type Remembered,
  type TransactionName,
} from './duplicates.ts';
import { Turns } from './turns.ts';

/**
 * Sequences that share a hash. A till counts up, so that a hash fills: with at most 64 fields of one
 * byte and values of eight, Redis keeps it as a compact list, some 15 bytes a transaction.
 */
const sequencesPerHash = 64;
/** Items of one script, which Redis does nothing beside. */
const itemsMax = 1_000;

/**
 * The seconds that a hash lives on, and how many arguments of hashes to write follow: of each its key, how
 * many fields and values, both in turns. Then of hashes to read: key, how many fields, the fields. Gives the
 * values read, in that order.
 */
const script = `
local found = {}
local at = 3
local read = 3 + ARGV[2]
while at < read do
  local last = at + 1 + ARGV[at + 1]
  redis.call('HSET', ARGV[at], unpack(ARGV, at + 2, last))
  redis.call('EXPIRE', ARGV[at], ARGV[1])
  at = last + 1
end
while at <= #ARGV do
  local last = at + 1 + ARGV[at + 1]
  for _, value in ipairs(redis.call('HMGET', ARGV[at], unpack(ARGV, at + 2, last))) do
    found[#found + 1] = value
  end
  at = last + 1
end
return found`;

/** The script as ioredis defines it. */
interface Scripts {
  knownTransactionsBuffer(...hashes: Argument[]): Promise<(Buffer | null)[]>;
}

type Argument = string | number | Buffer;

/** What is to be kept, or, without a content, asked. */
interface Item {
  readonly name: TransactionName;
  readonly content?: ContentHash;
}

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

/**
 * Duplicates in Redis. What requests ask and tell at the same time goes there in one script, one script
 * after the other. A hash expires `expiresAfterS` after the last write to it.
 */
export class RedisDuplicates implements Duplicates {
  readonly #redis: Scripts;
  readonly #expiresAfterS: number;
  readonly #turns = new Turns({ ask: (items: readonly Item[]) => this.#ask(items), itemsMax });

  constructor(redis: Redis, options: { expiresAfterS: number }) {
    redis.defineCommand('knownTransactions', { lua: script, numberOfKeys: 0 });
    this.#redis = redis as Redis & Scripts;
    this.#expiresAfterS = options.expiresAfterS;
  }

  async find(names: readonly TransactionName[]): Promise<(ContentHash | undefined)[]> {
    return this.#take(names.map((name) => ({ name })));
  }

  async remember(entries: readonly Remembered[]): Promise<void> {
    await this.#take(entries);
  }

  async #take(items: readonly Item[]): Promise<(ContentHash | undefined)[]> {
    if (items.length <= itemsMax) return items.length === 0 ? [] : this.#turns.take(items);
    const portions = Array.from({ length: Math.ceil(items.length / itemsMax) }, (_, index) =>
      items.slice(index * itemsMax, (index + 1) * itemsMax),
    );
    const found = await Promise.all(portions.map((portion) => this.#turns.take(portion)));
    return found.flat();
  }

  async #ask(items: readonly Item[]): Promise<(ContentHash | undefined)[]> {
    const written = new Map<string, (string | Buffer)[]>();
    const asked = new Map<string, { fields: string[]; indexes: number[] }>();
    items.forEach(({ name, content }, index) => {
      const { key, field } = placeOf(name);
      if (content === undefined) {
        const hash = asked.get(key);
        if (hash === undefined) asked.set(key, { fields: [field], indexes: [index] });
        else {
          hash.fields.push(field);
          hash.indexes.push(index);
        }
      } else {
        const value = Buffer.from(content, 'latin1');
        const hash = written.get(key);
        if (hash === undefined) written.set(key, [field, value]);
        else hash.push(field, value);
      }
    });
    const call: Argument[] = [this.#expiresAfterS, 0];
    for (const [key, pairs] of written) call.push(key, pairs.length, ...pairs);
    call[1] = call.length - 2;
    for (const [key, { fields }] of asked) call.push(key, fields.length, ...fields);
    const values = await answered(this.#redis.knownTransactionsBuffer(...call));
    const found = new Array<ContentHash | undefined>(items.length).fill(undefined);
    let at = 0;
    for (const { indexes } of asked.values())
      for (const index of indexes) {
        const value = values[at++];
        if (value?.length === contentHashBytes) found[index] = value.toString('latin1');
      }
    return found;
  }
}

async function answered<Reply>(reply: Promise<Reply>): Promise<Reply> {
  try {
    return await reply;
  } catch (cause) {
    throw new DuplicatesUnavailable('Redis did not say which transactions are known', { cause });
  }
}
