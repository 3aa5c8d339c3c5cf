import { epochDayOf, type EpochDay, type PublishedProgrammes } from '@semarak/schemas';

const minuteMs = 60_000;

/**
 * The newest business day that is over: the calendar day after it has ended in the mall's time zone,
 * `graceMinutes` ago or earlier, since a sale after midnight may still belong to the day before.
 */
export function newestDayOver(at: {
  nowMs: number;
  timeZone: string;
  graceMinutes: number;
}): EpochDay {
  const today = mallDay(at.nowMs - at.graceMinutes * minuteMs, at.timeZone);
  return today - 2;
}

/** A business day to be closed, and the partitions that do not have it closed. */
export interface Closing {
  readonly programme: string;
  readonly businessDay: EpochDay;
  readonly partitions: readonly number[];
}

/**
 * What is to be closed now, by what each partition of `transactions` knows: for every programme that
 * any of them knows the newest day that is over, where it is not closed. Closing a day closes all days
 * before it. Nothing is closed before a programme's first day.
 */
export function closingsDue(
  knowledge: readonly PublishedProgrammes[],
  { nowMs, graceMinutes }: { nowMs: number; graceMinutes: number },
): Closing[] {
  return [...calendars(knowledge)].flatMap(([programme, { timeZone, firstDay }]) => {
    const businessDay = newestDayOver({ nowMs, timeZone, graceMinutes });
    if (businessDay < firstDay) return [];
    const partitions = knowledge.flatMap(({ closedDays }, partition) => {
      const closed = closedDays?.[programme];
      return closed !== undefined && closed >= businessDay ? [] : [partition];
    });
    return partitions.length === 0 ? [] : [{ programme, businessDay, partitions }];
  });
}

/** By programme: the time zone of its newest version, and the first day of its earliest. */
function calendars(
  knowledge: readonly PublishedProgrammes[],
): Map<string, { version: number; timeZone: string; firstDay: EpochDay }> {
  const found = new Map<string, { version: number; timeZone: string; firstDay: EpochDay }>();
  for (const { programme, version, timeZone, effectiveFrom } of knowledge.flatMap(
    ({ documents }) => documents,
  )) {
    const day = epochDayOf(effectiveFrom.slice(0, 10)) ?? Infinity;
    const known = found.get(programme);
    const firstDay = Math.min(day, known?.firstDay ?? Infinity);
    found.set(
      programme,
      known !== undefined && known.version > version
        ? { ...known, firstDay }
        : { version, timeZone, firstDay },
    );
  }
  return found;
}

function mallDay(instantMs: number, timeZone: string): EpochDay {
  const parts: Record<string, string> = {};
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  });
  for (const { type, value } of format.formatToParts(instantMs)) parts[type] = value;
  const day = epochDayOf(`${parts['year'] ?? ''}-${parts['month'] ?? ''}-${parts['day'] ?? ''}`);
  if (day === undefined) throw new RangeError(`no calendar date at ${instantMs} in ${timeZone}`);
  return day;
}
