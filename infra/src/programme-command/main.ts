import { createLog } from '../observability/index.ts';
import { runCommand } from './run.ts';

/** `npm run programme`: see `usage`. What the clients log is for nobody at this terminal. */
const log = createLog({ service: 'programme', level: 'silent' });
const environment = process.env;

try {
  const { exitCode, lines } = await runCommand(process.argv.slice(2), {
    // npm runs scripts in the package's folder and says here where the person is.
    workingDir: environment['INIT_CWD'] ?? process.cwd(),
    environment,
    log,
    clock: Date.now,
  });
  (exitCode === 0 ? process.stdout : process.stderr).write(`${lines.join('\n')}\n`);
  process.exitCode = exitCode;
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
