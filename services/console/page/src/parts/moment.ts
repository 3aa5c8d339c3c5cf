import type { Format } from '../i18n/format.ts';

/** `19:04:12`, with the date before it when that is not today's; all of it on the mall's clock. */
export function momentText(
  moment: string,
  of: { timeZone: string; now: Date; format: Pick<Format, 'longDay'> },
): string {
  const day = moment.slice(0, 10);
  const time = moment.slice(11, 19);
  const isToday = day === new Intl.DateTimeFormat('sv', { timeZone: of.timeZone }).format(of.now);
  return isToday ? time : `${of.format.longDay(day)}, ${time}`;
}
