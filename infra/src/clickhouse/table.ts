import { RowBinaryWriter, type ColumnType } from './row-binary.ts';

type Columns = Readonly<Record<string, ColumnType<never>>>;

/** A row of a table with these columns. */
export type RowOf<C> = {
  readonly [Name in keyof C]: C[Name] extends ColumnType<infer Value> ? Value : never;
};

export interface Table<Row> {
  /** As it was given, with a database or without. */
  readonly name: string;
  readonly columns: readonly string[];
  /** The rows in RowBinary, in the order of `columns`. */
  encode(rows: readonly Row[]): Buffer;
}

/** Describes a table by its columns’ types, from which the type of its rows follows. */
export function defineTable<C extends Columns>(name: string, columns: C): Table<RowOf<C>> {
  const names = Object.keys(columns);
  const types = Object.entries(columns) as [string, ColumnType<unknown>][];
  return {
    name,
    columns: names,
    encode(rows) {
      const writer = new RowBinaryWriter();
      for (const row of rows as readonly Readonly<Record<string, unknown>>[])
        for (const [column, type] of types) type(writer, row[column]);
      return writer.finish();
    },
  };
}
