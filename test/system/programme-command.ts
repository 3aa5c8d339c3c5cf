import { runCommand, type CommandAnswer } from './run-command.ts';

/** Runs the command line as `npm run programme` does. */
export const runProgrammeCommand = (args: readonly string[]): Promise<CommandAnswer> =>
  runCommand('infra/src/programme-command/programme.mjs', args);
