import { runCommandLine } from '@semarak/infra/command-line';
import { runBench } from './run.ts';

/** `npm run bench`: see `usage`. */
await runCommandLine('bench', (args) =>
  runBench(args, (line) => process.stderr.write(`${line}\n`)),
);
