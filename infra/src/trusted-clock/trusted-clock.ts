import { isoDate, type EpochDay } from '@semarak/schemas';
import { z } from 'zod';
import { bounded } from '../configuration/index.ts';
import { sinceBoot } from './since-boot.ts';

const dayMs = 86_400_000;

/** What a service that writes times into the log reads from its environment. */
export const clockConfiguration = {
  /** How far the wall clock may be set while a process runs; time asleep does not count. */
  CLOCK_JUMP_MS_MAX: bounded({ min: 60_000, max: 2_592_000_000, default: 43_200_000 }),
  /**
   * How long after the newest closed business day a process may start: less than a correction window, so that a
   * clock that is ahead by as much makes no sale too late.
   */
  CLOCK_AHEAD_OF_LOG_MS_MAX: bounded({
    min: 259_200_000,
    max: 315_360_000_000,
    default: 2_592_000_000,
  }),
  /** A person says that the clock is right: it counts within CLOCK_JUMP_MS_MAX of this instant. */
  CLOCK_CONFIRMED_AT: z.iso
    .datetime({ offset: true, error: 'must be an instant such as 2026-12-01T09:00:00Z' })
    .transform((text) => Date.parse(text))
    .optional(),
};

export type ClockConfiguration = {
  readonly [Name in keyof typeof clockConfiguration]?: z.infer<(typeof clockConfiguration)[Name]>;
};

/**
 * Whether the wall clock may be believed. What it says goes into the log for good: a receivedAt of next spring
 * refuses sales, and days of next spring are closed. At the start it is held against the newest business day
 * that is closed in the log, which a system that runs closes every day; after that against the time since the
 * machine was started, which nobody can set. A clock that is set back where it belongs is believed again.
 */
export class TrustedClock {
  readonly #limits: {
    readonly jumpMsMax: number;
    readonly aheadMsMax: number;
    readonly confirmedAt: number | undefined;
  };
  readonly #wallMs: () => number;
  readonly #sinceBootMs: () => number;
  /** The wall clock at the machine's start, by the clock that is believed; undefined: none is yet. */
  #bootedAt: number | undefined;
  #problem: string | undefined = 'The clock is not compared with the log yet.';

  constructor(options: {
    configuration: ClockConfiguration;
    wallMs?: () => number;
    sinceBootMs?: () => number;
  }) {
    const { configuration: c, wallMs = Date.now } = options;
    this.#limits = {
      jumpMsMax: c.CLOCK_JUMP_MS_MAX ?? Infinity,
      aheadMsMax: c.CLOCK_AHEAD_OF_LOG_MS_MAX ?? Infinity,
      confirmedAt: c.CLOCK_CONFIRMED_AT,
    };
    this.#wallMs = wallMs;
    this.#sinceBootMs = options.sinceBootMs ?? sinceBoot({ wallMs });
  }

  /** Whether it has once been believed: then the log need not be asked any more. */
  get isCompared(): boolean {
    return this.#bootedAt !== undefined;
  }

  /** Compares the clock with the newest business day that is closed in the log; undefined: none is. */
  compareWithLog(newestClosed: EpochDay | undefined): void {
    if (this.isCompared) return;
    const wall = this.#wallMs();
    this.#problem = this.#isConfirmed(wall) ? undefined : this.#besideLog(wall, newestClosed);
    if (this.#problem === undefined) this.#bootedAt = wall - this.#sinceBootMs();
  }

  /** A sentence for whoever sets clocks while it is not believed; undefined: it is. */
  problem(): string | undefined {
    if (this.#bootedAt === undefined) return this.#problem;
    const wall = this.#wallMs();
    const jump = wall - this.#sinceBootMs() - this.#bootedAt;
    const { jumpMsMax } = this.#limits;
    if (Math.abs(jump) <= jumpMsMax) return undefined;
    return (
      `The clock of this machine was set ${jump > 0 ? 'ahead' : 'back'} by ${inDays(Math.abs(jump))}, to ` +
      `${iso(wall)}, while this process ran: more than CLOCK_JUMP_MS_MAX, ${jumpMsMax} ms. Nothing is written ` +
      'with its time. Set it right, and this goes on; if it is right now, start this process again.'
    );
  }

  #isConfirmed(wall: number): boolean {
    const { confirmedAt, jumpMsMax } = this.#limits;
    return confirmedAt !== undefined && Math.abs(wall - confirmedAt) <= jumpMsMax;
  }

  #besideLog(wall: number, newestClosed: EpochDay | undefined): string | undefined {
    if (newestClosed === undefined) return undefined;
    const { jumpMsMax, aheadMsMax } = this.#limits;
    const says = `The clock of this machine says ${iso(wall)}, and the newest business day that is closed in the log is ${isoDate(newestClosed)}`;
    const confirm = `start with CLOCK_CONFIRMED_AT=${iso(wall)}`;
    // A business day is closed once the day after it has ended, in whatever time zone.
    const ahead = wall - (newestClosed + 2) * dayMs;
    if (ahead > aheadMsMax)
      return `${says}, ${inDays(ahead)} before that: more than CLOCK_AHEAD_OF_LOG_MS_MAX, ${aheadMsMax} ms. Set the clock right; if it is right and nothing ran for so long, ${confirm}.`;
    const behind = (newestClosed + 1) * dayMs - wall;
    if (behind > jumpMsMax)
      return `${says}, which is not over by it. Set the clock right; if it is right and that day was closed too early, ${confirm}.`;
    return undefined;
  }
}

const iso = (instantMs: number): string => new Date(instantMs).toISOString();
const inDays = (ms: number): string => `${(ms / dayMs).toFixed(1)} days`;
