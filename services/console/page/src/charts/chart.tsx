import { lazy, Suspense, type ReactNode } from 'react';
import { useLanguage } from '../i18n/language.tsx';
import { DataTable, type Column } from '../parts/data-table.tsx';
import type { ChartOption } from './options.ts';

const Drawing = lazy(() => import('./drawing.tsx'));

/** Loads the drawing code before the first chart asks for it. */
export const prepareDrawing = (): void => void import('./drawing.tsx');

/**
 * A chart for the eye, a sentence for those who listen, and its numbers as a table that anybody can
 * open. The numbers are in the page whether the table is open or not.
 */
export function Chart<Item>(props: {
  title: string;
  option: ChartOption;
  height: number;
  summary: string;
  columns: readonly Column<Item>[];
  rows: readonly Item[];
  rowKey: (item: Item) => string;
  legend?: ReactNode;
}) {
  const { title, option, height, summary, columns, rows, rowKey, legend } = props;
  const { m } = useLanguage();
  return (
    <figure className="chart">
      <div role="img" aria-label={summary}>
        <Suspense fallback={<div className="drawing" style={{ height }} />}>
          <Drawing option={option} height={height} />
        </Suspense>
      </div>
      {legend}
      <details>
        <summary>
          {m.showTable}
          <span className="only-heard">: {title}</span>
        </summary>
        <div className="scroll" role="group" aria-label={title} tabIndex={0}>
          <DataTable caption={title} columns={columns} rows={rows} rowKey={rowKey} />
        </div>
      </details>
    </figure>
  );
}

/** What the colours of a chart mean. */
export function Legend({ entries }: { entries: readonly { name: string; colour: string }[] }) {
  return (
    <ul className="legend" aria-hidden="true">
      {entries.map(({ name, colour }) => (
        <li key={name}>
          <i style={{ background: colour }} />
          {name}
        </li>
      ))}
    </ul>
  );
}
