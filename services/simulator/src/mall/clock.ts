import { epochDayOf } from '@semarak/schemas';

const dayMs = 86_400_000;

/** The mall's clock on one business day. */
export interface MallClock {
  /** The instant, in epoch milliseconds, that lies so many seconds after the day's midnight. */
  readonly instantOf: (second: number) => number;
  /** RFC 3339 with the mall's offset; milliseconds only where there are some. */
  readonly format: (instant: number) => string;
}

/**
 * Throws when the day is no calendar date. The offset is taken at noon: a mall that changes to
 * summer time is closed at the hour when it does.
 */
export function mallClock({ day, timeZone }: { day: string; timeZone: string }): MallClock {
  const epochDay = epochDayOf(day);
  if (epochDay === undefined) throw new Error(`${day} is no calendar date (YYYY-MM-DD)`);
  const offsetMinutes = offsetAt({ instant: epochDay * dayMs + dayMs / 2, timeZone });
  const midnight = epochDay * dayMs - offsetMinutes * 60_000;
  const suffix = formatOffset(offsetMinutes);
  return {
    instantOf: (second) => midnight + second * 1000,
    format: (instant) => {
      const local = new Date(instant + offsetMinutes * 60_000).toISOString().slice(0, -1);
      return `${local.endsWith('.000') ? local.slice(0, -4) : local}${suffix}`;
    },
  };
}

function offsetAt({ instant, timeZone }: { instant: number; timeZone: string }): number {
  const parts = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' });
  const name = parts.formatToParts(instant).find((part) => part.type === 'timeZoneName')?.value;
  const match = /^GMT(?:([+-])(\d{2}):(\d{2}))?$/.exec(name ?? '');
  if (match === null) throw new Error(`the offset of ${timeZone} cannot be read`);
  const [, sign, hours = '0', minutes = '0'] = match;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}

function formatOffset(minutes: number): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}
