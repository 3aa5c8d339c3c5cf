import type { ExactBlock, SourceRange } from '../clickhouse/exact-insert.ts';
import type { Fact, FactTable, Projection, RowsEncoder, SourcedRow } from './projection.ts';

/** Records of one input partition that are projected together. */
export interface Range {
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}

/**
 * The facts of a range as blocks, one for each table and table partition. The same facts of the same
 * range always give the same blocks, and under the same tokens in the same insert, in whatever database. A fact is
 * written when it comes, and nothing else of it is kept.
 */
export class Blocks {
  readonly #tables: Projection['tables'];
  readonly #groups: Group[] = [];
  /** By table, then by table partition. */
  readonly #byName = new Map<string, Map<string, Group>>();
  #newest: Group | undefined;

  constructor(tables: Projection['tables']) {
    this.#tables = tables;
  }

  add({ table, tablePartition, row }: Fact): void {
    let group = this.#newest;
    if (group?.tableName !== table || group.tablePartition !== tablePartition)
      this.#newest = group = this.#groupOf(table, tablePartition);
    group.add(row);
  }

  get isEmpty(): boolean {
    return this.#groups.length === 0;
  }

  /** Once: the bytes are given away. `insert` is what rows of other ranges may go in with these. */
  finish({
    database,
    range: { topic, partition, from, to },
    insert,
    history,
  }: {
    readonly database: string;
    readonly range: Range;
    readonly insert: string;
    readonly history: ExactBlock['history'];
  }): ExactBlock[] {
    return this.#groups.map(({ table, tableName, tablePartition, encoder, rows, sources }) => ({
      table: `${database}.${table.name}`,
      tablePartition,
      columns: table.columns,
      body: encoder.finish(),
      rows,
      token: `${insert}/${tableName}/${tablePartition}`,
      ownToken: `${topic}/${partition}/${from}-${to}/${tableName}/${tablePartition}`,
      sources,
      history,
      repeats: table.repeats,
    }));
  }

  #groupOf(tableName: string, tablePartition: string): Group {
    let ofTable = this.#byName.get(tableName);
    if (ofTable === undefined) this.#byName.set(tableName, (ofTable = new Map<string, Group>()));
    let group = ofTable.get(tablePartition);
    if (group === undefined) {
      const table = this.#tables[tableName];
      if (table === undefined)
        throw new Error(`a fact is of table "${tableName}", which is not described`);
      group = new Group({ table, tableName, tablePartition });
      ofTable.set(tablePartition, group);
      this.#groups.push(group);
    }
    return group;
  }
}

/** The rows of one block so far. */
class Group {
  readonly table: FactTable;
  readonly tableName: string;
  readonly tablePartition: string;
  readonly encoder: RowsEncoder;
  readonly sources: Mutable<SourceRange>[] = [];
  rows = 0;
  #newest: Mutable<SourceRange> | undefined;

  constructor(of: Pick<Group, 'table' | 'tableName' | 'tablePartition'>) {
    this.table = of.table;
    this.tableName = of.tableName;
    this.tablePartition = of.tablePartition;
    this.encoder = of.table.encoder();
  }

  add(row: SourcedRow): void {
    this.encoder.add(row);
    this.rows++;
    const { source_partition: partition, source_offset: offset, ordinal } = row;
    let source = this.#newest;
    if (source?.partition !== partition) {
      source = this.sources.find((one) => one.partition === partition);
      if (source === undefined) {
        const first = { offset, ordinal };
        source = { partition, first, last: { ...first } };
        this.sources.push(source);
      }
      this.#newest = source;
    }
    source.last.offset = offset;
    source.last.ordinal = ordinal;
  }
}

type Mutable<T> = T extends object ? { -readonly [Key in keyof T]: Mutable<T[Key]> } : T;
