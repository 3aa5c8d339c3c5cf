import { readConfiguration } from '@semarak/infra/configuration';
import { createLog } from '@semarak/infra/observability';
import { runUntilStopped } from '@semarak/infra/workers';
import { reportsConfiguration } from './config.ts';
import { startReports } from './reports.ts';

const configuration = readConfiguration(reportsConfiguration, process.env);
const log = createLog({ service: 'reports', level: configuration.LOG_LEVEL });

await runUntilStopped({
  log,
  closeMsMax: configuration.SHUTDOWN_MS_MAX + 10_000,
  start: () => startReports({ configuration, log }),
});
