/** A cell of the picture of hours: what one category sold in one hour. */
export interface HourFigures {
  readonly category: string;
  readonly hour: number;
  readonly transactions: number;
  readonly spend: number;
}

export type Measure = 'transactions' | 'spend';

interface HourMapRow {
  readonly category: string;
  /** One for each of the map's hours. */
  readonly cells: readonly HourFigures[];
  readonly total: number;
}

export interface HourMapFigures {
  readonly hours: readonly number[];
  /** The category that sold most first. */
  readonly rows: readonly HourMapRow[];
  readonly max: number;
  readonly busiest: HourFigures | undefined;
}

/**
 * The picture of hours: every hour from the first to the last with a sale, for every category. The
 * hours after midnight that belong to the business day come last, so the day starts at `dayStart`.
 */
export function hourMap(
  figures: readonly HourFigures[],
  { measure, dayStart = 5 }: { measure: Measure; dayStart?: number },
): HourMapFigures {
  const sold = figures.filter((cell) => cell.transactions > 0);
  const place = (hour: number): number => (hour - dayStart + 24) % 24;
  const places = sold.map(({ hour }) => place(hour));
  const [first, last] = [Math.min(...places), Math.max(...places)];
  const hours = sold.length === 0 ? [] : range(first, last).map((at) => (at + dayStart) % 24);
  const categories = [...new Set(sold.map(({ category }) => category))];
  const rows = categories.map((category) => {
    const cells = hours.map(
      (hour) =>
        sold.find((cell) => cell.category === category && cell.hour === hour) ?? {
          category,
          hour,
          transactions: 0,
          spend: 0,
        },
    );
    return { category, cells, total: cells.reduce((sum, cell) => sum + cell[measure], 0) };
  });
  const busiest = sold.reduce<HourFigures | undefined>(
    (most, cell) => (most === undefined || cell[measure] > most[measure] ? cell : most),
    undefined,
  );
  return {
    hours,
    rows: rows.sort((a, b) => b.total - a.total || a.category.localeCompare(b.category)),
    max: busiest?.[measure] ?? 0,
    busiest,
  };
}

const range = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

/** Steps of the scale of colour. */
export const shades = 6;

/** 0 for nothing, else 1 to `shades` by the share of the most. */
export const shadeOf = (value: number, max: number): number =>
  value <= 0 || max <= 0 ? 0 : Math.max(1, Math.ceil((value / max) * shades));
