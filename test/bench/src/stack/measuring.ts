import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchStack } from './bench-stack.ts';
import type { ProcessUsage } from './process-usage.ts';

/** What was taken between two moments. */
export interface Taken {
  readonly seconds: number;
  /** By process; of those that ran at the beginning and at the end. */
  readonly cpuSeconds: Readonly<Record<string, number>>;
  /** By process, since its start. */
  readonly peakMiB: Readonly<Record<string, number>>;
  /** The machine's, of the minute before the beginning. */
  readonly loadAverage: number;
}

/** Begins to measure; what it returns says at the end what was taken since. */
export function beginMeasuring(stack: BenchStack): () => Taken {
  const [loadAverage = Number.NaN] = loadavg();
  const before = stack.usage();
  const startedAt = performance.now();
  return () => {
    const seconds = (performance.now() - startedAt) / 1_000;
    const after = stack.usage();
    const of = (figure: (usage: ProcessUsage, name: string) => number) =>
      Object.fromEntries([...after].map(([name, usage]) => [name, rounded(figure(usage, name))]));
    return {
      seconds: rounded(seconds),
      cpuSeconds: of(({ cpuSeconds }, name) => cpuSeconds - (before.get(name)?.cpuSeconds ?? 0)),
      peakMiB: of(({ peakMiB }) => peakMiB),
      loadAverage: rounded(loadAverage),
    };
  };
}

const rounded = (number: number): number => Math.round(number * 1_000) / 1_000;

/** Asks again until it holds. Throws after `withinMs`, and when a process of the stack has ended. */
export async function until(
  stack: BenchStack,
  wanted: {
    readonly what: string;
    readonly everyMs: number;
    readonly withinMs: number;
    readonly holds: () => Promise<boolean>;
  },
): Promise<void> {
  const deadline = performance.now() + wanted.withinMs;
  while (!(await wanted.holds())) {
    stack.usage();
    if (performance.now() > deadline)
      throw new Error(`${wanted.what}: not within ${wanted.withinMs / 1_000} s`);
    await sleep(wanted.everyMs);
  }
}
