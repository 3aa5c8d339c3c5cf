/**
 * Shares the event loop among requests that have much to do: one of them works in each turn of the loop, the keys in
 * rotation, so that whatever else comes is answered in between and no key waits for another's pile.
 */
export class WorkTurns {
  /** Who waits, by key; the key that is next comes first. */
  readonly #waiting = new Map<string, (() => void)[]>();
  #isScheduled = false;

  /** Resolves when it is the caller's turn to work for a slice of time. */
  next(key: string): Promise<void> {
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(key);
      if (waiting === undefined) this.#waiting.set(key, [resolve]);
      else waiting.push(resolve);
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#giveOne();
    });
  }

  #giveOne(): void {
    for (const [key, waiting] of this.#waiting) {
      this.#waiting.delete(key);
      const go = waiting.shift();
      if (waiting.length > 0) this.#waiting.set(key, waiting);
      if (this.#waiting.size > 0) this.#schedule();
      go?.();
      return;
    }
  }
}
