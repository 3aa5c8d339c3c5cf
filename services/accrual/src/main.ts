import { readConfiguration } from '@semarak/infra/configuration';
import { createLog } from '@semarak/infra/observability';
import {
  runUntilStopped,
  startStreamWorker,
  streamWorkerConfiguration,
} from '@semarak/infra/workers';
import { accrual } from './accrual.ts';

const configuration = readConfiguration(streamWorkerConfiguration, process.env);
const log = createLog({ service: 'accrual', level: configuration.LOG_LEVEL });

await runUntilStopped({
  log,
  closeMsMax: 20_000,
  start: (fail, stopping) =>
    startStreamWorker({
      worker: 'accrual',
      input: 'transactions',
      logic: accrual,
      configuration,
      log,
      fail,
      stopping,
    }),
});
