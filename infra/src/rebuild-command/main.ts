import { runCommandLine } from '../command-line/index.ts';
import { runRebuild } from './run.ts';

/** `npm run rebuild`: see `usage`. */
await runCommandLine('rebuild', runRebuild);
