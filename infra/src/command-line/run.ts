import { createLog, type Log } from '../observability/index.ts';

/** What a command leaves: lines for standard output, or for standard error when it did not work. */
export interface Answer {
  readonly exitCode: 0 | 1 | 2;
  readonly lines: readonly string[];
}

export interface Surroundings {
  /** Files that are named are relative to it. */
  readonly workingDir: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
  readonly clock: () => number;
}

export const done = (lines: readonly string[]): Answer => ({ exitCode: 0, lines });
export const refused = (lines: readonly string[]): Answer => ({ exitCode: 1, lines });
export const wrongUse = (lines: readonly string[]): Answer => ({ exitCode: 2, lines });

/**
 * Runs a command with this process's arguments, prints its answer and sets the exit code; 1 for what it
 * throws. What the clients log is for nobody at this terminal.
 */
export async function runCommandLine(
  service: string,
  run: (args: readonly string[], surroundings: Surroundings) => Promise<Answer>,
): Promise<void> {
  const environment = process.env;
  try {
    const { exitCode, lines } = await run(process.argv.slice(2), {
      // npm runs scripts in the package's folder and says here where the person is.
      workingDir: environment['INIT_CWD'] ?? process.cwd(),
      environment,
      log: createLog({ service, level: 'silent' }),
      clock: Date.now,
    });
    const text = lines.map((line) => `${line}\n`).join('');
    (exitCode === 0 ? process.stdout : process.stderr).write(text);
    process.exitCode = exitCode;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
