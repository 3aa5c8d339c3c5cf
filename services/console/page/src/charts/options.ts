import type { BarSeriesOption } from 'echarts/charts';
import type { GridComponentOption, TooltipComponentOption } from 'echarts/components';
import type { ComposeOption } from 'echarts/core';
import type { Palette } from './palette.ts';

export type ChartOption = ComposeOption<
  BarSeriesOption | GridComponentOption | TooltipComponentOption
>;

/** One value of a chart. `shown` stands on the chart, `exact` in the box at the pointer. */
export interface Mark {
  readonly label: string;
  readonly value: number;
  readonly shown: string;
  readonly exact: string;
}

const rowPx = 32;
const columnsPx = 240;
const textPx = 12;
/** Of the height above the line. */
const fallRoomMin = 0.1;
const labelPxMax = { wide: 164, narrow: 108 };
/** About the width of a character, to leave room for texts before they are drawn. */
const characterPx = 7.4;

/** Pixels that a chart of so many ranked bars needs. */
export const rankedHeight = (bars: number): number => bars * rowPx + 8;
export const columnsHeight = columnsPx;

function common(palette: Palette): ChartOption {
  return {
    animationDuration: palette.motionMs,
    animationDurationUpdate: palette.motionMs,
    textStyle: { fontFamily: palette.font, fontSize: textPx, color: palette.ink },
  };
}

/** Drawn into the chart: the other kind writes styles into the page, which its policy refuses. */
function tooltip(palette: Palette): TooltipComponentOption {
  return {
    renderMode: 'richText',
    confine: true,
    backgroundColor: palette.ink,
    borderWidth: 0,
    padding: [8, 10],
    textStyle: { color: palette.surface, fontSize: textPx, fontFamily: palette.font },
    transitionDuration: 0,
  };
}

/** Horizontal bars from the first mark at the top down, each with its value at its end. */
export function rankedBars(marks: readonly Mark[], palette: Palette): ChartOption {
  const labelPx = Math.min(
    roomFor(marks.map(({ label }) => label)),
    palette.isNarrow ? labelPxMax.narrow : labelPxMax.wide,
  );
  const valuePx = roomFor(marks.map(({ shown }) => shown));
  const text = { color: palette.ink, fontSize: textPx, fontFamily: palette.font };
  return {
    ...common(palette),
    grid: { left: labelPx, right: valuePx, top: 4, bottom: 4, outerBoundsMode: 'none' },
    xAxis: { type: 'value', show: false, min: (range) => Math.min(0, range.min) },
    yAxis: {
      type: 'category',
      inverse: true,
      data: marks.map(({ label }) => label),
      axisLine: { show: false },
      axisTick: { show: false },
      axisLabel: {
        ...text,
        margin: labelPx,
        align: 'left',
        width: labelPx - 10,
        overflow: 'break',
        lineHeight: 14,
        interval: 0,
      },
    },
    tooltip: { ...tooltip(palette), trigger: 'item', formatter: exactOf(marks) },
    series: [
      {
        id: 'values',
        type: 'bar',
        data: marks.map(({ value }) => value),
        barWidth: 14,
        showBackground: false,
        itemStyle: { color: palette.accent, borderRadius: [2, 4, 4, 2] },
        emphasis: { itemStyle: { color: palette.accent } },
        label: {
          ...text,
          show: true,
          position: 'right',
          formatter: ({ dataIndex }) => marks[dataIndex]?.shown ?? '',
        },
      },
    ],
  };
}

const roomFor = (texts: readonly string[]): number =>
  Math.max(...texts.map((text) => text.length), 1) * characterPx + 14;

/** Series of columns over the same places, stacked; negative values hang below the line. */
export interface Stack {
  readonly name: string;
  readonly colour: string;
  readonly marks: readonly Mark[];
}

/** Vertical columns, such as days or months. `short` writes the values of the axis. */
export function columns(
  stacks: readonly Stack[],
  { palette, short }: { palette: Palette; short: (value: number) => string },
): ChartOption {
  const muted = { color: palette.muted, fontSize: textPx, fontFamily: palette.font };
  const places = stacks[0]?.marks.map(({ label }) => label) ?? [];
  const hasFalls = stacks.some(({ marks }) => marks.some(({ value }) => value < 0));
  return {
    ...common(palette),
    grid: { left: 4, right: 8, top: 14, bottom: 4, outerBoundsMode: 'same' },
    xAxis: {
      type: 'category',
      data: places,
      axisLine: { lineStyle: { color: palette.line }, onZero: true },
      axisTick: { show: false },
      axisLabel: { ...muted, hideOverlap: true, margin: 10 },
    },
    yAxis: {
      type: 'value',
      minInterval: 1,
      splitNumber: 4,
      // A little room below the line, where falls are few beside the rises.
      min: ({ min, max }) => (min < 0 ? Math.min(min, -max * fallRoomMin) : 0),
      splitLine: { lineStyle: { color: palette.line } },
      axisLabel: {
        ...muted,
        // The lowest value of the axis is no round one where falls hang below the line.
        showMinLabel: !hasFalls,
        formatter: (value: number) => short(Math.abs(value)),
      },
    },
    tooltip: {
      ...tooltip(palette),
      trigger: 'axis',
      axisPointer: { type: 'shadow', shadowStyle: { color: palette.line, opacity: 0.45 } },
      formatter: (shown) => {
        const [first] = Array.isArray(shown) ? shown : [shown];
        return first === undefined ? '' : linesOf(stacks, first.dataIndex);
      },
    },
    series: stacks.map(({ name, colour, marks }) => ({
      id: name,
      name,
      type: 'bar',
      stack: 'all',
      barMaxWidth: 28,
      barCategoryGap: places.length > 60 ? '10%' : '30%',
      data: marks.map(({ value }) => value),
      itemStyle: { color: colour, borderRadius: places.length > 60 ? 0 : 2 },
    })),
  };
}

const exactOf =
  (marks: readonly Mark[]) =>
  (shown: unknown): string => {
    const { dataIndex } = shown as { dataIndex: number };
    const mark = marks[dataIndex];
    return mark === undefined ? '' : `${mark.label}\n${mark.exact}`;
  };

function linesOf(stacks: readonly Stack[], index: number): string {
  const label = stacks[0]?.marks[index]?.label ?? '';
  const lines = stacks
    .filter(({ marks }) => stacks.length === 1 || marks[index]?.value !== 0)
    .map(({ name, marks }) => `${name}: ${marks[index]?.exact ?? ''}`);
  return [label, ...lines].join('\n');
}
