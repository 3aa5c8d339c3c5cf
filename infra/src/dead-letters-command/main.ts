import { runCommandLine } from '../command-line/index.ts';
import { runCommand } from './run.ts';

/** `npm run dead-letters`: see `usage`. */
await runCommandLine('dead-letters', runCommand);
