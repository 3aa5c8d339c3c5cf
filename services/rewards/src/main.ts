import { readConfiguration } from '@semarak/infra/configuration';
import { createLog } from '@semarak/infra/observability';
import {
  runUntilStopped,
  startStreamWorker,
  streamWorkerConfiguration,
} from '@semarak/infra/workers';
import { rewardsLogic } from './rewards-logic.ts';

const configuration = readConfiguration(streamWorkerConfiguration, process.env);
const log = createLog({ service: 'rewards', level: configuration.LOG_LEVEL });

await runUntilStopped({
  log,
  closeMsMax: 20_000,
  start: (fail, stopping) =>
    startStreamWorker({
      worker: 'rewards',
      input: 'entitlements',
      logic: rewardsLogic,
      configuration,
      log,
      fail,
      stopping,
    }),
});
