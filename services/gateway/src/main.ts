import { createLog } from '@semarak/infra/observability';
import { runUntilStopped } from '@semarak/infra/workers';
import { readGatewayConfiguration } from './config.ts';
import { startGateway } from './gateway.ts';

const { configuration, keys } = readGatewayConfiguration(process.env);
const log = createLog({ service: 'gateway', level: configuration.LOG_LEVEL });

await runUntilStopped({
  log,
  closeMsMax: configuration.SHUTDOWN_MS_MAX + 10_000,
  start: (fail) => startGateway({ configuration, keys, log, fail }),
});
