import type { EncodedSales, Sale } from './state.ts';

/**
 * The sales of a state as the bytes of its last encoding, until something asks for one of them. Of a newest
 * sale that is appended nothing asks: all that it depends on is here.
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
  unpack(): Sale[];
  /** What an encoding of the unpacked sales can use again; undefined: nothing. */
  encoded(): EncodedSales | undefined;
}
