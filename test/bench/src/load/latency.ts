import { createHistogram } from 'node:perf_hooks';

/** Milliseconds, by the share of times that were no longer. */
export interface Latency {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

/** Collects times one by one. */
export function collectLatency(): {
  add(ms: number): void;
  /** Undefined when none was added. */
  found(): Latency | undefined;
} {
  const micros = createHistogram();
  const ms = (percentile: number) => Math.round(micros.percentile(percentile) / 10) / 100;
  return {
    add: (time) => micros.record(Math.max(1, Math.round(time * 1_000))),
    found: () =>
      micros.count === 0 ? undefined : { p50: ms(50), p90: ms(90), p99: ms(99), max: ms(100) },
  };
}
