import type { EncodedSales, Sale } from './state.ts';

/** What can be asked of a packed sale without unpacking it. */
export interface VisitedSale {
  readonly businessDay: number;
  readonly occurredAt: number;
  readonly remaining: number;
  readonly tenantId: string;
  readonly grants: { readonly points: number; readonly parking: boolean };
}

/**
 * The sales of a state as bytes, until something asks for one of them. Of a newest sale that is appended nothing
 * asks: all that it depends on is here.
 */
export interface PackedSales {
  readonly count: number;
  /** Business day of the first. */
  readonly firstDay: number;
  /** Of the last: when it happened, and when it was received. */
  readonly lastOccurredAt: number;
  readonly lastReceivedAt: number;
  /** False: none of them has this id. */
  mayHave(id: string): boolean;
  /** Shows the sales from a place on, each only until the next. */
  visit(from: number, see: (sale: VisitedSale) => void): void;
  unpack(): Sale[];
  /** What an encoding of the unpacked sales can use again; undefined: nothing. */
  encoded(): EncodedSales | undefined;
}
