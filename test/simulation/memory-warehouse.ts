import type { ExactBlock } from '@semarak/infra/clickhouse';
import type { SourcedRow } from '@semarak/infra/projection';

/** A row of these tables, which are encoded as lines of JSON. */
export interface Row extends SourcedRow {
  readonly says: string;
}

/** ClickHouse in memory, as far as an exact insert relies on it. */
export class MemoryWarehouse {
  readonly #tokens = new Set<string>();
  /** By table and table partition. */
  readonly rows = new Map<string, Row[]>();

  /** A block under a token that is known is acknowledged and not written. */
  insert(block: ExactBlock, token: string): void {
    if (this.#tokens.has(token)) return;
    this.#tokens.add(token);
    const lines = block.body.toString().trimEnd().split('\n');
    this.#table(block).push(...lines.map((line) => JSON.parse(line) as Row));
  }

  /** Drops the database and makes it again. */
  clear(): void {
    this.#tokens.clear();
    this.rows.clear();
  }

  /** The server is killed after it has logged the token and before it has renamed the part. */
  dieWhileInserting(token: string): void {
    this.#tokens.add(token);
  }

  /** How many rows come from the block's sources. */
  count(block: ExactBlock): number {
    return this.#table(block).filter((row) =>
      block.sources.some(
        ({ partition, first, last }) =>
          row.source_partition === partition && !isBefore(row, first) && !isBefore(last, row),
      ),
    ).length;
  }

  #table({ table, tablePartition }: ExactBlock): Row[] {
    const name = `${table}/${tablePartition}`;
    const rows = this.rows.get(name) ?? [];
    this.rows.set(name, rows);
    return rows;
  }
}

type Place = SourcedRow | ExactBlock['sources'][number]['first'];

function isBefore(one: Place, other: Place): boolean {
  const [offset, otherOffset] = [offsetOf(one), offsetOf(other)];
  return offset < otherOffset || (offset === otherOffset && one.ordinal < other.ordinal);
}

const offsetOf = (place: Place): number => ('offset' in place ? place.offset : place.source_offset);
