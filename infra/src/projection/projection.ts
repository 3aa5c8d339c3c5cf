import type { Typed } from '@semarak/schemas';
import type { Repeats } from '../clickhouse/table.ts';
import type { RecordPosition, SourcePosition } from '../stream-processor/logic.ts';

/** A row of any table. A table has all rows of one such place or none. */
export interface SourcedRow {
  readonly source_partition: number;
  readonly source_offset: number;
  readonly ordinal: number;
}

/** A row, the table it belongs to by its name in `Projection.tables`, and ClickHouse's partition of it. */
export interface Fact {
  readonly table: string;
  readonly tablePartition: string;
  readonly row: SourcedRow;
}

/** Rows of one table that become bytes one after the other. */
export interface RowsEncoder {
  /** The row is one of this table's; nothing of it is kept. */
  add(row: SourcedRow): void;
  /** All rows, in RowBinary. */
  finish(): Buffer;
}

/** How rows of a table are written. */
export interface FactTable {
  /** Without a database. */
  readonly name: string;
  readonly columns: readonly string[];
  readonly repeats: Repeats;
  encoder(): RowsEncoder;
}

/** What the records of one topic say to a database, apart from how that is made exactly-once. */
export interface Projection {
  readonly tables: Readonly<Record<string, FactTable>>;
  /** Undefined: the record was sent by someone outside and is never written again. */
  sourceOf(record: Typed): SourcePosition | undefined;
  /**
   * Pure: the same record at the same place gives the same rows. Throws UnreadableRecord when the database
   * could not hold one.
   */
  factsOf(record: Typed, at: RecordPosition): readonly Fact[];
  /**
   * What the removal of a key says, a record without a value, likewise; none where such a record cannot be read. Throws
   * UnreadableRecord on a key that names nothing.
   */
  removalFactsOf?(key: Buffer | null, at: RecordPosition): readonly Fact[];
}
