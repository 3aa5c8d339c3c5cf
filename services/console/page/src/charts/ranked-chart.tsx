import { useMemo } from 'react';
import { useLanguage } from '../i18n/language.tsx';
import type { Column } from '../parts/data-table.tsx';
import { Chart } from './chart.tsx';
import { columns as columnsOption, columnsHeight, rankedBars, rankedHeight } from './options.ts';
import type { Mark } from './options.ts';
import { usePalette } from './palette.ts';

interface SingleSeries<Item> {
  readonly title: string;
  readonly rows: readonly Item[];
  readonly label: (item: Item) => string;
  readonly value: (item: Item) => number;
  /** Beside the bar. */
  readonly shown: (item: Item) => string;
  /** In the box at the pointer; what is shown unless given. */
  readonly exact?: (item: Item) => string;
  readonly columns: readonly Column<Item>[];
  readonly rowKey: (item: Item) => string;
}

/** Bars in the order of the rows, the first at the top. */
export function RankedChart<Item>(props: SingleSeries<Item>) {
  const { rows, columns, rowKey, title } = props;
  const palette = usePalette();
  const marks = marksOf(props);
  const text = JSON.stringify(marks);
  // The drawing changes when the figures or the colours do, not whenever the page renders.
  const option = useMemo(() => rankedBars(JSON.parse(text) as Mark[], palette), [text, palette]);
  const summary = useSummary(title, marks);
  const height = rankedHeight(rows.length);
  return <Chart {...{ title, option, height, summary, columns, rows, rowKey }} />;
}

/** Columns in the order of the rows, the first at the left. */
export function ColumnsChart<Item>(props: SingleSeries<Item>) {
  const { rows, columns, rowKey, title } = props;
  const { format } = useLanguage();
  const palette = usePalette();
  const marks = marksOf(props);
  const text = JSON.stringify(marks);
  const option = useMemo(() => {
    const stack = { name: title, colour: palette.accent, marks: JSON.parse(text) as Mark[] };
    return columnsOption([stack], { palette, short: format.short });
  }, [text, title, palette, format]);
  const summary = useSummary(title, marks);
  const height = columnsHeight;
  return <Chart {...{ title, option, height, summary, columns, rows, rowKey }} />;
}

function marksOf<Item>(props: SingleSeries<Item>): Mark[] {
  const { label, value, shown, exact = shown } = props;
  return props.rows.map((row) => ({
    label: label(row),
    value: value(row),
    shown: shown(row),
    exact: exact(row),
  }));
}

/** One sentence with the ends of the scale. */
export function useSummary(title: string, marks: readonly Mark[]): string {
  const { m, format } = useLanguage();
  const ranked = [...marks].sort((a, b) => b.value - a.value);
  const first = ranked[0];
  const last = ranked.at(-1);
  const said = [m.chartOf(title, format.count(marks.length))];
  if (first !== undefined) said.push(m.highest(first.label, first.exact));
  if (last !== undefined && ranked.length > 1) said.push(m.lowest(last.label, last.exact));
  return said.join(' ');
}
