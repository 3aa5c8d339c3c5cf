/** A record as it lies in the log. */
export interface LogRecord {
  readonly offset: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, Buffer>>;
}

const noHeaders: LogRecord['headers'] = {};

/** Bytes before what a batch's length is of: its offset and the length itself. */
const lengthEndsAt = 12;
const lengthAt = 8;
const formatAt = 16;
const attributesAt = 21;
const lastOffsetDeltaAt = 23;
const countAt = 57;
const recordsAt = 61;
const currentFormat = 2;
/** Compression, and whether it is a transaction's or a control batch. */
const attributesMask = 0x07 | 0x10 | 0x20;
const twoTo32 = 2 ** 32;

/**
 * What a fetch brings of a partition: record batches in Kafka's format 2, one after the other, the last of
 * which may be cut off (https://kafka.apache.org/documentation/#recordbatch). Records are made of it only when they are
 * asked for, each with its place in the bytes and nothing else.
 */
export class RecordSet {
  readonly #bytes: Buffer;
  /** Where the last whole batch ends. */
  readonly #end: number;
  /** Of the last whole batch: the highest offset that it covers, whether the record is still there or not. */
  readonly lastOffset: number;

  private constructor(bytes: Buffer, end: number, lastOffset: number) {
    this.#bytes = bytes;
    this.#end = end;
    this.lastOffset = lastOffset;
  }

  /**
   * Undefined when there is no whole batch, or one in another format, compressed, of a transaction or of
   * control records: those are kafkajs' to read.
   */
  static of(bytes: Buffer): RecordSet | undefined {
    let end = 0;
    let lastOffset = -1;
    for (let at = 0; at + recordsAt <= bytes.length;) {
      const next = at + lengthEndsAt + bytes.readInt32BE(at + lengthAt);
      if (next > bytes.length) break;
      if (bytes[at + formatAt] !== currentFormat) return undefined;
      if ((bytes.readInt16BE(at + attributesAt) & attributesMask) !== 0) return undefined;
      lastOffset = int64(bytes, at) + bytes.readInt32BE(at + lastOffsetDeltaAt);
      at = end = next;
    }
    return end === 0 ? undefined : new RecordSet(bytes, end, lastOffset);
  }

  /** The records with this offset or a higher one, in their order. */
  recordsFrom(from: number): LogRecord[] {
    const bytes = this.#bytes;
    const reader = new Reader(bytes);
    const records: LogRecord[] = [];
    for (let at = 0; at < this.#end;) {
      const firstOffset = int64(bytes, at);
      const count = bytes.readInt32BE(at + countAt);
      reader.at = at + recordsAt;
      for (let index = 0; index < count; index++) {
        const length = reader.varint();
        const next = reader.at + length;
        reader.at++; // attributes, of which there are none
        reader.skipVarint(); // its time
        const offset = firstOffset + reader.varint();
        if (offset >= from) records.push(reader.record(offset));
        reader.at = next;
      }
      at += lengthEndsAt + bytes.readInt32BE(at + lengthAt);
    }
    return records;
  }
}

/**
 * A record of which nothing is made until it is asked for, each time anew: a fetch brings thousands, and views that
 * live until the last of them is worked on cost more than views made twice.
 */
class RecordInSet implements LogRecord {
  readonly offset: number;
  readonly headers: LogRecord['headers'];
  readonly #bytes: Buffer;
  readonly #keyAt: number;
  readonly #keyBytes: number;
  readonly #valueAt: number;
  readonly #valueBytes: number;

  /** Lengths are -1 of what is null. */
  constructor(of: {
    readonly bytes: Buffer;
    readonly offset: number;
    readonly headers: LogRecord['headers'];
    readonly keyAt: number;
    readonly keyBytes: number;
    readonly valueAt: number;
    readonly valueBytes: number;
  }) {
    this.offset = of.offset;
    this.headers = of.headers;
    this.#bytes = of.bytes;
    this.#keyAt = of.keyAt;
    this.#keyBytes = of.keyBytes;
    this.#valueAt = of.valueAt;
    this.#valueBytes = of.valueBytes;
  }

  get key(): Buffer | null {
    if (this.#keyBytes < 0) return null;
    return this.#bytes.subarray(this.#keyAt, this.#keyAt + this.#keyBytes);
  }

  get value(): Buffer | null {
    if (this.#valueBytes < 0) return null;
    return this.#bytes.subarray(this.#valueAt, this.#valueAt + this.#valueBytes);
  }
}

class Reader {
  readonly #bytes: Buffer;
  at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  record(offset: number): LogRecord {
    const keyBytes = this.varint();
    const keyAt = this.at;
    this.at += Math.max(0, keyBytes);
    const valueBytes = this.varint();
    const valueAt = this.at;
    this.at += Math.max(0, valueBytes);
    const headers = this.#headers();
    return new RecordInSet({
      bytes: this.#bytes,
      offset,
      headers,
      keyAt,
      keyBytes,
      valueAt,
      valueBytes,
    });
  }

  #headers(): LogRecord['headers'] {
    const count = this.varint();
    if (count === 0) return noHeaders;
    const headers: [string, Buffer][] = [];
    for (let index = 0; index < count; index++) {
      const name = this.#bytesOrNull();
      const content = this.#bytesOrNull();
      headers.push([name?.toString() ?? '', content ?? Buffer.alloc(0)]);
    }
    return Object.fromEntries(headers);
  }

  /** Zigzag, of 32 bits. */
  varint(): number {
    const bytes = this.#bytes;
    let byte = bytes[this.at++] as number;
    let value = byte & 0x7f;
    for (let shift = 7; byte > 0x7f; shift += 7) {
      byte = bytes[this.at++] as number;
      value |= (byte & 0x7f) << shift;
    }
    return (value >>> 1) ^ -(value & 1);
  }

  skipVarint(): void {
    while ((this.#bytes[this.at++] as number) > 0x7f);
  }

  #bytesOrNull(): Buffer | null {
    const length = this.varint();
    if (length < 0) return null;
    const start = this.at;
    this.at += length;
    return this.#bytes.subarray(start, this.at);
  }
}

const int64 = (bytes: Buffer, at: number): number =>
  bytes.readInt32BE(at) * twoTo32 + bytes.readUInt32BE(at + 4);
