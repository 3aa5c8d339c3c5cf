import type { EpochDay } from '@semarak/schemas';
import { TrustedClock, type ClockConfiguration } from './trusted-clock.ts';

/**
 * The sentence for a command that writes into the log and ends: why the machine's clock is not believed beside the
 * newest business day that is closed in the log. undefined: it is.
 */
export function clockProblem(by: {
  readonly configuration: ClockConfiguration;
  /** undefined: no day is closed yet. */
  readonly newestClosed: EpochDay | undefined;
  readonly wallMs: () => number;
}): string | undefined {
  const { configuration, newestClosed, wallMs } = by;
  const clock = new TrustedClock({ configuration, wallMs });
  clock.compareWithLog(newestClosed);
  return clock.problem();
}
