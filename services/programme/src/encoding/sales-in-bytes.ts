import type { PackedSales, VisitedSale } from '../history/packed-sales.ts';
import type { EncodedSales, Position, Sale } from '../history/state.ts';
import { ByteReader, type ByteWriter } from './bytes.ts';
import { fingerprintOf, type Names } from './names.ts';
import { SaleReader } from './records.ts';

/** With fewer sales than this, an encoding that is not an append writes each of them anew. */
export const reusedFrom = 32;

/** V8 keeps arrays of up to so many bytes in its heap; a larger one takes another 300 bytes around it. */
const bytesMin = 64;

const empty = new Uint8Array(0);

/** Bytes of what is remembered of an id. */
const fingerprintBytes = 2;

/** A part of what was just written, from `start` to `end`. */
interface Written {
  readonly writer: ByteWriter;
  readonly start: number;
  readonly end: number;
}

/** An activation, and where the sales that made it and that of the base stand, as `placeOfActivation` says. */
export interface Activation extends Pick<Position, 'activatedAt' | 'activatedBy'> {
  readonly endPlace: number;
  readonly basePlace: number;
}

const none: Activation = {
  activatedAt: undefined,
  activatedBy: undefined,
  endPlace: -1,
  basePlace: -1,
};

/** What is read of a sale is used before the next is. */
const reader = new SaleReader();

/** Sales as they stand in an encoding, and what of them the next one needs. */
export class SalesInBytes implements PackedSales {
  /** The strings that the sales refer to by number. */
  readonly names: Names;
  activation = none;
  /** Whether the end’s totals are those of the sales; a newest sale is added to both. */
  isSummed = false;
  count = 0;
  firstDay = 0;
  lastOccurredAt = 0;
  lastReceivedAt = 0;
  length = 0;
  /** The sales from the front on, and from the end backwards a fingerprint of each id. */
  #bytes = empty;

  constructor(names: Names) {
    this.names = names;
  }

  /** Takes in the sales that come next in an encoding, and what ends them. */
  read(encoding: Uint8Array, from: ByteReader): void {
    const start = from.position;
    let count = 0;
    while (reader.read(from, this.names)) {
      if (count === 0) this.firstDay = reader.businessDay;
      fingerprints[count++] = reader.fingerprint;
      this.lastOccurredAt = reader.occurredAt;
      this.lastReceivedAt = reader.receivedAt;
    }
    this.length = from.position - 1 - start;
    this.#makeRoom(this.length + count * fingerprintBytes);
    this.#bytes.set(encoding.subarray(start, start + this.length));
    for (let index = 0; index < count; index++) this.#remember(fingerprints[index] ?? 0);
  }

  /** Takes in sales that were written behind the others. */
  append(sales: readonly Sale[], { writer, start, end }: Written): void {
    const [first] = sales;
    const last = sales.at(-1);
    if (first === undefined || last === undefined) return;
    if (this.count === 0) this.firstDay = first.businessDay;
    this.lastOccurredAt = last.occurredAt;
    this.lastReceivedAt = last.receivedAt;
    const length = this.length + end - start;
    this.#makeRoom(length + (this.count + sales.length) * fingerprintBytes);
    writer.copyTo(this.#bytes, { at: this.length, start, end });
    this.length = length;
    for (const { id } of sales) this.#remember(fingerprintOf(id));
  }

  writeTo(writer: ByteWriter): void {
    writer.copy(this.#bytes, this.length);
  }

  mayHave(id: string): boolean {
    const bytes = this.#bytes;
    const fingerprint = fingerprintOf(id);
    const low = fingerprint & 255;
    const high = fingerprint >>> 8;
    for (
      let at = bytes.length - this.count * fingerprintBytes;
      at < bytes.length;
      at += fingerprintBytes
    )
      if (bytes[at + 1] === low && bytes[at] === high) return true;
    return false;
  }

  visit(from: number, see: (sale: VisitedSale) => void): void {
    const bytes = new ByteReader(this.#bytes);
    for (let place = 0; place < this.count; place++) {
      reader.read(bytes, this.names);
      if (place >= from) see(reader);
    }
  }

  /** The id of the sale at a place, and when it happened; undefined: there is none. */
  at(place: number): Pick<Sale, 'id' | 'occurredAt'> | undefined {
    if (place >= this.count) return undefined;
    const bytes = new ByteReader(this.#bytes);
    for (let index = 0; index <= place; index++) reader.read(bytes, this.names);
    const { id, occurredAt } = reader;
    return { id, occurredAt };
  }

  unpack(): Sale[] {
    const bytes = new ByteReader(this.#bytes);
    const sales: Sale[] = [];
    while (sales.length < this.count) {
      reader.read(bytes, this.names);
      sales.push(reader.sale());
    }
    return sales;
  }

  encoded(): EncodedSales | undefined {
    const { count, length: end, names: strings } = this;
    if (count < reusedFrom) return undefined;
    return { bytes: this.#bytes, start: 0, end, count, edited: false, strings };
  }

  #remember(fingerprint: number): void {
    this.count++;
    const at = this.#bytes.length - this.count * fingerprintBytes;
    this.#bytes[at] = fingerprint >>> 8;
    this.#bytes[at + 1] = fingerprint & 255;
  }

  /** Room for a quarter more: an append is to allocate nothing most of the time. */
  #makeRoom(bytes: number): void {
    const before = this.#bytes;
    if (bytes <= before.length) return;
    const remembered = this.count * fingerprintBytes;
    const larger = new Uint8Array(Math.max(bytesMin, Math.ceil((bytes * 1.25) / 16) * 16));
    this.#bytes = larger;
    if (this.count === 0) return;
    larger.set(before.subarray(0, this.length));
    larger.set(before.subarray(before.length - remembered), larger.length - remembered);
  }
}

/** Of the sales that are being read; never shortened. */
const fingerprints: number[] = [];
