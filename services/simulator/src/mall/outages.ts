import { isoDate } from '@semarak/schemas';
import type { Random } from '../random/random.ts';
import { mallClock, type MallClock } from './clock.ts';
import type { SimulationOptions } from './options.ts';

/** A terminal without a line, in epoch milliseconds. */
export interface Outage {
  readonly from: number;
  readonly until: number;
}

/** By terminal. */
export type Outages = ReadonlyMap<string, Outage>;

const dayMs = 86_400_000;

/** When a terminal loses its line and, if it is back on the same day, for how long; in seconds. */
const outageFrom = { min: 10.5 * 3600, max: 20 * 3600 };
const outageLasts = { min: 1_800, max: 7_200 };

/** Those that are back on the same day. */
export function drawShortOutages(day: {
  readonly share: number;
  readonly terminals: Iterable<string>;
  readonly clock: MallClock;
  readonly random: Random;
}): Outages {
  const outages = new Map<string, Outage>();
  for (const terminal of day.terminals) {
    if (!day.random.chance(day.share)) continue;
    const from = day.random.integer(outageFrom);
    const until = from + day.random.integer(outageLasts);
    outages.set(terminal, {
      from: day.clock.instantOf(from),
      until: day.clock.instantOf(until),
    });
  }
  return outages;
}

/**
 * Those that last whole days, one at most for a terminal, each beginning on a simulated day. They end
 * at the hour at which they began, while the mall is open.
 */
export function drawLongOutages(mall: {
  readonly options: SimulationOptions;
  /** Days since 1970-01-01. */
  readonly firstDay: number;
  readonly terminals: Iterable<string>;
  readonly random: Random;
}): Outages {
  const { options, random } = mall;
  const outages = new Map<string, Outage>();
  for (const terminal of mall.terminals) {
    if (!random.chance(options.shares.longOfflineTerminals)) continue;
    const day = isoDate(mall.firstDay + random.integer({ min: 0, max: options.days - 1 }));
    const clock = mallClock({ day, timeZone: options.programme.timeZone });
    const from = clock.instantOf(random.integer(outageFrom));
    const until = from + random.integer({ min: 1, max: options.offlineDaysMax }) * dayMs;
    outages.set(terminal, { from, until });
  }
  return outages;
}

/** When something that happened then leaves its terminal. */
export function leavesAt(
  occurredAt: number,
  { short, long }: { readonly short: Outage | undefined; readonly long: Outage | undefined },
): number {
  let at = occurredAt;
  for (const outage of [short, long])
    if (outage !== undefined && at >= outage.from && at < outage.until) at = outage.until;
  return at;
}
