import { readConfiguration } from '../configuration/index.ts';
import { createLog } from '../observability/index.ts';
import { replayConfiguration, type Replayed } from './replay.ts';

/**
 * Runs a replay as a program of its own: prints the sentence that it resolves to and ends with 0, or with 1 and the one
 * that it throws.
 */
export async function runReplayProgram<State>(
  of: Pick<Replayed<State>, 'worker' | 'input' | 'logic'>,
  run: (replayed: Replayed<State>) => Promise<string>,
): Promise<void> {
  try {
    const configuration = readConfiguration(replayConfiguration, process.env);
    const log = createLog({ service: `${of.worker}-rebuild`, level: 'silent' });
    const sentence = await run({ ...of, configuration, log, stream: process.stderr });
    process.stdout.write(`${of.worker}: ${sentence}\n`);
  } catch (error) {
    process.stderr.write(
      `${of.worker}: ${error instanceof Error ? error.message : String(error)}\n`,
    );
    process.exitCode = 1;
  }
}
