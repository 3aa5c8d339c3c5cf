import { runCommandLine } from '@semarak/infra/command-line';
import { runBench } from './run.ts';

// What is started ends with this process, at its exit; a signal alone would leave it behind.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

/** `npm run bench`: see `usage`. */
await runCommandLine('bench', (args, { workingDir }) =>
  runBench(args, { workingDir, say: (line) => process.stderr.write(`${line}\n`) }),
);
