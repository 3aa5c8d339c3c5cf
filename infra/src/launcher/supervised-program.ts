import { setTimeout as sleep } from 'node:timers/promises';
import {
  describeExit,
  localStackLimits,
  ManagedProcess,
  type ProcessExit,
  type ProcessSpec,
  type StartLimits,
} from '../local-stack/index.ts';
import { backoffDefaults, nextPause, type BackoffLimits } from './backoff.ts';
import { livenessDefaults, silence, type LivenessLimits } from './liveness.ts';

/** A program that does not answer will hardly end in order either. */
const silentStopWithinMs = 5_000;

export interface SupervisionOptions {
  readonly dataDir: string;
  /** Is given a sentence when the program dies, and when it runs again. */
  readonly report: (line: string) => void;
  readonly backoff?: BackoffLimits;
  readonly liveness?: LivenessLimits;
  readonly start?: StartLimits;
}

/**
 * Owns a program that is to run until it is stopped: when it dies, or does not answer any more, it is started again.
 */
export class SupervisedProgram {
  readonly spec: ProcessSpec;
  readonly #options: SupervisionOptions;
  readonly #stopping = new AbortController();
  #process: ManagedProcess | undefined;
  #watch: Promise<void> = Promise.resolve();

  constructor(spec: ProcessSpec, options: SupervisionOptions) {
    this.spec = spec;
    this.#options = options;
  }

  /**
   * Resolves when the program answers; from then on it is watched. Throws ProcessFailure when this
   * first start fails: a fault that a person should see is not hidden by trying again.
   */
  async start(): Promise<void> {
    await this.#run();
    this.#watch = this.#keepRunning();
  }

  /** Why the program, as it says itself, is not ready; undefined when it is or says nothing. */
  get notReady(): string | undefined {
    return this.#process?.notReady;
  }

  /** Ends the watch and the program; resolves when neither is left. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#process?.stop();
    await this.#watch;
  }

  /** Keeps the log within its bound; for a timer. */
  async boundLog(): Promise<void> {
    await this.#process?.boundLog();
  }

  async #run(): Promise<void> {
    const running = await ManagedProcess.spawn(this.spec, this.#options.dataDir);
    this.#process = running;
    if (this.#stopping.signal.aborted) {
      await running.stop();
      return;
    }
    try {
      await running.ready(this.#options.start ?? localStackLimits);
    } catch (error) {
      await running.kill();
      throw error;
    }
  }

  /** How the program ended; one that is silent is made to. */
  async #exitOfWatched(): Promise<ProcessExit | undefined> {
    const running = this.#process;
    const { alive, name } = this.spec;
    const { report, liveness = livenessDefaults } = this.#options;
    if (running === undefined || alive === undefined) return running?.exited;
    const ended = new AbortController();
    const signal = AbortSignal.any([ended.signal, this.#stopping.signal]);
    const watch = silence(alive, { limits: liveness, signal }).then(async (silentS) => {
      if (silentS === undefined || running.exit !== undefined) return;
      report(`${name} runs but has not answered for ${silentS} s; it is ended`);
      await running.stop(silentStopWithinMs);
    });
    const exit = await running.exited;
    ended.abort();
    await watch;
    return exit;
  }

  async #keepRunning(): Promise<void> {
    const { report, backoff = backoffDefaults } = this.#options;
    const { signal } = this.#stopping;
    let pause: number | undefined;
    let began = performance.now();
    while (!isAborted(signal)) {
      const exit = await this.#exitOfWatched();
      if (isAborted(signal)) return;
      pause = nextPause(pause, { ranMs: performance.now() - began, limits: backoff });
      const why = exit === undefined ? 'did not start' : `ended (${describeExit(exit)})`;
      report(`${this.spec.name} ${why}; it is started again in ${pause / 1000} s`);
      await sleep(pause, undefined, { signal }).catch(() => undefined);
      if (isAborted(signal)) return;
      began = performance.now();
      try {
        await this.#run();
        if (!isAborted(signal)) report(`${this.spec.name} runs again`);
      } catch (error) {
        if (isAborted(signal)) return;
        report(error instanceof Error ? error.message : String(error));
      }
    }
  }
}

/** Asked anew after each await; the compiler would otherwise keep the first answer. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
