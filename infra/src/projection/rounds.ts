import { setTimeout as sleep } from 'node:timers/promises';

export interface RoundLimits {
  /** Rest after a round, of the time that the round took. */
  readonly roundRestPercent: number;
  /** A rest ends when so much has passed since its round began. */
  readonly roundMsMax: number;
}

/** Where a partition stands after its part of a round. `behind`: there is more of it in the log. */
export type Standing = 'caught_up' | 'behind';

/** A partition's part of a round. */
export interface Turn {
  /** Called once, when nothing more is done of the batch, however it went. */
  end(standing: Standing): void;
  /** After `end`: resolves when the next batch may be fetched. */
  over(): Promise<void>;
}

/** When partitions that are projected together go on. */
export interface Pace {
  begin(): Turn;
}

/**
 * All that one fetch brings is inserted in a round, and the next fetch is made when every batch of the last is
 * answered. An insert costs ClickHouse about the same whatever its rows, so rounds one after the other
 * would take a whole machine for a few records a second. Each is followed by a rest in proportion to what it
 * took: inserting is never more than its share of the time, and nothing waits longer than that asks for. When a
 * partition is behind there is no rest, since its next round has many rows for the same price.
 */
export class Rounds implements Pace {
  readonly #limits: RoundLimits;
  readonly #now: () => number;
  readonly #wait: (ms: number) => Promise<void>;
  #current: Round | undefined;

  constructor(
    limits: RoundLimits,
    clock: { now: () => number; wait: (ms: number) => Promise<void> } = {
      now: () => performance.now(),
      wait: sleep,
    },
  ) {
    this.#limits = limits;
    this.#now = clock.now;
    this.#wait = clock.wait;
  }

  begin(): Turn {
    const round = (this.#current ??= new Round(this.#now()));
    round.working++;
    return {
      end: (standing) => {
        if (standing === 'behind') round.isBehind = true;
        round.working--;
        if (round.working === 0) this.#end(round);
      },
      over: () => round.over,
    };
  }

  #end(round: Round): void {
    this.#current = undefined;
    const took = this.#now() - round.beganAt;
    const { roundRestPercent, roundMsMax } = this.#limits;
    const rest = Math.min((took * roundRestPercent) / 100, roundMsMax - took);
    if (round.isBehind || rest <= 0) round.finish();
    else void this.#wait(rest).then(() => round.finish());
  }
}

class Round {
  readonly beganAt: number;
  readonly over: Promise<void>;
  /** Turns that have not ended. */
  working = 0;
  isBehind = false;
  #finish!: () => void;

  constructor(beganAt: number) {
    this.beganAt = beganAt;
    this.over = new Promise((resolve) => (this.#finish = resolve));
  }

  finish(): void {
    this.#finish();
  }
}
