import { createHash } from 'node:crypto';
import { Command, type Redis } from 'ioredis';
import { bucketOf } from './layout.ts';
import type { Commit, CommitOutcome } from './partition-store.ts';

/** Position, owner, filter and last record of a partition, and its states: all of it or nothing. */
const commitScript = `
local stored = redis.call('HMGET', KEYS[1], 'position', 'token')
if stored[2] ~= ARGV[3] then return 'lost' end
local position = stored[1] or '0'
if position ~= ARGV[1] then
  if position == ARGV[2] then return 'repeated' end
  return 'lost'
end
for i = 6, #ARGV, 3 do
  redis.call('HSET', KEYS[1] .. ':' .. ARGV[i], ARGV[i + 1], ARGV[i + 2])
end
redis.call('HSET', KEYS[1], 'position', ARGV[2], 'filter', ARGV[4], 'last', ARGV[5])
return 'committed'`;

const commitSha = createHash('sha1').update(commitScript).digest('hex');

/** Before the changes: EVALSHA, sha, number of keys, key, from, to, token, filter, last. */
const argumentsBefore = 9;
const argumentsOfChange = 3;
/** `$`, a length, its line end, and that of the argument. */
const argumentOverheadMax = 16;
const bucketDigitsMax = 5;
const utf8BytesPerUnitMax = 3;

/** Writes a commit; the script is given to a Redis that does not know it, or no longer. */
export async function sendCommit(
  redis: Redis,
  key: string,
  commit: Commit,
): Promise<CommitOutcome> {
  const bytes = encodeCommit(key, commit);
  try {
    return await send(redis, key, bytes);
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
    await redis.script('LOAD', commitScript);
    return send(redis, key, bytes);
  }
}

async function send(redis: Redis, key: string, bytes: Buffer): Promise<CommitOutcome> {
  return (await redis.sendCommand(new WrittenCommand(key, bytes))) as CommitOutcome;
}

/**
 * A command whose bytes are made. ioredis would make some ten objects of each argument, of which there are thousands;
 * it sends a command again after it has connected anew, so the bytes have to stay as they are.
 */
class WrittenCommand extends Command {
  readonly #bytes: Buffer;

  constructor(key: string, bytes: Buffer) {
    super('evalsha', [commitSha, '1', key], { replyEncoding: 'utf8' });
    this.#bytes = bytes;
  }

  override toWritable(): Buffer {
    return this.#bytes;
  }
}

/**
 * The commit as Redis reads it, an array of byte strings:
 * https://redis.io/docs/latest/develop/reference/protocol-spec/.
 */
export function encodeCommit(key: string, commit: Commit): Buffer {
  const { from, to, token, filter, last, changes } = commit;
  const before = ['EVALSHA', commitSha, '1', key, String(from), String(to), token, filter, last];
  let bytesMax = argumentOverheadMax;
  for (const text of before) bytesMax += argumentOverheadMax + utf8BytesPerUnitMax * text.length;
  for (const [name, state] of changes)
    bytesMax +=
      argumentsOfChange * argumentOverheadMax +
      bucketDigitsMax +
      utf8BytesPerUnitMax * name.length +
      state.length;
  const writer = new Writer(bytesMax);
  writer.count(argumentsBefore + argumentsOfChange * changes.length);
  for (const text of before) writer.text(text);
  for (const [name, state] of changes) {
    writer.text(String(bucketOf(name)));
    writer.text(name);
    writer.bytes(state);
  }
  return writer.written();
}

/** A place in a buffer that is large enough. */
class Writer {
  readonly #buffer: Buffer;
  #at = 0;

  constructor(bytesMax: number) {
    this.#buffer = Buffer.allocUnsafe(bytesMax);
  }

  written(): Buffer {
    return this.#buffer.subarray(0, this.#at);
  }

  /** Begins an array of so many. */
  count(count: number): void {
    this.#head(0x2a, count);
  }

  /** Names are short and plain: a call into Node costs more than their letters. */
  text(text: string): void {
    const start = this.#at;
    this.#head(0x24, text.length);
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      if (code > 127) {
        this.#at = start;
        this.bytes(Buffer.from(text));
        return;
      }
      this.#buffer[this.#at++] = code;
    }
    this.#endLine();
  }

  bytes(bytes: Uint8Array): void {
    this.#head(0x24, bytes.length);
    this.#buffer.set(bytes, this.#at);
    this.#at += bytes.length;
    this.#endLine();
  }

  #head(type: number, count: number): void {
    this.#buffer[this.#at++] = type;
    let scale = 1;
    while (scale * 10 <= count) scale *= 10;
    for (; scale >= 1; scale /= 10)
      this.#buffer[this.#at++] = 0x30 + (Math.floor(count / scale) % 10);
    this.#endLine();
  }

  #endLine(): void {
    this.#buffer[this.#at++] = 0x0d;
    this.#buffer[this.#at++] = 0x0a;
  }
}
