/**
 * Counts the time in which this process could see what happens. A process that was stopped, or whose
 * machine slept, has not seen a silence of that length: what is late only by such a gap is not late.
 * `tick` has to be called more often than every `gapMs`; a longer time between two ticks counts as `gapMs`.
 */
export class AwakeClock {
  readonly #clock: () => number;
  readonly #gapMs: number;
  #awakeMs = 0;
  #tickedAt: number;

  /** `clock` must not go back. */
  constructor(options: { readonly clock: () => number; readonly gapMs: number }) {
    this.#clock = options.clock;
    this.#gapMs = options.gapMs;
    this.#tickedAt = options.clock();
  }

  /** Milliseconds since the beginning, without the gaps. */
  now(): number {
    return this.#awakeMs + this.#sinceTick();
  }

  tick(): void {
    this.#awakeMs += this.#sinceTick();
    this.#tickedAt = this.#clock();
  }

  #sinceTick(): number {
    return Math.min(this.#clock() - this.#tickedAt, this.#gapMs);
  }
}
