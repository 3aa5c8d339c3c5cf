import { daysFromCivil, epochDayOf } from '@semarak/schemas';

const dayMs = 86_400_000;
const quarterMs = 900_000;
const cacheEntriesMax = 20_000;

/** A time zone's clock. Reads no clock of its own: every instant is given. */
export interface MallTime {
  /** Milliseconds to add to an epoch instant to read it as the mall's wall clock. */
  offsetMs(instantMs: number): number;
  /** The epoch instant of `YYYY-MM-DDTHH:MM` on the mall's wall clock; throws on other text. */
  instantOf(localDateTime: string): number;
}

/**
 * Wall clock of an IANA time zone. Offsets change at most at full quarters of an hour, and on most
 * days not at all, so that Intl is asked about twice a day; both caches are bounded.
 * Throws a RangeError on an unknown zone.
 */
export function mallTime(timeZone: string): MallTime {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  const wholeDays = new Map<number, number | 'changes'>();
  const quarters = new Map<number, number>();

  const ask = (instantMs: number): number => {
    const parts: Record<string, string> = {};
    for (const { type, value } of format.formatToParts(instantMs)) parts[type] = value;
    const { year, month, day, hour, minute, second } = parts;
    // Not by a date of four digits: the day after the last that has them is asked for too.
    const date =
      dayMs * daysFromCivil({ year: Number(year), month: Number(month), day: Number(day) });
    const wall = date + Number(hour) * 3_600_000 + Number(minute) * 60_000 + Number(second) * 1000;
    return wall - Math.floor(instantMs / 1000) * 1000;
  };

  const offsetMs = (instantMs: number): number => {
    const day = Math.floor(instantMs / dayMs);
    let known = wholeDays.get(day);
    if (known === undefined) {
      const first = ask(day * dayMs);
      known = first === ask((day + 1) * dayMs) ? first : 'changes';
      if (wholeDays.size >= cacheEntriesMax) wholeDays.clear();
      wholeDays.set(day, known);
    }
    if (known !== 'changes') return known;
    const quarter = Math.floor(instantMs / quarterMs);
    let offset = quarters.get(quarter);
    if (offset === undefined) {
      offset = ask(quarter * quarterMs);
      if (quarters.size >= cacheEntriesMax) quarters.clear();
      quarters.set(quarter, offset);
    }
    return offset;
  };

  return {
    offsetMs,
    instantOf(localDateTime) {
      const date = epochDayOf(localDateTime.slice(0, 10));
      const time = /^T(\d{2}):(\d{2})$/.exec(localDateTime.slice(10));
      if (date === undefined || time === null)
        throw new RangeError(`"${localDateTime}" is not YYYY-MM-DDTHH:MM`);
      const wall = date * dayMs + Number(time[1]) * 3_600_000 + Number(time[2]) * 60_000;
      const guess = wall - offsetMs(wall);
      return wall - offsetMs(guess);
    },
  };
}

/** Minutes since midnight on the mall's wall clock. */
export const minuteOfDay = (clock: MallTime, instantMs: number): number => {
  const wall = instantMs + clock.offsetMs(instantMs);
  return Math.floor((wall - Math.floor(wall / dayMs) * dayMs) / 60_000);
};

/** The calendar date on the mall's wall clock, as days since 1970-01-01. */
export const mallDate = (clock: MallTime, instantMs: number): number =>
  Math.floor((instantMs + clock.offsetMs(instantMs)) / dayMs);
