import type { Ceiling } from './ceilings/ceilings.ts';
import type { Latency } from './load/latency.ts';
import type { Taken } from './stack/measuring.ts';

/** What every bench but that of the reports says; the first fields in this order. */
export interface Measured extends Taken {
  readonly bench: string;
  readonly transactions: number;
  readonly exact: boolean;
  /** What was worked through; transactions alone, or records of any type. */
  readonly counted: Counted;
  readonly perSecond: number;
  /** Microseconds of CPU for each that was counted, by process. */
  readonly cpuMicros: Readonly<Record<string, number>>;
  /** What is not as it should be, the first of it. */
  readonly differences: readonly string[];
  readonly ceilings: Readonly<Record<string, Ceiling>>;
  /** What this bench alone says, by a name that has its unit. */
  readonly figures: Readonly<Record<string, number>>;
  /** By what is waited for; none where there are no requests. */
  readonly latencyMs: Readonly<Record<string, Latency>>;
}

interface Counted {
  readonly what: 'transactions' | 'records';
  readonly count: number;
}

const differencesTold = 10;

/** The process that a bench is about, where it is about one, is told as `worker`, whatever its name. */
export function measuredOf(of: {
  readonly bench: string;
  readonly worker?: string;
  readonly transactions: number;
  /** Absent: the transactions. */
  readonly records?: number;
  readonly taken: Taken;
  readonly differences: readonly string[];
  readonly ceilings: Readonly<Record<string, Ceiling>>;
  readonly figures: Readonly<Record<string, number>>;
  readonly latencyMs?: Readonly<Record<string, Latency | undefined>>;
}): Measured {
  const { bench, worker, transactions, taken, differences, ceilings, figures } = of;
  const named = (by: Readonly<Record<string, number>>) => {
    if (worker === undefined) return by;
    const { [worker]: ofWorker = Number.NaN, ...others } = by;
    return { worker: ofWorker, ...others };
  };
  const cpuSeconds = named(taken.cpuSeconds);
  const counted: Counted =
    of.records === undefined
      ? { what: 'transactions', count: transactions }
      : { what: 'records', count: of.records };
  return {
    bench,
    transactions,
    seconds: taken.seconds,
    cpuSeconds,
    exact: differences.length === 0,
    counted,
    perSecond: Math.round(counted.count / taken.seconds),
    cpuMicros: Object.fromEntries(
      Object.entries(cpuSeconds).map(([name, seconds]) => [
        name,
        Math.round((seconds / counted.count) * 100_000_000) / 100,
      ]),
    ),
    peakMiB: named(taken.peakMiB),
    loadAverage: taken.loadAverage,
    latencyMs: Object.fromEntries(
      Object.entries(of.latencyMs ?? {}).flatMap(([what, latency]) =>
        latency === undefined ? [] : [[what, latency]],
      ),
    ),
    figures,
    ceilings,
    differences: differences.slice(0, differencesTold),
  };
}

/** The result as text for people. */
export function measuredLines(of: Measured): string[] {
  const { bench, counted, seconds, perSecond, exact, loadAverage } = of;
  return [
    `${bench}: ${grouped(counted.count)} ${counted.what} in ${seconds.toFixed(2)} s, ${grouped(perSecond)}/s` +
      ` (load of the machine before: ${loadAverage.toFixed(1)})`,
    exact ? 'exact: yes' : 'exact: NO',
    ...of.differences.map((difference) => `  ${difference}`),
    '',
    row(['process', 'CPU s', 'us each', 'peak MiB']),
    ...Object.entries(of.cpuSeconds).map(([name, cpu]) =>
      row([name, cpu.toFixed(2), of.cpuMicros[name]?.toFixed(2), of.peakMiB[name]?.toFixed(0)]),
    ),
    ...Object.entries(of.latencyMs).map(
      ([what, { p50, p90, p99, max }]) =>
        `${what}: ${p50} ms half of the time, 90 % ${p90}, 99 % ${p99}, at most ${max}`,
    ),
    ...Object.entries(of.figures).map(([name, figure]) => row([name, String(figure)])),
    ...(Object.keys(of.ceilings).length === 0 ? [] : ['']),
    ...Object.entries(of.ceilings).map(
      ([name, ceiling]) =>
        `bare ${name}: ${grouped(ceiling.perSecond)}/s, ${ceiling.micros.toFixed(2)} us each;` +
        ` here ${(perSecond / ceiling.perSecond).toFixed(2)} times that`,
    ),
  ];
}

const widths = [30, 12, 10, 10];

const row = (cells: readonly (string | undefined)[]): string =>
  cells
    .map((cell = '', index) =>
      index === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[index] ?? 0),
    )
    .join(' ')
    .trimEnd();

const grouped = (number: number): string => number.toLocaleString('en');
