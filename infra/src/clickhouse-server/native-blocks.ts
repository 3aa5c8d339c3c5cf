import { exception } from './exception.ts';
import { bytesOfValue, expanded, parseNativeType, type NativeType } from './native-types.ts';

/*
 * The Native format as clients of a protocol revision read it. The library writes blocks as for revision 0:
 * no block info before them, no word about the serialization behind the type of a column. Where those are
 * missing follows from the sizes of what stands between, so the blocks are walked through here.
 *
 * ClickHouse, src/Formats/NativeWriter.cpp, src/Core/BlockInfo.cpp, src/Core/ProtocolDefines.h.
 */
const revisionWithSerializations = 54_454;

/** Field 1, is_overflows: false; field 2, bucket_num: -1; the end. */
const blockInfo = Buffer.from([1, 0, 2, 0xff, 0xff, 0xff, 0xff, 0]);
const defaultSerialization = Buffer.from([0]);

/** Longer names and types are no ones of ours. */
const textBytesMax = 1024 * 1024;

type Walk<Result = void> = Generator<undefined, Result, undefined>;

/** A stream of chunks that is copied to the output, with insertions. */
class Source {
  #chunk: Buffer = Buffer.alloc(0);
  #at = 0;
  #copiedTo = 0;
  #output: Buffer[] = [];

  feed(chunk: Buffer): void {
    this.#chunk = chunk;
    this.#at = 0;
    this.#copiedTo = 0;
  }

  takeOutput(): Buffer {
    this.#copy();
    const output = this.#output;
    this.#output = [];
    return output.length === 1 && output[0] !== undefined ? output[0] : Buffer.concat(output);
  }

  insert(bytes: Buffer): void {
    this.#copy();
    this.#output.push(bytes);
  }

  #copy(): void {
    if (this.#copiedTo < this.#at)
      this.#output.push(this.#chunk.subarray(this.#copiedTo, this.#at));
    this.#copiedTo = this.#at;
  }

  /** Until there is a byte to read. */
  *available(): Walk {
    while (this.#at >= this.#chunk.length) yield;
  }

  *skip(bytes: number): Walk {
    let left = bytes;
    while (left > this.#chunk.length - this.#at) {
      left -= this.#chunk.length - this.#at;
      this.#at = this.#chunk.length;
      yield;
    }
    this.#at += left;
  }

  *byte(): Walk<number> {
    yield* this.available();
    return this.#chunk[this.#at++] ?? 0;
  }

  *varint(): Walk<number> {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = yield* this.byte();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  }

  *uint64(): Walk<number> {
    let value = 0;
    for (let index = 0; index < 8; index += 1) value += (yield* this.byte()) * 256 ** index;
    return value;
  }

  *text(): Walk<string> {
    const length = yield* this.varint();
    if (length > textBytesMax) throw unreadable('a name of a column is too long');
    const bytes = Buffer.alloc(length);
    for (let index = 0; index < length; index += 1) bytes[index] = yield* this.byte();
    return bytes.toString('utf8');
  }

  *strings(count: number): Walk {
    for (let left = count; left > 0; left -= 1) {
      const length = this.#chunk[this.#at];
      // Most are short and lie within the chunk.
      if (length !== undefined && length < 0x80 && this.#at + length < this.#chunk.length) {
        this.#at += 1 + length;
      } else yield* this.skip(yield* this.varint());
    }
  }
}

const unreadable = (why: string): Error =>
  exception('NOT_IMPLEMENTED', `The result cannot be sent in the format Native: ${why}.`);

function first(type: NativeType): NativeType {
  const [inner] = type.types;
  if (inner === undefined) throw unreadable(`the type ${type.name} is not known here`);
  return expanded(inner);
}

/** Adds to the blocks of one answer what a revision has in them. */
export class NativeBlocks {
  readonly #source = new Source();
  readonly #walk: Walk;
  readonly #revision: number;

  /** @param revision `client_protocol_version`, above 0. */
  constructor(revision: number) {
    this.#revision = revision;
    this.#walk = this.#blocks();
    this.#walk.next();
  }

  /**
   * The next bytes for the client.
   *
   * @throws DatabaseException NOT_IMPLEMENTED (48) for a column of a type whose length is not known here.
   */
  feed(chunk: Buffer): Buffer {
    this.#source.feed(chunk);
    this.#walk.next();
    return this.#source.takeOutput();
  }

  *#blocks(): Walk {
    const source = this.#source;
    for (;;) {
      yield* source.available();
      source.insert(blockInfo);
      const columns = yield* source.varint();
      const rows = yield* source.varint();
      for (let column = 0; column < columns; column += 1) {
        yield* source.text();
        const type = expanded(parseNativeType(yield* source.text()));
        if (this.#revision >= revisionWithSerializations) source.insert(defaultSerialization);
        if (rows === 0) continue;
        yield* this.#prefix(type);
        yield* this.#values(type, rows);
      }
    }
  }

  /** What stands once before the values of a column: versions of dictionaries. */
  *#prefix(type: NativeType): Walk {
    if (type.name === 'LowCardinality') yield* this.#source.skip(8);
    else for (const inner of type.types) yield* this.#prefix(expanded(inner));
  }

  *#values(type: NativeType, rows: number): Walk {
    const source = this.#source;
    const bytes = bytesOfValue(type);
    if (bytes !== undefined) yield* source.skip(bytes * rows);
    else if (type.name === 'String') yield* source.strings(rows);
    else if (type.name === 'Nullable') {
      yield* source.skip(rows);
      yield* this.#values(first(type), rows);
    } else if (type.name === 'Array') {
      yield* source.skip(8 * (rows - 1));
      const elements = yield* source.uint64();
      if (elements > 0) yield* this.#values(first(type), elements);
    } else if (type.name === 'Tuple') {
      // One without elements has a byte for each row.
      if (type.types.length === 0) yield* source.skip(rows);
      for (const inner of type.types) yield* this.#values(expanded(inner), rows);
    } else if (type.name === 'LowCardinality') yield* this.#lowCardinality(type);
    else throw unreadable(`a column is of type ${type.name}; cast it, to String for example`);
  }

  /** The dictionary of the block, then an index into it for each row. */
  *#lowCardinality(type: NativeType): Walk {
    const source = this.#source;
    const indexBytes = 2 ** (yield* source.byte());
    yield* source.skip(7);
    const inner = first(type);
    const keys = yield* source.uint64();
    yield* this.#values(inner.name === 'Nullable' ? first(inner) : inner, keys);
    const rows = yield* source.uint64();
    yield* source.skip(indexBytes * rows);
  }
}
