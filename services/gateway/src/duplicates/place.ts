import type { TransactionRecorded } from '@semarak/schemas';

/** What names a transaction. */
export type TransactionName = Pick<TransactionRecorded, 'programme' | 'transactionId'>;

/** Where what is known of a transaction is kept: the hash, and the field in it. */
export interface Place {
  readonly key: string;
  /** One character below 128: one byte. */
  readonly field: string;
}

/**
 * Sequences that share a hash. A till counts up, so that a hash fills: with at most 64 fields of one
 * byte and values of eight, Redis keeps it as a compact list, some 15 bytes a transaction.
 */
const sequencesPerHash = 64;
const fields = Array.from({ length: sequencesPerHash }, (_, code) => String.fromCharCode(code));
const slash = 0x2f;

/** `duplicates/PROGRAMME/TERMINAL/BUSINESS-DAY/BLOCK`, and the place in the block. */
export function placeOf({ programme, transactionId }: TransactionName): Place {
  let at = transactionId.length - 1;
  let sequence = 0;
  for (let unit = 1; transactionId.charCodeAt(at) !== slash; at--, unit *= 10)
    sequence += (transactionId.charCodeAt(at) - 0x30) * unit;
  const block = Math.floor(sequence / sequencesPerHash);
  return {
    key: `duplicates/${programme}/${transactionId.slice(0, at)}/${block}`,
    field: fields[sequence - block * sequencesPerHash] ?? '',
  };
}
