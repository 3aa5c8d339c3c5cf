import { createLog } from '@semarak/infra/observability';
import { parseCommand, usage } from './command-line.ts';
import { configurationOf } from './config.ts';
import { verify } from './verify.ts';

/** `npm run verify`: see `usage`. What the clients log is for nobody at this terminal. */
const log = createLog({ service: 'verify', level: 'silent' });
const environment = process.env;
const command = parseCommand(process.argv.slice(2));

switch (command.type) {
  case 'help':
    process.stdout.write(usage);
    break;
  case 'wrong_use':
    process.stderr.write(`${command.problem}\n\n${usage}`);
    process.exitCode = 2;
    break;
  case 'verify':
    try {
      // npm runs scripts in the package's folder and says here where the person is.
      const workingDir = environment['INIT_CWD'] ?? process.cwd();
      const configuration = configurationOf(command.servers, { environment, workingDir });
      const { exitCode, lines } = await verify({
        command,
        configuration,
        log,
        stream: process.stderr,
      });
      process.stdout.write(`${lines.join('\n')}\n`);
      process.exitCode = exitCode;
    } catch (error) {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
      process.exitCode = 2;
    }
}
