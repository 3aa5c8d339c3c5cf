import { readConfiguration } from '@semarak/infra/configuration';
import { createLog } from '@semarak/infra/observability';
import { runUntilStopped } from '@semarak/infra/workers';
import { projectorConfiguration } from './config.ts';
import { startProjector } from './projector.ts';

const configuration = readConfiguration(projectorConfiguration, process.env);
const log = createLog({ service: 'projector', level: configuration.LOG_LEVEL });

await runUntilStopped({
  log,
  closeMsMax: 20_000,
  start: (fail) => startProjector({ configuration, log, fail }),
});
