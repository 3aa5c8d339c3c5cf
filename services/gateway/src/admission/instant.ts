import { epochDayOf } from '@semarak/schemas';

const dayMs = 86_400_000;
const datesMax = 2_000;
/** By the date's eight digits as one number. */
const days = new Map<number, number | undefined>();

/** `epochDayOf` with its newest answers kept: nearly all records are of the same few days. */
export const dayOf = (date: string): number | undefined =>
  date.length === 10 ? dayAtStart(date) : undefined;

/** The day that a text begins with. */
function dayAtStart(text: string): number | undefined {
  const date = digits(text, 0, 4) * 10_000 + digits(text, 5, 7) * 100 + digits(text, 8, 10);
  if (!(date >= 0) || text.charCodeAt(4) !== dash || text.charCodeAt(7) !== dash) return undefined;
  const kept = days.get(date);
  if (kept !== undefined || days.has(date)) return kept;
  if (days.size >= datesMax) days.clear();
  const day = epochDayOf(text.slice(0, 10));
  days.set(date, day);
  return day;
}

/** 1970-01-01 to 2099-12-31: what the report database can hold. */
const instantBounds = { min: 0, max: 4_102_444_800_000 - 1 };

/**
 * Epoch milliseconds of an RFC 3339 time with offset; undefined for any other text, for a date that
 * no calendar has and for a time before 1970 or after 2099. Finer fractions than milliseconds are
 * cut off. A leap second (`:60`) is refused: the log's clock has none. It is read letter by letter, as
 * every transaction has one or two, at a tenth of what a regular expression with its groups costs.
 */
export function parseInstant(text: string): number | undefined {
  const day = dayAtStart(text);
  if (day === undefined || !isOneOf(text.charCodeAt(10), 'T')) return undefined;
  const time = timeOfDay(text, 11);
  const second = digits(text, 17, 19);
  if (!(time >= 0) || !(second <= 59) || text.charCodeAt(16) !== colon) return undefined;
  const fraction = fractionAt(text, 19);
  if (fraction === undefined) return undefined;
  const offset = offsetAt(text, fraction.end);
  if (offset === undefined) return undefined;
  const instant = day * dayMs + time + second * 1_000 + fraction.ms - offset;
  return instant >= instantBounds.min && instant <= instantBounds.max ? instant : undefined;
}

const dash = 0x2d;
const plus = 0x2b;
const dot = 0x2e;
const colon = 0x3a;
const lowerCase = 0x20;
const fractionDigitsMax = 9;

/** Digits as a number; NaN when any of them is something else or missing. */
function digits(text: string, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < to; at++) {
    const digit = text.charCodeAt(at) - 0x30;
    if (!(digit >= 0 && digit <= 9)) return NaN;
    value = value * 10 + digit;
  }
  return value;
}

/** Whether a letter is this one, large or small. */
const isOneOf = (code: number, letter: string): boolean =>
  (code & ~lowerCase) === letter.charCodeAt(0);

/** Milliseconds of `HH:MM`; NaN for what no clock shows. */
function timeOfDay(text: string, at: number): number {
  const hour = digits(text, at, at + 2);
  const minute = digits(text, at + 3, at + 5);
  if (!(hour <= 23) || !(minute <= 59) || text.charCodeAt(at + 2) !== colon) return NaN;
  return hour * 3_600_000 + minute * 60_000;
}

const noFraction = { ms: 0, end: 19 } as const;

/** The milliseconds of a fraction, and where it ends. */
function fractionAt(text: string, at: number): { ms: number; end: number } | undefined {
  if (text.charCodeAt(at) !== dot) return noFraction;
  let end = at + 1;
  while (digits(text, end, end + 1) >= 0) end++;
  const count = end - at - 1;
  if (count === 0 || count > fractionDigitsMax) return undefined;
  return {
    ms: Number(
      text
        .slice(at + 1, at + 4)
        .slice(0, count)
        .padEnd(3, '0'),
    ),
    end,
  };
}

/** Milliseconds that an offset, the text's last part, is ahead of UTC. */
function offsetAt(text: string, at: number): number | undefined {
  const sign = text.charCodeAt(at);
  if (isOneOf(sign, 'Z')) return text.length === at + 1 ? 0 : undefined;
  if ((sign !== plus && sign !== dash) || text.length !== at + 6) return undefined;
  const offset = timeOfDay(text, at + 1);
  if (!(offset >= 0)) return undefined;
  return sign === plus ? offset : -offset;
}
