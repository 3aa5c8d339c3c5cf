import { epochDayOf, type EpochDay } from '@semarak/schemas';

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
/** The three programmes are in Jakarta, which is seven hours ahead of UTC all year. */
const jakartaOffsetMs = 7 * 3_600_000;

/** `Rp1.250.000` as 1250000. Throws on anything else. */
export function amountOf(text: string): number {
  if (!/^Rp\d{1,3}(\.\d{3})*$/.test(text))
    throw new Error(`"${text}" is no amount like Rp1.250.000`);
  return Number(text.slice(2).replaceAll('.', ''));
}

/** `2 Dec 2014` as days since 1970-01-01. Throws on anything else. */
export function dayOf(text: string): EpochDay {
  const [, date = '', name = '', year = ''] = /^(\d{1,2}) (\w{3}) (\d{4})$/.exec(text) ?? [];
  const month = String(months.indexOf(name) + 1).padStart(2, '0');
  const day = epochDayOf(`${year}-${month}-${date.padStart(2, '0')}`);
  if (day === undefined) throw new Error(`"${text}" is no day like 2 Dec 2014`);
  return day;
}

/** `2 Dec 2014 18:00` or `2 Dec 2014 17:59:59` on the mall’s clock, as epoch milliseconds. */
export function instantOf(text: string): number {
  const [, day = '', hours, minutes, seconds = '0'] =
    /^(.+) ([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/.exec(text) ?? [];
  if (hours === undefined) throw new Error(`"${text}" is no time like 2 Dec 2014 18:00`);
  const seconds0 = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  return dayOf(day) * 86_400_000 + seconds0 * 1000 - jakartaOffsetMs;
}

/** The mall’s date of an instant, as days since 1970-01-01. */
export const mallDayOf = (instantMs: number): EpochDay =>
  Math.floor((instantMs + jakartaOffsetMs) / 86_400_000);
