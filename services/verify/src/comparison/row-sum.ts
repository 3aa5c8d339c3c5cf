import { createHash } from 'node:crypto';

const wordBits = 64;

/** For SQL: the sum of the rows’ texts, in `row`, that RowSum comes to. */
export const rowSumSql = 'toString(sum(reinterpretAsUInt64(substring(MD5(row), 1, 8))))';

/**
 * Number and sum of rows in any order: of each row’s text the first eight bytes of its MD5, added up in
 * 64 bits. A missing, doubled or changed row changes it but for one in 2^64.
 */
export class RowSum {
  rows = 0;
  #sum = 0n;

  add(text: string): void {
    this.rows++;
    this.#sum += createHash('md5').update(text).digest().readBigUInt64LE(0);
  }

  /** As ClickHouse writes it. */
  get sum(): string {
    return BigInt.asUintN(wordBits, this.#sum).toString();
  }
}
