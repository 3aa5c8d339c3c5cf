import type { ExactBlock, Place, SourceRange } from '../clickhouse/exact-insert.ts';
import type { Fact, FactTable, Projection } from './projection.ts';

/** Records of one input partition that are projected together. */
export interface Range {
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}

/**
 * The facts of a range as blocks, one for each table and table partition. The same facts of the same
 * range always give the same blocks under the same tokens, in whatever database.
 */
export function blocksOf(
  facts: readonly Fact[],
  {
    tables,
    database,
    range,
    history,
  }: Pick<Projection, 'tables'> & {
    readonly database: string;
    readonly range: Range;
    readonly history: ExactBlock['history'];
  },
): ExactBlock[] {
  const groups = new Map<string, [Fact, ...Fact[]]>();
  for (const fact of facts) {
    const name = `${fact.table}/${fact.tablePartition}`;
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [fact]);
    else group.push(fact);
  }
  const { topic, partition, from, to } = range;
  return [...groups].map(([name, group]) => {
    const table = tableOf(group[0], tables);
    return {
      table: `${database}.${table.name}`,
      tablePartition: group[0].tablePartition,
      columns: table.columns,
      body: table.encode(group.map((fact) => fact.row)),
      rows: group.length,
      token: `${topic}/${partition}/${from}-${to}/${name}`,
      sources: sourcesOf(group),
      history,
    };
  });
}

function tableOf({ table: name }: Fact, tables: Projection['tables']): FactTable {
  const table = tables[name];
  if (table === undefined) throw new Error(`a fact is of table "${name}", which is not described`);
  return table;
}

function sourcesOf(group: readonly Fact[]): SourceRange[] {
  const ranges = new Map<number, { first: Place; last: Place }>();
  for (const { row } of group) {
    const place = { offset: row.source_offset, ordinal: row.ordinal };
    const range = ranges.get(row.source_partition);
    if (range === undefined) ranges.set(row.source_partition, { first: place, last: place });
    else range.last = place;
  }
  return [...ranges].map(([partition, { first, last }]) => ({ partition, first, last }));
}
