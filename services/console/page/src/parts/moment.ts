import type { Format } from '../i18n/format.ts';

/** `19:04:12`, with the date before it when that is not today's; both are the mall's. */
export function momentText(
  moment: string,
  { today, format }: { today: string; format: Pick<Format, 'longDay'> },
): string {
  const day = moment.slice(0, 10);
  const time = moment.slice(11, 19);
  return day === today ? time : `${format.longDay(day)}, ${time}`;
}
