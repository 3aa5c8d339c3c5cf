import { createLog } from '@semarak/infra/observability';
import { readGatewayConfiguration } from './config.ts';
import { startGateway } from './gateway.ts';

const { configuration, keys } = readGatewayConfiguration(process.env);
const log = createLog({ service: 'gateway', level: configuration.LOG_LEVEL });
const gateway = await startGateway({ configuration, keys, log });
log.info({ url: gateway.url }, 'the gateway listens');

let stopping = false;
const stop = (signal: NodeJS.Signals): void => {
  if (stopping) return;
  stopping = true;
  log.info({ signal }, 'stopping: requests at work are finished first');
  gateway.close().then(
    () => {
      log.info('stopped');
      process.exit(0);
    },
    (error: unknown) => {
      log.fatal({ error }, 'stopping failed');
      process.exit(1);
    },
  );
};
process.on('SIGTERM', stop);
process.on('SIGINT', stop);
