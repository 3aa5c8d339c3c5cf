import type { Log } from '../observability/index.ts';

/**
 * Tells the consumer group how far a partition is, at once and then at most once in `everyMs`: it is for lag alone,
 * and a request for each of many small batches costs Kafka as much as their records. The last position is told in
 * the end.
 */
export class LagReport {
  readonly #commit: (position: number) => Promise<void>;
  readonly #everyMs: number;
  readonly #log: Log;
  #newest: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** One commit at a time, so that an older one never comes last. */
  #told: Promise<void> = Promise.resolve();

  constructor(options: { commit: (position: number) => Promise<void>; everyMs: number; log: Log }) {
    this.#commit = options.commit;
    this.#everyMs = options.everyMs;
    this.#log = options.log;
  }

  /** Resolves when it is told, or will be. A failure is logged: it changes nothing. */
  report(position: number): Promise<void> {
    this.#newest = position;
    return this.#timer === undefined ? this.#tell() : Promise.resolve();
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
    }, this.#everyMs);
    return told;
  }

  async #tellOne(position: number): Promise<void> {
    try {
      await this.#commit(position);
    } catch (error) {
      this.#log.info({ err: error }, 'the committed offset was not told to the group');
    }
  }
}
