import type { Log } from '@semarak/infra/observability';
import type { VerifyCommand } from './command-line.ts';
import { Differences } from './comparison/differences.ts';
import type { Configuration } from './config.ts';
import { startProgress } from '@semarak/infra/progress';
import type { Compared } from './round/context.ts';
import { compareAll } from './round/round.ts';
import { verdictOf, type Verdict } from './verdict.ts';
import { CannotVerify, cutNow, type Cut } from './servers/catching-up.ts';
import { connect } from './servers/connection.ts';

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
      if (wanted !== undefined) differences.forget(wanted);
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
    return verdictOf({ differences, compared, unsettled: wanted ?? new Set(), seconds });
  } catch (error) {
    if (error instanceof CannotVerify) return { exitCode: 2, lines: [error.message] };
    throw error;
  } finally {
    await connection.close();
  }
}

/** `transactions` is read twice, first for the programmes. */
function recordsOf({ cuts }: Cut): number {
  const sum = (offsets: readonly number[]) => offsets.reduce((total, offset) => total + offset, 0);
  return 2 * sum(cuts.of('transactions')) + sum(cuts.of('entitlements'));
}
