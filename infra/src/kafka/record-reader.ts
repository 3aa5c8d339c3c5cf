/** The batch with which a record was written: what tells it from another at the same offset. */
export interface WrittenIn {
  /** Grows each time that the partition’s leader begins anew, also after a crash; -1: not known. */
  readonly leaderEpoch: number;
  /** Of the batch's first record, ms. */
  readonly timestamp: number;
}

/** A record as it lies in the log. */
export interface LogRecord {
  readonly offset: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, Buffer>>;
  readonly writtenIn: WrittenIn;
  /** Why a whole batch cannot be read: this stands for it, with its bytes as value. */
  readonly fault?: string;
}

const noHeaders: LogRecord['headers'] = {};

/**
 * A record of which nothing is made until it is asked for, each time anew: a fetch brings thousands, and views that
 * live until the last of them is worked on cost more than views made twice.
 */
class RecordInSet implements LogRecord {
  readonly offset: number;
  readonly headers: LogRecord['headers'];
  readonly writtenIn: WrittenIn;
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
    readonly writtenIn: WrittenIn;
    readonly keyAt: number;
    readonly keyBytes: number;
    readonly valueAt: number;
    readonly valueBytes: number;
  }) {
    this.offset = of.offset;
    this.headers = of.headers;
    this.writtenIn = of.writtenIn;
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

/** Reads records of a batch one after the other. */
export class RecordReader {
  readonly #bytes: Buffer;
  at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  record(offset: number, writtenIn: WrittenIn): LogRecord {
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
      writtenIn,
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
