import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { environmentOf } from '../server-location/index.ts';
import { parseArguments, usage } from './arguments.ts';

/** `npm run rebuild`: each service makes its own part anew, since it alone knows its rules. */
const command = parseArguments(process.argv.slice(2));

switch (command.type) {
  case 'help':
    process.stdout.write(usage);
    break;
  case 'wrong_use':
    process.stderr.write(`${command.problem}\n\n${usage}`);
    process.exitCode = 2;
    break;
  case 'rebuild':
    try {
      // npm runs scripts in the package's folder and says here where the person is.
      const workingDir = process.env['INIT_CWD'] ?? process.cwd();
      const environment = environmentOf(command.servers, { environment: process.env, workingDir });
      for (const service of command.services) {
        process.exitCode = await run(service, environment);
        if (process.exitCode !== 0) break;
      }
    } catch (error) {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
      process.exitCode = 1;
    }
}

async function run(service: string, environment: Record<string, string>): Promise<number> {
  const program = new URL(`../../../services/${service}/dist/rebuild.js`, import.meta.url);
  const child = spawn(process.execPath, ['--enable-source-maps', fileURLToPath(program)], {
    env: environment,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}
