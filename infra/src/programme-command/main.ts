import { runCommandLine } from '../command-line/index.ts';
import { runCommand } from './run.ts';

/** `npm run programme`: see `usage`. */
await runCommandLine('programme', runCommand);
