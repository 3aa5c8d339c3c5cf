import type { PackedSales, VisitedSale } from '../history/packed-sales.ts';
import type { EncodedSales, Position, Sale } from '../history/state.ts';
import { ByteReader, type ByteWriter } from './bytes.ts';
import { fingerprintOf, type Names } from './names.ts';
import { SaleReader } from './records.ts';

/** With fewer sales than this, an encoding that is not an append writes each of them anew. */
export const reusedFrom = 32;

const noBytes: Uint8Array = new Uint8Array(0);

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

/** Bytes of a fingerprint. */
const printBytes = 2;

/** Sales that come behind packed ones, and the bytes of all of them, and of the last. */
export interface SalesAdded {
  readonly sales: readonly Sale[];
  readonly length: number;
  readonly lastLength: number;
}

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
  /** Bytes of the last. */
  lastLength = 0;
  /** The encoding that the sales were read from or written into last. */
  #encoding = noBytes;
  #start = 0;
  #end = 0;
  /** Where the fingerprints of the ids begin; undefined: they are not in the encoding. */
  #prints: number | undefined;

  constructor(names: Names) {
    this.names = names;
  }

  /** Takes in the sales that come next in an encoding without index, and what ends them. */
  read(encoding: Uint8Array, from: ByteReader): void {
    this.#encoding = encoding;
    this.#start = this.#end = from.position;
    while (reader.read(from, this.names)) {
      if (this.count === 0) this.firstDay = reader.businessDay;
      this.count++;
      this.#takeLast(from.position - this.#end);
      this.#end = from.position;
    }
  }

  /** Takes in the index that comes next in an encoding, and the sales behind it, of which it looks at two. */
  readIndexed(encoding: Uint8Array, from: ByteReader): void {
    this.count = from.unsigned();
    const length = from.unsigned();
    const lastLength = from.unsigned();
    this.#encoding = encoding;
    this.#prints = from.position;
    from.skip(this.count * printBytes);
    this.#start = from.position;
    from.skip(length);
    this.#end = from.position;
    reader.read(this.#readerAt(this.#start), this.names);
    this.firstDay = reader.businessDay;
    reader.read(this.#readerAt(this.#end - lastLength), this.names);
    this.#takeLast(lastLength);
  }

  #takeLast(length: number): void {
    this.lastOccurredAt = reader.occurredAt;
    this.lastReceivedAt = reader.receivedAt;
    this.lastLength = length;
  }

  /** Writes the index of these sales and those behind them; says where the fingerprints begin. */
  writeIndex(to: ByteWriter, { sales, length, lastLength }: SalesAdded): number {
    to.unsigned(this.count + sales.length);
    to.unsigned(length);
    to.unsigned(lastLength);
    const prints = to.length;
    if (this.#prints !== undefined)
      to.rawOf(this.#encoding, this.#prints, this.#prints + this.count * printBytes);
    else
      this.#eachPrint((print) => {
        writePrint(to, print);
      });
    for (const { id } of sales) writePrint(to, fingerprintOf(id));
    return prints;
  }

  /** Takes in sales that were written behind the others, and where all of them stand now. */
  append(
    { sales, length, lastLength }: SalesAdded,
    at: {
      readonly encoding: Uint8Array;
      readonly start: number;
      readonly prints: number | undefined;
    },
  ): void {
    this.#encoding = at.encoding;
    this.#start = at.start;
    this.#end = at.start + length;
    this.#prints = at.prints;
    const [first] = sales;
    const last = sales.at(-1);
    if (first === undefined || last === undefined) return;
    if (this.count === 0) this.firstDay = first.businessDay;
    this.count += sales.length;
    this.lastOccurredAt = last.occurredAt;
    this.lastReceivedAt = last.receivedAt;
    this.lastLength = lastLength;
  }

  writeTo(writer: ByteWriter): void {
    writer.rawOf(this.#encoding, this.#start, this.#end);
  }

  mayHave(id: string): boolean {
    const sought = fingerprintOf(id);
    const start = this.#prints;
    if (start === undefined) {
      let found = false;
      this.#eachPrint((print) => (found ||= print === sought));
      return found;
    }
    const encoding = this.#encoding;
    const low = sought & 255;
    const high = sought >>> 8;
    const end = start + this.count * printBytes;
    for (let at = start; at < end; at += printBytes)
      if (encoding[at] === low && encoding[at + 1] === high) return true;
    return false;
  }

  #eachPrint(see: (print: number) => void): void {
    this.visit(0, () => {
      see(reader.fingerprint);
    });
  }

  visit(from: number, see: (sale: VisitedSale) => void): void {
    const bytes = this.#readerAt(this.#start);
    for (let place = 0; place < this.count; place++) {
      reader.read(bytes, this.names);
      if (place >= from) see(reader);
    }
  }

  /** The id of the sale at a place, and when it happened; undefined: there is none. */
  at(place: number): Pick<Sale, 'id' | 'occurredAt'> | undefined {
    if (place >= this.count) return undefined;
    const bytes = this.#readerAt(this.#start);
    for (let index = 0; index <= place; index++) reader.read(bytes, this.names);
    const { id, occurredAt } = reader;
    return { id, occurredAt };
  }

  unpack(): Sale[] {
    const bytes = this.#readerAt(this.#start);
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
    const start = this.#start;
    const end = this.#end;
    return { bytes: this.#encoding, start, end, count, edited: false, strings };
  }

  #readerAt(place: number): ByteReader {
    return new ByteReader(this.#encoding, place);
  }
}

function writePrint(to: ByteWriter, print: number): void {
  to.byte(print & 255);
  to.byte(print >>> 8);
}
