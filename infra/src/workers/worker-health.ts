import { setTimeout as sleep } from 'node:timers/promises';
import type { Health } from '../observability/index.ts';
import { StoreRefuses, StoreUnavailable } from '../state-store/index.ts';

type Problems = () => readonly string[] | Promise<readonly string[]>;

/** What /healthz of a worker says: what the start waits for, and later what the running parts say. */
export class WorkerHealth {
  #problems: Problems = () => ['It is starting.'];

  /** From now on these are asked; each sentence is told once. */
  askFor(problems: Problems): void {
    this.#problems = problems;
  }

  readonly read = async (): Promise<Health> => ({
    problems: [...new Set(await this.#problems())],
  });

  /**
   * Asks the store until it answers, and says meanwhile why it does not. Any other error goes through;
   * so does an AbortError when `stopping` is aborted.
   */
  async untilStoreAnswers<Answer>(
    ask: () => Promise<Answer>,
    { retryMs, stopping }: { retryMs: number; stopping: AbortSignal },
  ): Promise<Answer> {
    for (;;) {
      try {
        return await ask();
      } catch (error) {
        if (error instanceof StoreRefuses) this.#problems = () => [error.message];
        else if (error instanceof StoreUnavailable)
          this.#problems = () => ['Redis does not answer.'];
        else throw error;
      }
      await sleep(retryMs, undefined, { signal: stopping });
    }
  }
}
