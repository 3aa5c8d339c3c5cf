import type { PackedSales, VisitedSale } from '../history/packed-sales.ts';
import type { EncodedSales, Position, Sale } from '../history/state.ts';
import { ByteReader, type ByteWriter } from './bytes.ts';
import { fingerprintOf, type Names } from './names.ts';
import { SaleReader } from './records.ts';

/** With fewer sales than this, an encoding that is not an append writes each of them anew. */
export const reusedFrom = 32;

const noBytes = new Uint8Array(0);

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
  firstDay = 0;
  lastOccurredAt = 0;
  lastReceivedAt = 0;
  /** The sales’ part of the encoding that they were read from or written into last. */
  #bytes: Uint8Array = noBytes;
  /** Of each id. */
  #fingerprints: number[] = [];

  constructor(names: Names) {
    this.names = names;
  }

  get count(): number {
    return this.#fingerprints.length;
  }

  /** Takes in the sales that come next in an encoding, and what ends them. */
  read(encoding: Uint8Array, from: ByteReader): void {
    const start = from.position;
    const fingerprints: number[] = [];
    while (reader.read(from, this.names)) {
      if (fingerprints.length === 0) this.firstDay = reader.businessDay;
      fingerprints.push(reader.fingerprint);
      this.lastOccurredAt = reader.occurredAt;
      this.lastReceivedAt = reader.receivedAt;
    }
    this.#fingerprints = fingerprints;
    this.#bytes = encoding.subarray(start, from.position - 1);
  }

  /** Takes in sales that were written behind the others: all of them are these bytes now. */
  append(sales: readonly Sale[], bytes: Uint8Array): void {
    const [first] = sales;
    const last = sales.at(-1);
    if (first === undefined || last === undefined) return;
    if (this.count === 0) this.firstDay = first.businessDay;
    this.lastOccurredAt = last.occurredAt;
    this.lastReceivedAt = last.receivedAt;
    for (const { id } of sales) this.#fingerprints.push(fingerprintOf(id));
    this.#bytes = bytes;
  }

  writeTo(writer: ByteWriter): void {
    writer.raw(this.#bytes);
  }

  mayHave(id: string): boolean {
    return this.#fingerprints.includes(fingerprintOf(id));
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
    const { count, names: strings } = this;
    if (count < reusedFrom) return undefined;
    const bytes = this.#bytes;
    return { bytes, start: 0, end: bytes.length, count, edited: false, strings };
  }
}
