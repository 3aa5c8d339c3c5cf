const formats = new Map<string, Intl.DateTimeFormat>();

/** An RFC 3339 instant on the mall's clock as `YYYY-MM-DDTHH:MM`; such texts compare as times do. */
export function localMinute(instant: string | number, timeZone: string): string {
  let format = formats.get(timeZone);
  if (format === undefined) {
    // Swedish writes dates the way ISO 8601 does.
    format = new Intl.DateTimeFormat('sv-SE', {
      timeZone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
    formats.set(timeZone, format);
  }
  return format.format(new Date(instant)).replace(' ', 'T');
}
