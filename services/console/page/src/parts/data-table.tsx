import type { ReactNode } from 'react';

/** A column of a table; `value` is what stands in the figures, exactly, `show` how it is written. */
export interface Column<Item> {
  readonly name: string;
  readonly label: string;
  readonly kind: 'text' | 'number';
  readonly value: (item: Item) => string | number;
  readonly show?: (item: Item) => ReactNode;
}

/** The numbers of a chart for those who read rather than look. Each cell carries its exact value. */
export function DataTable<Item>(props: {
  caption: string;
  columns: readonly Column<Item>[];
  rows: readonly Item[];
  rowKey: (item: Item) => string;
}) {
  const { caption, columns, rows, rowKey } = props;
  return (
    <table className="data">
      <caption className="only-heard">{caption}</caption>
      <thead>
        <tr>
          {columns.map(({ name, label, kind }) => (
            <th key={name} scope="col" className={kind}>
              {label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={rowKey(row)} data-row={rowKey(row)}>
            {columns.map((column, index) => (
              <Cell key={column.name} column={column} row={row} isHeader={index === 0} />
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Cell<Item>(props: { column: Column<Item>; row: Item; isHeader: boolean }) {
  const { column, row, isHeader } = props;
  const value = column.value(row);
  const shown = column.show?.(row) ?? String(value);
  const data = (
    <data value={String(value)} data-column={column.name}>
      {shown}
    </data>
  );
  return isHeader ? (
    <th scope="row" className={column.kind}>
      {data}
    </th>
  ) : (
    <td className={column.kind}>{data}</td>
  );
}
