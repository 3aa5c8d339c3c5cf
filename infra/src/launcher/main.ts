import { join } from 'node:path';
import { checkoutRoot, InstallError, ProcessFailure } from '../local-stack/index.ts';
import { parseArguments, usage, type LaunchOptions } from './arguments.ts';
import { ensureKeys } from './keys.ts';
import { kafkaFlush } from './kafka-flush.ts';
import { startLimits } from './start-limits.ts';
import { launch } from './launch.ts';
import { planLaunch } from './launch-plan.ts';
import { ephemeralPorts, planPorts, portsInUse, portsInUseSentence, wantedPorts } from './ports.ts';
import { checkRoom } from './room.ts';
import { planStack } from './stack-plan.ts';
import { stopOnSignals } from './stop-signals.ts';
import { Terminal } from './terminal.ts';

async function run(options: LaunchOptions): Promise<number> {
  const start = startLimits(options, process.env);
  const flush = kafkaFlush(process.env);
  const terminal = new Terminal(process.stdout);
  const ports = planPorts(options.portBase);
  const keysFile = join(options.dataDir, 'keys.json');
  const plan = async () => {
    checkRoom(options.dataDir);
    const taken = await portsInUse(wantedPorts(ports, options.extent));
    if (taken.length > 0) throw new InstallError(portsInUseSentence(taken));
    const progress = (line: string): void => terminal.line(line);
    const keys = ensureKeys(keysFile);
    const { dataDir } = options;
    const place = { dataDir, ports, keysFile };
    const stack = await planStack({ ...place, keys, kafkaFlush: flush, progress });
    return planLaunch(stack, options.extent, place);
  };
  return launch({ options, terminal, plan, stop: stopOnSignals(), start });
}

/** npm runs its scripts in the checkout's root and says where the person was. */
function workingDir(): string {
  const { INIT_CWD, npm_lifecycle_event } = process.env;
  return npm_lifecycle_event === 'start' && INIT_CWD !== undefined ? INIT_CWD : process.cwd();
}

const command = parseArguments(process.argv.slice(2), {
  workingDir: workingDir(),
  checkoutRoot,
  ephemeralPorts: ephemeralPorts(),
});
switch (command.type) {
  case 'help':
    console.log(usage);
    break;
  case 'refused':
    console.error(`${command.problem}\n\n${usage}`);
    process.exitCode = 2;
    break;
  case 'run':
    try {
      process.exitCode = await run(command.options);
    } catch (error) {
      const known = error instanceof InstallError || error instanceof ProcessFailure;
      console.error(known ? error.message : error);
      process.exitCode = 1;
    }
    break;
}
