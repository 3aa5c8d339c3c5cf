import type { ClickHouse } from '@semarak/infra/clickhouse';
import type { ExpectedRow } from '../recount/rows.ts';
import { rowSql, rowText } from './columns.ts';
import type { Cuts } from './cuts.ts';
import type { Difference } from './differences.ts';
import { placedRelations, type PlacedName, type PlacedRelation } from './relations.ts';
import { RowSum, rowSumSql } from './row-sum.ts';
import { compareRows } from './rows.ts';

/** Offsets of the log that are compared at once: rows are fetched only of those that differ. */
const blockOffsets = 8_192;

type Places = PlacedRelation['places'];
const names = Object.keys(placedRelations) as PlacedName[];

/** Rows that are there although nothing in the log says so today. */
export type Excuse = (row: { readonly name: PlacedName; readonly text: string }) => boolean;

interface Sum {
  readonly rows: number;
  readonly sum: string;
}

/**
 * Compares the relations whose rows say where they come from with the rows that should be there, block
 * after block of a partition, up to the cut. Expected rows are held for one block.
 */
export class PlacedRows {
  readonly #clickhouse: ClickHouse;
  readonly #cuts: Cuts;
  readonly #report: (difference: Difference) => void;
  /** By relation, then `partition/block`. */
  readonly #sums = new Map<PlacedName, Map<string, Sum>>();
  readonly #expected = new Map<PlacedName, (readonly [place: string, text: string])[]>();
  #block = 0;
  rowsCompared = 0;

  constructor(parts: {
    clickhouse: ClickHouse;
    cuts: Cuts;
    report: (difference: Difference) => void;
  }) {
    this.#clickhouse = parts.clickhouse;
    this.#cuts = parts.cuts;
    this.#report = parts.report;
  }

  /** Asks ClickHouse for the number and sum of the rows of each block. */
  async load(): Promise<void> {
    for (const name of names) {
      const { columns, places } = placedRelations[name];
      const found = await this.#clickhouse.query<Sum & { partition: number; block: number }>(
        `SELECT partition, block, toUInt32(count()) AS rows, ${rowSumSql} AS sum FROM (
           SELECT toUInt32(source_partition) AS partition,
             toUInt32(intDiv(source_offset, ${blockOffsets})) AS block, ${rowSql(columns)} AS row
           FROM semarak.${name} WHERE ${this.#cuts.below(places)}
         ) GROUP BY partition, block`,
      );
      this.#sums.set(
        name,
        new Map(
          found.map(({ partition, block, rows, sum }) => [`${partition}/${block}`, { rows, sum }]),
        ),
      );
    }
  }

  /** The next row that a partition of `places` should have; offsets rise within a partition. */
  async expect(
    partition: number,
    places: Places,
    { relation, offset, row }: ExpectedRow,
    excuse?: Excuse,
  ): Promise<void> {
    const block = Math.floor(offset / blockOffsets);
    if (block !== this.#block) {
      await this.#finishBlock(partition, places, excuse);
      this.#block = block;
    }
    const { columns, apartBy }: PlacedRelation = placedRelations[relation];
    const held = this.#expected.get(relation) ?? [];
    if (held.length === 0) this.#expected.set(relation, held);
    const place = [partition, offset, ...apartBy.map((column) => row[column])].join('/');
    held.push([place, rowText(columns, row)]);
  }

  /** Nothing more should be there of the partition. */
  async finishPartition(partition: number, places: Places, excuse?: Excuse): Promise<void> {
    await this.#finishBlock(partition, places, excuse);
    this.#block = 0;
    for (const name of names) {
      if (placedRelations[name].places !== places) continue;
      for (const key of [...(this.#sums.get(name)?.keys() ?? [])])
        if (key.startsWith(`${partition}/`)) {
          this.#sums.get(name)?.delete(key);
          await this.#compare(name, { partition, block: Number(key.split('/')[1]) }, [], excuse);
        }
    }
  }

  /**
   * Rows of partitions that do not exist, and rows behind the end of the log. `endsNow` is asked after
   * the rows, so that no row is taken for invented whose record came meanwhile.
   */
  async finish(endsNow: () => Promise<Cuts>): Promise<void> {
    for (const name of names) {
      for (const key of this.#sums.get(name)?.keys() ?? []) {
        const [partition = 0, block = 0] = key.split('/').map(Number);
        await this.#compare(name, { partition, block }, [], undefined);
      }
      const { places } = placedRelations[name];
      const behind = await this.#clickhouse.query<{ partition: number; last: number }>(
        `SELECT toUInt32(source_partition) AS partition, max(source_offset) AS last
         FROM semarak.${name} WHERE ${this.#cuts.notBelow(places)} GROUP BY partition`,
      );
      if (behind.length === 0) continue;
      const ends = (await endsNow()).of(places);
      for (const { partition, last } of behind) {
        const end = ends[partition] ?? 0;
        if (last >= end)
          await this.#fetchAndCompare(
            name,
            `source_partition = ${partition} AND source_offset BETWEEN ${end} AND ${last}`,
            [],
          );
      }
    }
  }

  async #finishBlock(partition: number, places: Places, excuse?: Excuse): Promise<void> {
    const block = this.#block;
    for (const name of names) {
      if (placedRelations[name].places !== places) continue;
      const expected = this.#expected.get(name) ?? [];
      this.#expected.delete(name);
      const key = `${partition}/${block}`;
      const found = this.#sums.get(name)?.get(key);
      this.#sums.get(name)?.delete(key);
      this.rowsCompared += expected.length;
      const sum = new RowSum();
      for (const [, text] of expected) sum.add(text);
      if (sum.rows === (found?.rows ?? 0) && (sum.rows === 0 || sum.sum === found?.sum)) continue;
      await this.#compare(name, { partition, block }, expected, excuse);
    }
  }

  #compare(
    name: PlacedName,
    { partition, block }: { partition: number; block: number },
    expected: readonly (readonly [place: string, text: string])[],
    excuse: Excuse | undefined,
  ): Promise<void> {
    const { places } = placedRelations[name];
    const from = block * blockOffsets;
    return this.#fetchAndCompare(
      name,
      `source_partition = ${partition} AND source_offset >= ${from} ` +
        `AND source_offset < ${from + blockOffsets} AND ${this.#cuts.below(places)}`,
      expected,
      excuse,
    );
  }

  async #fetchAndCompare(
    name: PlacedName,
    where: string,
    expected: readonly (readonly [place: string, text: string])[],
    excuse?: Excuse,
  ): Promise<void> {
    const relation: PlacedRelation = placedRelations[name];
    const place = ['source_partition', 'source_offset', ...relation.apartBy];
    const found = await this.#clickhouse.query<{ place: string; row: string }>(
      `SELECT concatWithSeparator('/', ${place.map((column) => `toString(${column})`).join(', ')}) AS place,
         ${rowSql(relation.columns)} AS row
       FROM semarak.${name} WHERE ${where}`,
    );
    const differences = compareRows(
      { name, columns: relation.columns },
      { is: found.map(({ place, row }) => [place, row]), should: expected },
    );
    for (const difference of differences)
      if (excuse?.({ name, text: difference.row }) !== true) this.#report(difference);
  }
}
