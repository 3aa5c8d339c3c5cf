import type { Log } from '@semarak/infra/observability';
import type { VerifyCommand } from './command-line.ts';
import { Differences } from './comparison/differences.ts';
import type { Configuration } from './config.ts';
import { startProgress } from './progress.ts';
import { compareAll, type Compared } from './round.ts';
import { CannotVerify, cutNow, type Cut } from './servers/catching-up.ts';
import { connect, type Connection } from './servers/connection.ts';

/** What came out, in lines for a person. */
export interface Verdict {
  /** 0 equal, 1 something differs, 2 it cannot be told. */
  readonly exitCode: 0 | 1 | 2;
  readonly lines: readonly string[];
}

/** Recounts and compares; what changes meanwhile is compared again, a bounded number of times. */
export async function verify(options: {
  command: VerifyCommand;
  configuration: Configuration;
  log: Log;
  /** Where progress is shown. */
  stream: NodeJS.WriteStream;
}): Promise<Verdict> {
  const { command, configuration, log, stream } = options;
  const startedAt = performance.now();
  const connection = await connect(configuration, log);
  try {
    const differences = new Differences(command.differencesMax);
    let wanted: Set<string> | undefined;
    let compared: Compared | undefined;
    for (let round = 1; round <= command.roundsMax && wanted?.size !== 0; round++) {
      const cut = await cutNow(connection, command.waitSeconds * 1_000);
      const title = round === 1 ? 'Recounting' : `Recounting, round ${round}`;
      const progress = startProgress({ title, total: recordsOf(cut), stream });
      const unsettled = new Set<string>();
      const found = await compareAll({
        connection,
        cut,
        wanted,
        configuration,
        report: (difference) => differences.add(difference),
        unsettled: (what) => void unsettled.add(what),
        progress,
      });
      progress.finish();
      compared ??= found;
      wanted = unsettled;
    }
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
    return verdict({ differences, compared, unsettled: wanted ?? new Set(), seconds });
  } catch (error) {
    if (error instanceof CannotVerify) return { exitCode: 2, lines: [error.message] };
    throw error;
  } finally {
    await close(connection);
  }
}

/** `transactions` is read twice, first for the programmes. */
function recordsOf({ cuts }: Cut): number {
  const sum = (offsets: readonly number[]) => offsets.reduce((total, offset) => total + offset, 0);
  return 2 * sum(cuts.of('transactions')) + sum(cuts.of('entitlements'));
}

const close = (connection: Connection): Promise<void> => connection.close();

function verdict(of: {
  differences: Differences;
  compared: Compared | undefined;
  unsettled: ReadonlySet<string>;
  seconds: string;
}): Verdict {
  const { differences, compared, unsettled, seconds } = of;
  const { transactions = 0, events = 0, rows = 0, states = 0 } = compared ?? {};
  const summary = `Recounted ${transactions} records of transactions and ${events} derived events; compared ${rows} rows and ${states} states in ${seconds} s.`;
  if (differences.total > 0) {
    const counts = [...differences.counts].map(([where, count]) => `${where} ${count}`).join(', ');
    return {
      exitCode: 1,
      lines: [...differences.lines(), '', summary, `${differences.total} differences: ${counts}.`],
    };
  }
  if (unsettled.size > 0)
    return {
      exitCode: 2,
      lines: [
        summary,
        `The log grew all the time, so nothing can be said of ${[...unsettled].sort().join(', ')}; all the rest is equal. Try again with a larger --rounds-max, or when less comes in.`,
      ],
    };
  return { exitCode: 0, lines: [summary, 'Everything is equal.'] };
}
