import { mallTime } from '@semarak/programme';
import { firstDayOfMonth, isoDate } from '@semarak/schemas';

/** The offset of a clock from UTC at the first midnight of each month from one on, until the next entry. */
export interface UtcOffset {
  /** Days since 1970-01-01. */
  readonly fromDay: number;
  /** To add to UTC. */
  readonly minutes: number;
}

/** Months since January 1970: 1990 to 2100. Later months have the offset of the last. */
const months = { from: 20 * 12, until: 131 * 12 } as const;
const zonesKept = 100;
const known = new Map<string, readonly UtcOffset[]>();

/**
 * When months begin on a time zone's clock, for ClickHouse, whose functions take no time zone from a column. Mostly one
 * entry; in a zone with daylight saving time two a year. Throws a RangeError on an unknown zone.
 */
export function utcOffsets(timeZone: string): readonly UtcOffset[] {
  const found = known.get(timeZone);
  if (found !== undefined) return found;
  const clock = mallTime(timeZone);
  const offsets: UtcOffset[] = [];
  for (let month = months.from; month < months.until; month++) {
    const fromDay = firstDayOfMonth(month);
    const midnight = clock.instantOf(`${isoDate(fromDay)}T00:00`);
    const minutes = Math.round((fromDay * 86_400_000 - midnight) / 60_000);
    if (offsets.at(-1)?.minutes !== minutes) offsets.push({ fromDay, minutes });
  }
  if (known.size >= zonesKept) known.clear();
  known.set(timeZone, offsets);
  return offsets;
}
