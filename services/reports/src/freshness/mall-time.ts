/** An instant as RFC 3339 on the clock of a time zone, with its offset: `2014-12-01T19:04:12.345+07:00`. */
export function inTimeZone(epochMs: number, timeZone: string): string {
  const offsetMinutes = offsetAt(epochMs, timeZone);
  const local = new Date(epochMs + offsetMinutes * 60_000).toISOString().slice(0, -1);
  const sign = offsetMinutes < 0 ? '-' : '+';
  const minutes = Math.abs(offsetMinutes);
  const pad = (value: number): string => String(value).padStart(2, '0');
  return `${local}${sign}${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`;
}

/** The date of an instant in a time zone, `YYYY-MM-DD`. */
export const dateIn = (epochMs: number, timeZone: string): string =>
  inTimeZone(epochMs, timeZone).slice(0, 10);

function offsetAt(epochMs: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en', {
    timeZone,
    timeZoneName: 'longOffset',
  }).formatToParts(epochMs);
  const text = parts.find(({ type }) => type === 'timeZoneName')?.value ?? 'GMT';
  const match = /^GMT([+-])(\d{2}):(\d{2})/.exec(text);
  if (match === null) return 0;
  const minutes = Number(match[2]) * 60 + Number(match[3]);
  return match[1] === '-' ? -minutes : minutes;
}
