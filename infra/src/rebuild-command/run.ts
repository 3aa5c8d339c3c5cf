import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { done, refused, wrongUse, type Answer, type Surroundings } from '../command-line/index.ts';
import { environmentOf } from '../server-location/index.ts';
import { parseArguments, usage } from './arguments.ts';

/** Each service makes its own part anew, since it alone knows its rules; its output goes to this terminal. */
export async function runRebuild(
  args: readonly string[],
  surroundings: Surroundings,
): Promise<Answer> {
  const command = parseArguments(args);
  switch (command.type) {
    case 'help':
      return done([usage.trimEnd()]);
    case 'wrong_use':
      return wrongUse([command.problem, '', usage.trimEnd()]);
    case 'rebuild': {
      const environment = environmentOf(command.servers, surroundings);
      for (const service of command.services)
        if ((await exitCodeOf(service, environment)) !== 0) return refused([]);
      return done([]);
    }
  }
}

async function exitCodeOf(
  service: string,
  environment: Record<string, string>,
): Promise<number | null> {
  const program = new URL(`../../../services/${service}/dist/rebuild.js`, import.meta.url);
  const child = spawn(process.execPath, ['--enable-source-maps', fileURLToPath(program)], {
    env: environment,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code;
}
