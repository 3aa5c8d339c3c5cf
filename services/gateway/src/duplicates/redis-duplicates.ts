import { JoinedCalls } from '@semarak/infra/joined-calls';
import type { ContentHash } from './content.ts';
import { DuplicatesUnavailable, type Duplicates, type Remembered } from './duplicates.ts';
import type { Place } from './place.ts';
import { RedisPipe } from './redis-pipe.ts';
import { Commands, type Reply } from './resp.ts';

/** What is to be kept, or, without a content, asked. */
interface Item {
  readonly place: Place;
  readonly content?: ContentHash;
}

/**
 * Duplicates in Redis. What requests ask and tell at the same time goes there in one exchange, one
 * exchange after the other. A hash expires `expiresAfterS` after the last write to it.
 */
export class RedisDuplicates implements Duplicates {
  readonly #pipe: RedisPipe;
  readonly #commands = new Commands();
  readonly #expiresAfterS: string;
  readonly #calls: JoinedCalls<Item, ContentHash | undefined>;

  /** An exchange has `itemsMax` items at most, or is one call, whose items stay together. */
  constructor(options: {
    url: string;
    timeoutMs: number;
    itemsMax: number;
    expiresAfterS: number;
  }) {
    const { itemsMax } = options;
    this.#calls = new JoinedCalls({
      ask: (items: readonly Item[]) => this.#ask(items),
      itemsMax,
      // Whatever else arrives in this turn of the event loop comes along.
      begin: setImmediate,
    });
    this.#pipe = new RedisPipe(options);
    this.#expiresAfterS = String(options.expiresAfterS);
  }

  close(): void {
    this.#pipe.close();
  }

  async find(places: readonly Place[]): Promise<(ContentHash | undefined)[]> {
    return places.length === 0 ? [] : this.#calls.take(places.map((place) => ({ place })));
  }

  async remember(entries: readonly Remembered[]): Promise<void> {
    if (entries.length > 0) await this.#calls.take(entries);
  }

  async #ask(items: readonly Item[]): Promise<(ContentHash | undefined)[]> {
    const found = new Array<ContentHash | undefined>(items.length).fill(undefined);
    const { written, asked } = hashesOf(items);
    const commands = this.#commands;
    commands.clear();
    for (const [key, pairs] of written) {
      commands.begin(2 + pairs.length);
      commands.argument('HSET');
      commands.argument(key);
      for (const part of pairs) commands.argument(part);
      commands.begin(3);
      commands.argument('EXPIRE');
      commands.argument(key);
      commands.argument(this.#expiresAfterS);
    }
    for (const [key, { fields }] of asked) {
      commands.begin(2 + fields.length);
      commands.argument('HMGET');
      commands.argument(key);
      for (const field of fields) commands.argument(field);
    }
    const replies = await this.#exchange();
    let at = 2 * written.size;
    for (const { indexes } of asked.values()) {
      const values = replies[at++];
      if (!Array.isArray(values)) throw unavailable(new Error('HMGET gave no list'));
      indexes.forEach((index, place) => {
        const value: unknown = values[place];
        if (Buffer.isBuffer(value)) found[index] = value.toString('latin1');
      });
    }
    return found;
  }

  async #exchange(): Promise<readonly Reply[]> {
    try {
      return await this.#pipe.exchange(this.#commands);
    } catch (error) {
      throw unavailable(error);
    }
  }
}

/** What is written, field and value in turns, and what is asked, by the key of its hash. */
function hashesOf(items: readonly Item[]) {
  const written = new Map<string, string[]>();
  const asked = new Map<string, { fields: string[]; indexes: number[] }>();
  items.forEach(({ place: { key, field }, content }, index) => {
    if (content === undefined) {
      const hash = asked.get(key);
      if (hash === undefined) asked.set(key, { fields: [field], indexes: [index] });
      else {
        hash.fields.push(field);
        hash.indexes.push(index);
      }
    } else {
      const pairs = written.get(key);
      if (pairs === undefined) written.set(key, [field, content]);
      else pairs.push(field, content);
    }
  });
  return { written, asked };
}

const unavailable = (cause: unknown): DuplicatesUnavailable =>
  new DuplicatesUnavailable('Redis did not say which transactions are known', { cause });
