interface Call<Item, Reply> {
  readonly items: readonly Item[];
  readonly resolve: (replies: Reply[]) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Asks a server for many callers at once: what comes while it is working on one question goes into the
 * next, so that the busier it is, the less each item costs. The items of a call are never cut.
 */
export class Turns<Item, Reply> {
  readonly #ask: (items: readonly Item[]) => Promise<readonly Reply[]>;
  readonly #itemsMax: number;
  #waiting: Call<Item, Reply>[] = [];
  #working = false;

  /** `ask` gives a reply for each item, in their order; `itemsMax` closes a question for further calls. */
  constructor(options: {
    ask: (items: readonly Item[]) => Promise<readonly Reply[]>;
    itemsMax: number;
  }) {
    this.#ask = options.ask;
    this.#itemsMax = options.itemsMax;
  }

  /** Fails with what `ask` fails with. */
  take(items: readonly Item[]): Promise<Reply[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ items, resolve, reject });
      if (this.#working) return;
      this.#working = true;
      // Whatever else arrived in this turn of the event loop comes along.
      setImmediate(() => void this.#work());
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

  #next(): Call<Item, Reply>[] {
    let items = 0;
    let calls = 0;
    while (calls < this.#waiting.length && items < this.#itemsMax)
      items += this.#waiting[calls++]?.items.length ?? 0;
    return this.#waiting.splice(0, calls);
  }
}
