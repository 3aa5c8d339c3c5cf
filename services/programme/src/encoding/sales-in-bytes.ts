import type { PackedSales } from '../history/packed-sales.ts';
import type { EncodedSales, MemberState, Sale } from '../history/state.ts';
import { ByteReader, type ByteWriter } from './bytes.ts';
import type { Names } from './names.ts';
import { readSale } from './records.ts';

/** With fewer sales than this, an encoding that is not an append writes each of them anew. */
export const reusedFrom = 32;

/** V8 keeps arrays of up to so many bytes in its heap; a larger one takes another 300 bytes around it. */
const bytesMin = 64;

/** Bytes of what is remembered of an id. */
const markBytes = 2;

/** A part of what was just written, from `start` to `end`. */
interface Written {
  readonly writer: ByteWriter;
  readonly start: number;
  readonly end: number;
}

/** Places of the sales that activated, as `placeOfActivation` says. */
export interface Places {
  readonly endPlace: number;
  readonly basePlace: number;
}

/** Sales as they stand in an encoding, and what of them the next one needs. */
export class SalesInBytes implements PackedSales, Places {
  /** The strings that the sales refer to by number. */
  readonly names: Names;
  /** The activation that the two places are of. */
  readonly activatedAt: number | undefined;
  readonly activatedBy: string | undefined;
  readonly endPlace: number;
  readonly basePlace: number;
  /** Whether the end’s totals are those of the sales; a newest sale is added to both. */
  isSummed: boolean;
  count = 0;
  firstDay = 0;
  lastOccurredAt = 0;
  lastReceivedAt = 0;
  length = 0;
  /** The sales from the front on, and from the end backwards a mark of each id. */
  #bytes = new Uint8Array(bytesMin);

  constructor(
    { end, sales }: MemberState,
    of: { readonly names: Names; readonly isSummed: boolean; readonly places: Places },
  ) {
    this.names = of.names;
    this.isSummed = of.isSummed;
    this.activatedAt = end.activatedAt;
    this.activatedBy = end.activatedBy;
    this.endPlace = of.places.endPlace;
    this.basePlace = of.places.basePlace;
    this.firstDay = sales[0]?.businessDay ?? 0;
  }

  /** Takes in sales that were written behind the others. */
  append(sales: readonly Sale[], { writer, start, end }: Written): void {
    const length = this.length + end - start;
    this.#makeRoom(length + (this.count + sales.length) * markBytes);
    writer.copyTo(this.#bytes, { at: this.length, start, end });
    this.length = length;
    let at = this.#bytes.length - this.count * markBytes;
    for (const { id } of sales) {
      const mark = markOf(id);
      this.#bytes[--at] = mark & 255;
      this.#bytes[--at] = mark >>> 8;
    }
    this.count += sales.length;
    const last = sales.at(-1);
    if (last === undefined) return;
    this.lastOccurredAt = last.occurredAt;
    this.lastReceivedAt = last.receivedAt;
  }

  writeTo(writer: ByteWriter): void {
    writer.copy(this.#bytes, this.length);
  }

  mayHave(id: string): boolean {
    const bytes = this.#bytes;
    const mark = markOf(id);
    const low = mark & 255;
    const high = mark >>> 8;
    for (let at = bytes.length - this.count * markBytes; at < bytes.length; at += markBytes)
      if (bytes[at + 1] === low && bytes[at] === high) return true;
    return false;
  }

  unpack(): Sale[] {
    const from = new ByteReader(this.#bytes);
    const sales: Sale[] = [];
    while (from.position < this.length) {
      const sale = readSale(from, this.names);
      if (sale !== undefined) sales.push(sale);
    }
    return sales;
  }

  encoded(): EncodedSales | undefined {
    const { count, length: end, names: strings } = this;
    if (count < reusedFrom) return undefined;
    return { bytes: this.#bytes, start: 0, end, count, edited: false, strings };
  }

  /** Room for a quarter more: an append is to allocate nothing most of the time. */
  #makeRoom(bytes: number): void {
    const before = this.#bytes;
    if (bytes <= before.length) return;
    const marks = this.count * markBytes;
    const larger = new Uint8Array(Math.ceil((bytes * 1.25) / 16) * 16);
    larger.set(before.subarray(0, this.length));
    larger.set(before.subarray(before.length - marks), larger.length - marks);
    this.#bytes = larger;
  }
}

/** FNV-1a over UTF-16 units, folded to 16 bits. */
function markOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < id.length; index++)
    hash = Math.imul(hash ^ id.charCodeAt(index), 0x01000193);
  return (hash ^ (hash >>> 16)) & 0xffff;
}
