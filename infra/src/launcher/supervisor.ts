import { setTimeout as sleep } from 'node:timers/promises';
import { localStackLimits, type ProcessSpec } from '../local-stack/index.ts';
import { SupervisedProgram, type SupervisionOptions } from './supervised-program.ts';

const logCheckEveryMs = 30_000;

/** Owns all programs of a stack that run until they are stopped. */
export class Supervisor {
  readonly #options: SupervisionOptions;
  readonly #programs = new Map<string, SupervisedProgram>();
  readonly #logTimer: NodeJS.Timeout;
  #isClosed = false;

  constructor(options: SupervisionOptions) {
    this.#options = options;
    this.#logTimer = setInterval(() => void this.#boundLogs(), logCheckEveryMs);
    this.#logTimer.unref();
  }

  /**
   * Starts the programs at once; `onReady` is told each name as it is ready. Resolves when all are.
   * Throws the first failure; those that run are left to `stop`.
   */
  async startAll(specs: readonly ProcessSpec[], onReady: (name: string) => void): Promise<void> {
    await Promise.all(specs.map((spec) => this.#start(spec, onReady)));
  }

  /**
   * As `startAll`, but the first has the machine to itself until it answers, be it that it is not ready without the
   * others.
   */
  async startBehindFirst(
    [first, ...others]: readonly ProcessSpec[],
    onReady: (name: string) => void,
  ): Promise<void> {
    if (first === undefined) return;
    const firstIsReady = this.#start(first, onReady);
    const othersAreReady = answers(first, firstIsReady).then(() => this.startAll(others, onReady));
    await Promise.all([firstIsReady, othersAreReady]);
  }

  async #start(spec: ProcessSpec, onReady: (name: string) => void): Promise<void> {
    if (this.#isClosed) return;
    const program = new SupervisedProgram(spec, this.#options);
    this.#programs.set(spec.name, program);
    await program.start();
    onReady(spec.name);
  }

  /** Why a program, as it says itself, is not ready; undefined when it is or says nothing. */
  notReady(name: string): string | undefined {
    return this.#programs.get(name)?.notReady;
  }

  /** Stops the named programs at once; one that was never started is skipped. */
  async stop(names: readonly string[]): Promise<void> {
    await Promise.all(names.map(async (name) => this.#programs.get(name)?.stop()));
  }

  /** Stops all that is left and the supervision itself. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#logTimer);
    await this.stop([...this.#programs.keys()]);
  }

  async #boundLogs(): Promise<void> {
    const checks = [...this.#programs.values()].map((program) => program.boundLog());
    for (const check of await Promise.allSettled(checks)) {
      if (check.status === 'rejected') this.#options.report(`log: ${String(check.reason)}`);
    }
  }
}

/** Resolves when the program answers or is ready; throws when it does not start. */
async function answers({ alive }: ProcessSpec, isReady: Promise<void>): Promise<void> {
  const over = new AbortController();
  const isAlive = async (): Promise<void> => {
    while (!over.signal.aborted) {
      try {
        return await alive?.(AbortSignal.timeout(localStackLimits.probeTimeoutMs));
      } catch {
        await sleep(localStackLimits.readyPollMs);
      }
    }
  };
  try {
    await Promise.race([isReady, ...(alive === undefined ? [] : [isAlive()])]);
  } finally {
    over.abort();
  }
}
