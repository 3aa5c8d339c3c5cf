interface Call<Item, Reply> {
  readonly items: readonly Item[];
  readonly resolve: (replies: Reply[]) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Asks a server for many callers at once: what comes while it is working on one question goes into the
 * next, so that the busier it is, the less each item costs. The items of a call are never cut.
 */
export class JoinedCalls<Item, Reply = never> {
  readonly #ask: (items: readonly Item[]) => Promise<readonly Reply[]>;
  readonly #itemsMax: number;
  readonly #begin: (work: () => void) => void;
  #waiting: Call<Item, Reply>[] = [];
  #working = false;

  /**
   * `ask` gives a reply for each item, in their order, or none at all. A question has `itemsMax` items at most, or is
   * one call. `begin` starts the first question after a pause: at once, unless it waits for more to come along.
   */
  constructor(options: {
    ask: (items: readonly Item[]) => Promise<readonly Reply[]>;
    itemsMax: number;
    begin?: (work: () => void) => void;
  }) {
    this.#ask = options.ask;
    this.#itemsMax = options.itemsMax;
    this.#begin = options.begin ?? ((work) => work());
  }

  /** Fails with what `ask` fails with, as do all whose items went with these. */
  take(items: readonly Item[]): Promise<Reply[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ items, resolve, reject });
      if (this.#working) return;
      this.#working = true;
      this.#begin(() => void this.#work());
    });
  }

  async #work(): Promise<void> {
    while (this.#waiting.length > 0) {
      const calls = this.#next();
      const [only] = calls;
      const items =
        calls.length === 1 && only !== undefined ? only.items : calls.flatMap((call) => call.items);
      try {
        const replies = await this.#ask(items);
        let at = 0;
        for (const call of calls) call.resolve(replies.slice(at, (at += call.items.length)));
      } catch (error) {
        for (const call of calls) call.reject(error);
      }
    }
    this.#working = false;
  }

  /** Those that have waited longest, as many as fit; at least one, whatever its size. */
  #next(): Call<Item, Reply>[] {
    let items = 0;
    const beyond = this.#waiting.findIndex((call, index) => {
      items += call.items.length;
      return index > 0 && items > this.#itemsMax;
    });
    return this.#waiting.splice(0, beyond < 0 ? this.#waiting.length : beyond);
  }
}
