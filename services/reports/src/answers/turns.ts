import { HttpProblem } from '@semarak/infra/http-server';

export interface TurnLimits {
  readonly runningMax: number;
  readonly waitingMax: number;
  readonly waitMsMax: number;
  /** For those who are refused. */
  readonly retryAfterS: number;
}

/** Work of which so much runs at once and so much may wait for it, so long; more is refused with 429. */
export class Turns {
  readonly #limits: TurnLimits;
  #running = 0;
  readonly #waiting = new Set<() => void>();

  constructor(limits: TurnLimits) {
    this.#limits = limits;
  }

  /** Does the work when its turn comes. Throws HttpProblem 429 when too much waits already, or for too long. */
  async take<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#running >= this.#limits.runningMax) await this.#turn();
    else this.#running++;
    try {
      return await work();
    } finally {
      // Whoever ends hands its place on, so the count stays.
      const [next] = this.#waiting;
      if (next === undefined) this.#running--;
      else next();
    }
  }

  #turn(): Promise<void> {
    const { waitingMax, waitMsMax, retryAfterS } = this.#limits;
    const refusal = () =>
      new HttpProblem(429, 'Too many questions wait for ClickHouse.', { retryAfterS });
    if (this.#waiting.size >= waitingMax) return Promise.reject(refusal());
    return new Promise((resolve, reject) => {
      const begin = (): void => {
        clearTimeout(late);
        this.#waiting.delete(begin);
        resolve();
      };
      const late = setTimeout(() => {
        this.#waiting.delete(begin);
        reject(refusal());
      }, waitMsMax);
      this.#waiting.add(begin);
    });
  }
}
