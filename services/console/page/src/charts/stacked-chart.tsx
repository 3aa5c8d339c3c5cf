import { useMemo } from 'react';
import { useLanguage } from '../i18n/language.tsx';
import type { Column } from '../parts/data-table.tsx';
import { Chart, Legend } from './chart.tsx';
import { columns as columnsOption, columnsHeight, type Mark, type Stack } from './options.ts';
import { usePalette, type Palette } from './palette.ts';
import { useSummary } from './ranked-chart.tsx';

/** A series of a stacked chart; `tone` picks its colour. */
export interface Series {
  readonly name: string;
  readonly tone: Tone;
  readonly marks: readonly Mark[];
}

export type Tone = 'accent' | 'mid' | 'soft' | 'quiet' | 'faint';

const colourOf = (tone: Tone, palette: Palette): string =>
  ({
    accent: palette.accent,
    mid: palette.accentMid,
    soft: palette.accentSoft,
    quiet: palette.quiet,
    faint: palette.faint,
  })[tone];

/** Stacked columns with a legend; all series have the same places. */
export function StackedChart<Item>(props: {
  title: string;
  series: readonly Series[];
  columns: readonly Column<Item>[];
  rows: readonly Item[];
  rowKey: (item: Item) => string;
}) {
  const { title, series, columns, rows, rowKey } = props;
  const { format } = useLanguage();
  const palette = usePalette();
  const text = JSON.stringify(series);
  const option = useMemo(() => {
    const stacks = (JSON.parse(text) as Series[]).map(({ name, tone, marks }): Stack => ({
      name,
      marks,
      colour: colourOf(tone, palette),
    }));
    return columnsOption(stacks, { palette, short: format.short });
  }, [text, palette, format]);
  const summary = useSummary(
    title,
    series.flatMap(({ name, marks }) =>
      marks.map((mark) => ({ ...mark, label: `${name}, ${mark.label}` })),
    ),
  );
  const legend = (
    <Legend entries={series.map(({ name, tone }) => ({ name, colour: colourOf(tone, palette) }))} />
  );
  return (
    <Chart {...{ title, option, height: columnsHeight, summary, columns, rows, rowKey, legend }} />
  );
}
