/** A calendar date as Avro's `date` has it: whole days since 1970-01-01. */
export type EpochDay = number;

/** `2014-12-01` as days since 1970-01-01; undefined for text that is no calendar date. */
export function epochDayOf(text: string): EpochDay | undefined {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (match === null) return undefined;
  const [year, month, day] = match.slice(1).map(Number) as [number, number, number];
  const epochDay = daysFromCivil({ year, month, day });
  return isoDate(epochDay) === text ? epochDay : undefined;
}

/** Days since 1970-01-01 as `YYYY-MM-DD`. */
export function isoDate(epochDay: EpochDay): string {
  const { year, month, day } = civilFromDays(epochDay);
  const pad = (value: number, width: number) => String(value).padStart(width, '0');
  return `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`;
}

/** Of the days up to 2059 that were asked for, their months and one; 0: not asked for yet. */
const monthsAndOne = new Uint16Array(2 ** 15);

/** A month counted since January 1970. */
export function epochMonthOf(epochDay: EpochDay): number {
  const known = monthsAndOne[epochDay] ?? 0;
  if (known > 0) return known - 1;
  const { year, month } = civilFromDays(epochDay);
  const epochMonth = (year - 1970) * 12 + month - 1;
  if (epochDay >= 0) monthsAndOne[epochDay] = epochMonth + 1;
  return epochMonth;
}

/** The first day of a month counted since January 1970. */
export const firstDayOfMonth = (month: number): EpochDay =>
  daysFromCivil({
    year: 1970 + Math.floor(month / 12),
    month: (((month % 12) + 12) % 12) + 1,
    day: 1,
  });

/** A month counted since January 1970 as `YYYY-MM`. */
export const isoMonth = (month: number): string => isoDate(firstDayOfMonth(month)).slice(0, 7);

export interface CivilDate {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  /** 1 to 31. */
  readonly day: number;
}

/** Days since 1970-01-01 of a date of the proleptic Gregorian calendar (Hinnant, days_from_civil). */
export function daysFromCivil({ year, month, day }: CivilDate): EpochDay {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra =
    yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146097 + dayOfEra - 719468;
}

/** The inverse of daysFromCivil. */
function civilFromDays(epochDay: EpochDay): CivilDate {
  const days = epochDay + 719468;
  const era = Math.floor(days / 146097);
  const dayOfEra = days - era * 146097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36524) -
      Math.floor(dayOfEra / 146096)) /
      365,
  );
  const dayOfYear =
    dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1,
  };
}
