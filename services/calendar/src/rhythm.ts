import { setTimeout as sleep } from 'node:timers/promises';

export interface RhythmLimits {
  readonly intervalMs: number;
  /** In a row; one more ends the rhythm. */
  readonly failuresMax: number;
  readonly failureDelayMs: number;
  /** The delay doubles from failure to failure up to this. */
  readonly failureDelayMsMax: number;
}

export interface Rhythm {
  /** Sentences for an operator while the last round has failed or none is over; else empty. */
  problems(): readonly string[];
  /** Begins no further round; resolves when the one that runs is over. */
  close(): Promise<void>;
}

type Wait = (ms: number, signal: AbortSignal) => Promise<void>;

const waitReally: Wait = (ms, signal) => sleep(ms, undefined, { signal }).catch(() => undefined);

/**
 * Runs a round at once and then again and again, one at a time. A round that fails is repeated sooner;
 * after `failuresMax` in a row `onFatal` is told the last error and the rhythm has ended.
 */
export function startRhythm(options: {
  round: () => Promise<void>;
  limits: RhythmLimits;
  onFailure: (error: Error, failures: number) => void;
  onFatal: (error: Error) => void;
  wait?: Wait;
}): Rhythm {
  const { round, limits, onFailure, onFatal, wait = waitReally } = options;
  const stop = new AbortController();
  let problems: readonly string[] = ['has not looked yet'];
  const run = async (): Promise<void> => {
    let failures = 0;
    while (!stop.signal.aborted) {
      try {
        await round();
        failures = 0;
        problems = [];
      } catch (thrown) {
        const error = thrown instanceof Error ? thrown : new Error(String(thrown));
        failures += 1;
        problems = [`${error.message} (${failures} times in a row)`];
        onFailure(error, failures);
        if (failures > limits.failuresMax) {
          onFatal(error);
          return;
        }
      }
      await wait(failures === 0 ? limits.intervalMs : delayMs(failures, limits), stop.signal);
    }
  };
  const running = run();
  return {
    problems: () => problems,
    async close() {
      stop.abort();
      await running;
    },
  };
}

const delayMs = (failures: number, limits: RhythmLimits): number =>
  Math.min(limits.failureDelayMs * 2 ** Math.min(failures - 1, 30), limits.failureDelayMsMax);
