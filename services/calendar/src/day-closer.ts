import { newestClosedDay } from '@semarak/infra/published-programmes';
import type { EpochDay, PublishedProgrammes } from '@semarak/schemas';
import type { TrustedClock } from '@semarak/infra/trusted-clock';
import { closingsDue, type Closing } from './business-days.ts';

/** What the closer needs of the world. */
export interface DayCloserPorts {
  /** What accrual knows in each partition of `transactions`, by partition. */
  knowledge(): Promise<readonly PublishedProgrammes[]>;
  /** Writes BusinessDayClosed to the closing's partitions; resolves when all have acknowledged. */
  write(closing: Closing, about: { closedAtMs: number; partitionsTotal: number }): Promise<void>;
}

/** Whether what the clock says may go into the log. */
export type DayCloserClock = Pick<TrustedClock, 'compareWithLog' | 'problem'>;

/**
 * Closes business days. What has been acknowledged is not written again by this closer, though accrual
 * may not have read it yet; one that starts anew learns from accrual what is closed.
 */
export class DayCloser {
  readonly #ports: DayCloserPorts;
  readonly #clock: DayCloserClock;
  readonly #graceMinutes: number;
  /** By programme and partition: the newest day that Kafka has acknowledged. */
  readonly #written = new Map<string, Map<number, EpochDay>>();

  constructor(options: { ports: DayCloserPorts; clock: DayCloserClock; graceMinutes: number }) {
    this.#clock = options.clock;
    this.#ports = options.ports;
    this.#graceMinutes = options.graceMinutes;
  }

  /**
   * Looks once, and closes what is due at `nowMs`; nothing while the clock is not believed. Returns what it has written. Throws when the states
   * cannot be read or a write is not acknowledged; looking again repeats only what was not.
   */
  async look(nowMs: number): Promise<Closing[]> {
    const knowledge = await this.#ports.knowledge();
    this.#clock.compareWithLog(newestClosedDay(knowledge));
    if (this.#clock.problem() !== undefined) return [];
    const closed: Closing[] = [];
    for (const due of closingsDue(knowledge, { nowMs, graceMinutes: this.#graceMinutes })) {
      const partitions = due.partitions.filter((partition) => !this.#hasWritten(due, partition));
      if (partitions.length === 0) continue;
      const closing = { ...due, partitions };
      await this.#ports.write(closing, {
        closedAtMs: nowMs,
        partitionsTotal: knowledge.length,
      });
      this.#remember(closing);
      closed.push(closing);
    }
    return closed;
  }

  #hasWritten({ programme, businessDay }: Closing, partition: number): boolean {
    const day = this.#written.get(programme)?.get(partition);
    return day !== undefined && day >= businessDay;
  }

  #remember({ programme, businessDay, partitions }: Closing): void {
    const days = this.#written.get(programme) ?? new Map<number, EpochDay>();
    for (const partition of partitions) days.set(partition, businessDay);
    this.#written.set(programme, days);
  }
}
