import { textOf } from './texts.ts';

/** To copy fewer bytes than this, a call into the engine costs more than a loop. */
const copiedInLoop = 256;

/** Memory that short copies share: to allocate each one costs more than to write it. */
const sharedBytes = 65_536;

/** Owns a growing buffer and writes numbers and ASCII-friendly text into it. */
export class ByteWriter {
  #bytes = new Uint8Array(1024);
  #length = 0;
  #shared = new Uint8Array(0);
  #sharedUsed = 0;

  get length(): number {
    return this.#length;
  }

  reset(): void {
    this.#length = 0;
  }

  byte(value: number): void {
    if (this.#length === this.#bytes.length) this.#grow(1);
    this.#bytes[this.#length++] = value;
  }

  /** A whole number from 0 to 2^53 - 1, seven bits a byte, low ones first. */
  unsigned(value: number): void {
    let rest = value;
    while (rest > 127) {
      this.byte((rest % 128) + 128);
      rest = Math.floor(rest / 128);
    }
    this.byte(rest);
  }

  /** A whole number of at most 53 bits and its sign, which lies in the lowest bit of the first byte. */
  signed(value: number): void {
    const size = Math.abs(value);
    const first = (size % 64) * 2 + (value < 0 ? 1 : 0);
    if (size < 64) this.byte(first);
    else {
      this.byte(first + 128);
      this.unsigned(Math.floor(size / 64));
    }
  }

  /** Epoch milliseconds; a byte less for whole seconds. */
  time(value: number): void {
    this.signed(value % 1000 === 0 ? (value / 1000) * 2 : value * 2 + 1);
  }

  /** UTF-16 units, so that any text comes back; a byte each for ASCII. */
  text(value: string): void {
    this.unsigned(value.length);
    for (let index = 0; index < value.length; index++) this.unsigned(value.charCodeAt(index));
  }

  raw(bytes: Uint8Array): void {
    this.rawOf(bytes, 0, bytes.length);
  }

  /** The bytes from one place to before another. */
  rawOf(bytes: Uint8Array, from: number, to: number): void {
    const start = this.#length;
    const length = to - from;
    if (start + length > this.#bytes.length) this.#grow(length);
    const into = this.#bytes;
    if (length > copiedInLoop) into.set(bytes.subarray(from, to), start);
    else
      for (let index = 0; index < length; index++)
        into[start + index] = bytes[from + index] as number;
    this.#length = start + length;
  }

  /** What was written, only until more is. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** A copy of what was written, in memory of its own. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  /** A copy of what was written, for soon: it keeps the memory of a thousand others from being freed. */
  finishForSoon(): Uint8Array {
    const length = this.#length;
    if (length > sharedBytes / 16) return this.finish();
    if (this.#sharedUsed + length > this.#shared.length) {
      this.#shared = new Uint8Array(sharedBytes);
      this.#sharedUsed = 0;
    }
    const copy = this.#shared.subarray(this.#sharedUsed, this.#sharedUsed + length);
    copy.set(this.view());
    this.#sharedUsed += length;
    return copy;
  }

  #grow(by: number): void {
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + by));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}

/** Of the text that is being read; never shortened, which takes longer than to read one. */
const units: number[] = [];

/** Reads what ByteWriter wrote. Every method throws a RangeError beyond the end. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  /** Begins at a place of the bytes. */
  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes;
    this.#at = at;
  }

  get position(): number {
    return this.#at;
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  byte(): number {
    const value = this.#bytes[this.#at];
    if (value === undefined) throw new RangeError('the state ends too early');
    this.#at++;
    return value;
  }

  unsigned(): number {
    let value = 0;
    let factor = 1;
    for (;;) {
      const next = this.byte();
      value += (next & 127) * factor;
      if (next < 128) return value;
      factor *= 128;
    }
  }

  signed(): number {
    const first = this.byte();
    let size = (first & 127) >>> 1;
    if (first >= 128) size += this.unsigned() * 64;
    return (first & 1) === 1 ? -size : size;
  }

  time(): number {
    const value = this.signed();
    return value % 2 === 0 ? (value / 2) * 1000 : (value - 1) / 2;
  }

  /** A view of the next bytes. */
  raw(length: number): Uint8Array {
    const start = this.#at;
    this.skip(length);
    return this.#bytes.subarray(start, this.#at);
  }

  skip(length: number): void {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new RangeError('the state ends too early');
    this.#at = end;
  }

  text(): string {
    const length = this.unsigned();
    for (let index = 0; index < length; index++) units[index] = this.unsigned();
    return textOf(units, length);
  }
}
