import { runSimulator } from '../system/simulator.ts';
import type { System } from '../system/system.ts';

const salesFirst = 20;
const salesPerRun = 1_000;
const recordsPerSecond = 250;
/** A recovery may take its time; only what has not moved for longer is given up. */
const settledAfterMs = 90_000;

export interface Load {
  /** Lets the runs under way end; throws when one did not equal its own recount. */
  stop(): Promise<{ readonly runs: number }>;
}

/**
 * Two simulations without an end, each of the last day of a year and the first of the next, shuffled so
 * that ranges of records lie in several partitions of a table: sales, refunds, voids and retries, each run with members of its own and, when it is over,
 * compared with its own recount.
 */
export function startLoad(system: System, options: { readonly seed: number }): Load {
  let isStopping = false;
  let runs = 0;
  const failures: unknown[] = [];
  const simulate = async (run: { seed: number; sales: number }): Promise<void> => {
    const { seed } = run;
    const { exitCode, output } = await runSimulator(system, argumentsOf(run), {
      SIMULATION_DAY: '2014-12-31',
      POSTING_LANES: '2',
      POSTING_LINES_MAX: '50',
      POSTING_RECORDS_PER_S_MAX: String(recordsPerSecond),
      SETTLED_AFTER_MS: String(settledAfterMs),
    }).ended;
    runs++;
    if (exitCode !== 0) throw new Error(`simulation ${seed} ended with ${exitCode}:\n${output}`);
  };
  const loop = async (first: number): Promise<void> => {
    for (let seed = first; !isStopping; seed += 2) await simulate({ seed, sales: salesPerRun });
  };
  const both = async (): Promise<unknown> => {
    // A simulation compares only its own members when it sees that it is not alone; the other one of
    // the two may not be visible yet.
    await simulate({ seed: options.seed, sales: salesFirst });
    return Promise.all([loop(options.seed + 1), loop(options.seed + 2)]);
  };
  const running = both().catch((error: unknown) => failures.push(error));
  return {
    async stop() {
      isStopping = true;
      await running;
      if (failures.length > 0) throw new AggregateError(failures, failures.map(String).join('\n'));
      return { runs };
    },
  };
}

const argumentsOf = ({ seed, sales }: { seed: number; sales: number }): string[] => [
  ...['load', '--seed', String(seed), '--transactions', String(sales), '--members', '150'],
  ...['--days', '2', '--shuffle', String(seed)],
  ...['refunds=0.08', 'voids=0.02', 'retries=0.05'].flatMap((share) => ['--share', share]),
];
