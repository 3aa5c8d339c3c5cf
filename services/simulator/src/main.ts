import { help, parseCommand } from './command-line.ts';
import { readSimulatorConfiguration } from './config.ts';
import { run } from './run.ts';

const command = parseCommand(process.argv.slice(2));
switch (command.type) {
  case 'help':
    process.stdout.write(`${help}\n`);
    break;
  case 'wrong':
    process.stderr.write(`${command.problem}\n\n${help}\n`);
    process.exitCode = 2;
    break;
  case 'run': {
    let settings: ReturnType<typeof readSimulatorConfiguration>;
    try {
      settings = readSimulatorConfiguration(process.env);
    } catch (error) {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
      process.exitCode = 2;
      break;
    }
    try {
      const verdict = await run({
        command,
        ...settings,
        write: (text) => void process.stdout.write(text),
        progress: process.stderr,
      });
      process.exitCode = verdict === 'equal' ? 0 : 1;
    } catch (error) {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
      process.exitCode = 1;
    }
  }
}
