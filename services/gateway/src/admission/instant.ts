import { epochDayOf } from '@semarak/schemas';

const pattern =
  /^(\d{4}-\d{2}-\d{2})[Tt]([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:\.(\d{1,9}))?(?:[Zz]|([+-])([01]\d|2[0-3]):([0-5]\d))$/;

const dayMs = 86_400_000;
const datesMax = 2_000;
const days = new Map<string, number | undefined>();

/** `epochDayOf` with its newest answers kept: nearly all records are of the same few days. */
export function dayOf(date: string): number | undefined {
  const kept = days.get(date);
  if (kept !== undefined || days.has(date)) return kept;
  if (days.size >= datesMax) days.clear();
  const day = epochDayOf(date);
  days.set(date, day);
  return day;
}

/** 1970-01-01 to 2099-12-31: what the report database can hold. */
const instantBounds = { min: 0, max: 4_102_444_800_000 - 1 };

/**
 * Epoch milliseconds of an RFC 3339 time with offset; undefined for any other text, for a date that
 * no calendar has and for a time before 1970 or after 2099. Finer fractions than milliseconds are
 * cut off. A leap second (`:60`) is refused: the log's clock has none.
 */
export function parseInstant(text: string): number | undefined {
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const [, date = '', hour, minute, second, fraction = '', sign, offsetHour, offsetMinute] = match;
  const day = dayOf(date);
  if (day === undefined) return undefined;
  const wall =
    day * dayMs +
    Number(hour) * 3_600_000 +
    Number(minute) * 60_000 +
    Number(second) * 1_000 +
    (fraction === '' ? 0 : Number(fraction.slice(0, 3).padEnd(3, '0')));
  const offset =
    sign === undefined ? 0 : Number(offsetHour) * 3_600_000 + Number(offsetMinute) * 60_000;
  const instant = sign === '-' ? wall + offset : wall - offset;
  return instant >= instantBounds.min && instant <= instantBounds.max ? instant : undefined;
}
