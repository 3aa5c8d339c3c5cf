import { RowBinaryWriter, type ColumnType } from './row-binary.ts';

type Columns = Readonly<Record<string, ColumnType<never>>>;

/** A row of a table with these columns. */
export type RowOf<C> = {
  readonly [Name in keyof C]: C[Name] extends ColumnType<infer Value> ? Value : never;
};

/**
 * What a row that is written a second time does: it is there twice (`doubled`), or the table keeps one row for each
 * key and nothing changes (`harmless`).
 */
export type Repeats = 'doubled' | 'harmless';

/** Rows that become bytes one after the other, so that nothing else of them has to be kept. */
interface RowsEncoder<Row> {
  add(row: Row): void;
  /** All rows in RowBinary; the encoder is not to be used again. */
  finish(): Buffer;
}

export interface Table<Row> {
  /** As it was given, with a database or without. */
  readonly name: string;
  readonly columns: readonly string[];
  readonly repeats: Repeats;
  /** Writes rows in the order of `columns`. */
  encoder(): RowsEncoder<Row>;
  /** The rows in RowBinary, in the order of `columns`. */
  encode(rows: readonly Row[]): Buffer;
}

/** Describes a table by its columns’ types, from which the type of its rows follows. */
export function defineTable<C extends Columns>(
  name: string,
  columns: C,
  repeats: Repeats = 'doubled',
): Table<RowOf<C>> {
  const types = (Object.entries(columns) as [string, ColumnType<unknown>][]).map(
    ([column, type]) => ({ column, type }),
  );
  const encoder = (): RowsEncoder<RowOf<C>> => {
    const writer = new RowBinaryWriter();
    return {
      add(row) {
        const values = row as Readonly<Record<string, unknown>>;
        for (const { column, type } of types) type(writer, values[column]);
      },
      finish: () => writer.finish(),
    };
  };
  return {
    name,
    columns: types.map(({ column }) => column),
    repeats,
    encoder,
    encode(rows) {
      const rowsEncoder = encoder();
      for (const row of rows) rowsEncoder.add(row);
      return rowsEncoder.finish();
    },
  };
}
