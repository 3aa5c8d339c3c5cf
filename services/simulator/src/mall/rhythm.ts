import { weighted, type Random } from '../random/random.ts';

const secondsAnHour = 3600;

/**
 * Sales by the quarter of an hour, relative to each other: doors at 10:00, busiest 11:00 to 13:00, a
 * smaller evening, last payments up to 22:15, and the few after the late show.
 */
const quarters: readonly {
  readonly from: number;
  readonly until: number;
  readonly weight: number;
}[] = [
  { from: 10, until: 10.5, weight: 25 },
  { from: 10.5, until: 11, weight: 50 },
  { from: 11, until: 11.25, weight: 90 },
  { from: 11.25, until: 12.75, weight: 112 },
  { from: 12.75, until: 13, weight: 95 },
  { from: 13, until: 14, weight: 62 },
  { from: 14, until: 17, weight: 42 },
  { from: 17, until: 18, weight: 52 },
  { from: 18, until: 20.5, weight: 64 },
  { from: 20.5, until: 21.5, weight: 45 },
  { from: 21.5, until: 22, weight: 22 },
  { from: 22, until: 22.25, weight: 6 },
  { from: 22.25, until: 24.75, weight: 0.8 },
];

/** From here on only those who open late sell anything; in hours since the business day's midnight. */
const closedHour = 22.25;

const pickStretch = weighted(quarters.map(({ from, until, weight }) => (until - from) * weight));

/** When a sale happens: whole seconds since the business day's midnight, past 24 hours as well. */
export function drawSecond(random: Random): number {
  const stretch = quarters[pickStretch(random)];
  if (stretch === undefined) throw new Error('the day has no hours');
  return random.integer({
    min: stretch.from * secondsAnHour,
    max: stretch.until * secondsAnHour - 1,
  });
}

export const isLate = (second: number): boolean => second >= closedHour * secondsAnHour;
