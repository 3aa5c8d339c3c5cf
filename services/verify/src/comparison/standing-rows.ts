import type { ClickHouse } from '@semarak/infra/clickhouse';
import { rowSql, rowText } from './columns.ts';
import type { Cuts } from './cuts.ts';
import type { Difference } from './differences.ts';
import { standingRelations, type StandingName, type StandingRelation } from './relations.ts';
import { RowSum, rowSumSql } from './row-sum.ts';
import { byKey, compareRows } from './rows.ts';

const names = Object.keys(standingRelations) as StandingName[];

/**
 * What they say is compared in `members`. Their places are compared with the end of the log alone: a row
 * from behind it would win against every later one.
 */
const oneRowTables = [
  { table: 'member_enrolments', places: 'transactions' },
  { table: 'member_profiles', places: 'members' },
] as const;

/**
 * Compares the relations that say what stands now, a slice at a time: what one partition of the log
 * decides. What has been changed by a record behind the cut is not a difference but unsettled.
 */
export class StandingRows {
  readonly #clickhouse: ClickHouse;
  readonly #cuts: Cuts;
  readonly #endsNow: () => Promise<Cuts>;
  readonly #partitions: number;
  readonly #report: (difference: Difference) => void;
  readonly #unsettled: (relation: StandingName) => void;
  readonly #wanted: ReadonlySet<string> | undefined;
  readonly #sums = new Map<StandingName, Map<number, { rows: number; sum: string }>>();
  rowsCompared = 0;

  constructor(parts: {
    clickhouse: ClickHouse;
    cuts: Cuts;
    /** Where the log ends when it is asked for. */
    endsNow: () => Promise<Cuts>;
    partitions: number;
    report: (difference: Difference) => void;
    unsettled: (relation: StandingName) => void;
    /** The relations to compare; undefined: all. */
    wanted: ReadonlySet<string> | undefined;
  }) {
    this.#clickhouse = parts.clickhouse;
    this.#cuts = parts.cuts;
    this.#endsNow = parts.endsNow;
    this.#partitions = parts.partitions;
    this.#report = parts.report;
    this.#unsettled = parts.unsettled;
    this.#wanted = parts.wanted;
  }

  /** Asks ClickHouse for the number and sum of the rows of each slice. */
  async load(): Promise<void> {
    for (const name of names) {
      const { columns } = standingRelations[name];
      const found = await this.#clickhouse.query<{ slice: number; rows: number; sum: string }>(
        `SELECT slice, toUInt32(count()) AS rows, ${rowSumSql} AS sum FROM (
           SELECT ${this.#slice(name)} AS slice, ${rowSql(columns)} AS row FROM semarak.${name}
         ) GROUP BY slice`,
      );
      this.#sums.set(name, new Map(found.map(({ slice, rows, sum }) => [slice, { rows, sum }])));
    }
  }

  /** Compares the rows of a slice with all that should be in it. A relation with one slice has slice 0. */
  async compare(
    name: StandingName,
    slice: number,
    rows: Iterable<Readonly<Record<string, unknown>>>,
  ): Promise<void> {
    if (this.#wanted !== undefined && !this.#wanted.has(name)) return;
    const relation: StandingRelation = standingRelations[name];
    const expected: string[] = [];
    const sum = new RowSum();
    for (const row of rows) {
      const text = rowText(relation.columns, row);
      expected.push(text);
      sum.add(text);
    }
    this.rowsCompared += expected.length;
    const found = this.#sums.get(name)?.get(slice);
    if (sum.rows === (found?.rows ?? 0) && (sum.rows === 0 || sum.sum === found?.sum)) return;
    const is = await this.#clickhouse.query<{ row: string }>(
      `SELECT ${rowSql(relation.columns)} AS row FROM semarak.${name}
       WHERE ${this.#slice(name)} = ${slice}`,
    );
    const texts = is.map(({ row }) => row);
    const differences = compareRows(
      { name, columns: relation.columns },
      { is: byKey(relation, texts), should: byKey(relation, expected) },
    );
    if (differences.length === 0) return;
    const changed = await this.#changedBehindTheCut(relation);
    const all = await this.#allChangedBehindTheCut(relation);
    for (const difference of differences)
      if (all || changed.has(difference.key)) this.#unsettled(name);
      else this.#report(difference);
  }

  #slice(name: StandingName): string {
    const { slice } = standingRelations[name];
    return slice === "''"
      ? 'toUInt32(0)'
      : `toUInt32(kafkaMurmurHash(${slice}) % ${this.#partitions})`;
  }

  /**
   * Asked after the rows, so that it names every change that they can show. A place where the log has
   * nothing is damage and excuses no other.
   */
  async #changedBehindTheCut({ changedBy }: StandingRelation): Promise<Set<string>> {
    const keys = new Set<string>();
    for (const { table, key, places } of changedBy) {
      const found = await this.#clickhouse.query<{
        key: string;
        partition: number;
        offset: number;
      }>(
        `SELECT toString(${key}) AS key, toUInt32(source_partition) AS partition,
           toFloat64(min(source_offset)) AS offset
         FROM semarak.${table} WHERE ${this.#cuts.notBelow(places)} GROUP BY key, partition`,
      );
      if (found.length === 0) continue;
      const ends = await this.#endsNow();
      for (const row of found) if (ends.has(places, row)) keys.add(row.key);
    }
    return keys;
  }

  async #allChangedBehindTheCut({ allChangedBy = [] }: StandingRelation): Promise<boolean> {
    for (const { table, places } of allChangedBy) {
      const found = await this.#clickhouse.query<{ partition: number; offset: number }>(
        `SELECT toUInt32(source_partition) AS partition, toFloat64(min(source_offset)) AS offset
         FROM semarak.${table} WHERE ${this.#cuts.notBelow(places)} GROUP BY partition`,
      );
      const ends = found.length === 0 ? undefined : await this.#endsNow();
      if (found.some((row) => ends?.has(places, row))) return true;
    }
    return false;
  }

  /** Rows of the tables that keep one row of each member, from where the log has nothing. */
  async finish(): Promise<void> {
    for (const { table, places } of oneRowTables) {
      const behind = await this.#clickhouse.query<{
        member: string;
        partition: number;
        offset: number;
      }>(
        `SELECT concat(programme, ' ', member_id) AS member,
           toUInt32(source_partition) AS partition, toFloat64(source_offset) AS offset
         FROM semarak.${table}
         WHERE source_partition >= ${this.#partitions} OR ${this.#cuts.notBelow(places)}`,
      );
      if (behind.length === 0) continue;
      const ends = await this.#endsNow();
      for (const { member, ...at } of behind)
        if (!ends.has(places, at))
          this.#report({
            in: table,
            key: member,
            says: `the row is from ${places}/${at.partition}/${at.offset}, where the log has nothing`,
          });
    }
  }
}
