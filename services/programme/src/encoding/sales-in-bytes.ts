import type { PackedSales } from '../history/packed-sales.ts';
import type { MemberState, Sale } from '../history/state.ts';
import { ByteReader, type ByteWriter } from './bytes.ts';
import type { Names } from './names.ts';
import { readSale } from './records.ts';

/**
 * Room for the sales to come: an append is to allocate nothing most of the time. V8 keeps arrays of up to so many
 * bytes in its heap; a larger one takes another 300 bytes around it.
 */
const bytesMin = 64;

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
  #bytes = new Uint8Array(bytesMin);
  /** Hashes, in an array that is no longer than they are. */
  #ids: readonly number[] = [];

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
    if (length > this.#bytes.length) {
      const larger = new Uint8Array(2 ** Math.ceil(Math.log2(length)));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    writer.copyTo(this.#bytes, { at: this.length, start, end });
    this.length = length;
    this.#ids = this.#ids.concat(sales.map(({ id }) => hashOf(id)));
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
    return this.#ids.includes(hashOf(id));
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
}

/** FNV-1a over UTF-16 units, 30 bits: a number that needs no memory of its own. */
function hashOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < id.length; index++)
    hash = Math.imul(hash ^ id.charCodeAt(index), 0x01000193);
  return (hash >>> 2) & 0x3fffffff;
}
