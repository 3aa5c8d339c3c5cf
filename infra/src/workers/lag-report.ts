import type { Log } from '../observability/index.ts';

interface LagReportOptions {
  readonly commit: (position: number) => Promise<void>;
  /** What the group has; undefined: nothing. */
  readonly committed: () => Promise<number | undefined>;
  readonly everyMs: number;
  readonly log: Log;
}

/**
 * Tells the consumer group how far a partition is, at once and then at most once in `everyMs`: it is for lag alone,
 * and a request for each of many small batches costs Kafka as much as their records. What is reported again until Kafka
 * has acknowledged it is told until then, and no more. The last position is told in the end.
 */
export class LagReport {
  readonly #options: LagReportOptions;
  #newest: number | undefined;
  /** What the group is known to have. */
  #known: number | undefined;
  /** Counts the times that nothing was known any more. */
  #forgotten = 0;
  #timer: NodeJS.Timeout | undefined;
  /** One commit at a time, so that an older one never comes last. */
  #told: Promise<void> = Promise.resolve();

  constructor(options: LagReportOptions) {
    this.#options = options;
  }

  /** Resolves when it is told, or will be. A failure is logged: it is told when it is reported again. */
  report(position: number): Promise<void> {
    if (position === this.#known && this.#newest === undefined) return Promise.resolve();
    this.#newest = position;
    return this.#timer === undefined ? this.#tell() : Promise.resolve();
  }

  /** Others may have told the group something else meanwhile: what it has is asked before it is told again. */
  forget(): void {
    this.#forgotten++;
    this.#known = undefined;
  }

  /** Tells what is not told yet. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const position = this.#newest;
    this.#newest = undefined;
    if (position !== undefined) this.#told = this.#told.then(() => this.#tellOne(position));
    return this.#told;
  }

  #tell(): Promise<void> {
    const told = this.flush();
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#newest !== undefined) void this.#tell();
    }, this.#options.everyMs);
    return told;
  }

  async #tellOne(position: number): Promise<void> {
    const forgotten = this.#forgotten;
    const { commit, committed, log } = this.#options;
    try {
      if (this.#known === undefined && (await committed()) === position) {
        this.#learn(position, forgotten);
        return;
      }
      this.#known = undefined;
      await commit(position);
      this.#learn(position, forgotten);
    } catch (error) {
      log.info({ err: error }, 'the committed offset was not told to the group');
    }
  }

  #learn(position: number, forgotten: number): void {
    if (forgotten === this.#forgotten) this.#known = position;
  }
}
