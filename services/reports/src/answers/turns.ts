import { HttpProblem } from '@semarak/infra/http-server';

/** Work of which so much runs at once and so much may wait for it; more is refused with 429. */
export class Turns {
  readonly #limits: { readonly runningMax: number; readonly waitingMax: number };
  readonly #retryAfterS: number;
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(limits: {
    readonly runningMax: number;
    readonly waitingMax: number;
    readonly retryAfterS: number;
  }) {
    this.#limits = limits;
    this.#retryAfterS = limits.retryAfterS;
  }

  /** Does the work when its turn comes. Throws HttpProblem 429 when too much waits already. */
  async take<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#running >= this.#limits.runningMax) {
      if (this.#waiting.length >= this.#limits.waitingMax)
        throw new HttpProblem(429, 'Too many questions wait for ClickHouse.', {
          retryAfterS: this.#retryAfterS,
        });
      // Whoever ends hands its place on, so the count stays.
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else this.#running++;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }
}
