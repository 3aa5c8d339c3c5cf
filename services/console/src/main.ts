import { readConfiguration } from '@semarak/infra/configuration';
import { createLog } from '@semarak/infra/observability';
import { runUntilStopped } from '@semarak/infra/workers';
import { consoleConfiguration } from './config.ts';
import { startConsole } from './console.ts';

const configuration = readConfiguration(consoleConfiguration, process.env);
const log = createLog({ service: 'console', level: configuration.LOG_LEVEL });

await runUntilStopped({
  log,
  closeMsMax: configuration.SHUTDOWN_MS_MAX + 10_000,
  start: () => startConsole({ configuration, log }),
});
