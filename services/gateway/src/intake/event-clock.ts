/**
 * What day it is in a programme: the newest occurredAt of what this process has accepted, never
 * ahead of the wall clock, so that one till set wrong does not move the day. A history brought in
 * with `import` therefore has its own today.
 */
export class EventClock {
  readonly #newest = new Map<string, number>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Programmes are those published, so that their number is bounded. */
  advance(at: { programme: string; occurredAt: number }): void {
    const newest = this.#newest.get(at.programme) ?? 0;
    if (at.occurredAt > newest && at.occurredAt <= this.#now())
      this.#newest.set(at.programme, at.occurredAt);
  }

  /** Epoch milliseconds; undefined: nothing has been accepted yet. */
  newest(programme: string): number | undefined {
    return this.#newest.get(programme);
  }
}
