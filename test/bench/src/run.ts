import { done, refused, wrongUse, type Answer } from '@semarak/infra/command-line';
import { benchAccrual } from './accrual/bench.ts';
import { benchGateway } from './gateway/bench.ts';
import { parseArguments, usage } from './arguments.ts';
import { measuredLines, type Measured } from './measured.ts';
import { benchPipeline } from './pipeline/bench.ts';
import { benchProjector } from './projector/bench.ts';
import { benchRecovery } from './recovery/bench.ts';
import { benchReports } from './reports/bench.ts';
import { resultLines } from './reports/result.ts';
import { benchRewards } from './rewards/bench.ts';
import type { Say } from './stack/bench-stack.ts';

/** `npm run bench`: see `usage`. `say` is given a line for each step that takes its time. */
export async function runBench(
  args: readonly string[],
  { workingDir, say }: { readonly workingDir: string; readonly say: Say },
): Promise<Answer> {
  const command = parseArguments(args, workingDir);
  switch (command.type) {
    case 'help':
      return done([usage]);
    case 'wrong_use':
      return wrongUse([command.problem, '', usage]);
    case 'reports': {
      const result = await benchReports(command, say);
      const lines = command.output === 'json' ? [JSON.stringify(result)] : resultLines(result);
      return result.reports.every(({ equal }) => equal) ? done(lines) : refused(lines);
    }
    case 'accrual':
      return answerOf(await benchAccrual(command, say), command.output);
    case 'rewards':
      return answerOf(await benchRewards(command, say), command.output);
    case 'projector':
      return answerOf(await benchProjector(command, say), command.output);
    case 'gateway':
      return answerOf(await benchGateway(command, say), command.output);
    case 'recovery':
      return answerOf(await benchRecovery(command, say), command.output);
    case 'pipeline':
      return answerOf(await benchPipeline(command, say), command.output);
  }
}

function answerOf(measured: Measured, output: 'table' | 'json'): Answer {
  const lines = output === 'json' ? [JSON.stringify(measured)] : measuredLines(measured);
  return measured.exact ? done(lines) : refused(lines);
}
