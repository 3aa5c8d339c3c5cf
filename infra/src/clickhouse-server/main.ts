import { pino } from 'pino';
import { parseClickHouseServerConfig } from './config.ts';
import { startClickHouseServer } from './server.ts';

const config = parseClickHouseServerConfig(process.env);
const logger = pino({ name: 'clickhouse', level: config.LOG_LEVEL });

const server = await startClickHouseServer({ config, logger }).catch((error: unknown) => {
  logger.fatal({ err: error }, 'cannot start');
  process.exit(1);
});
const host = config.CLICKHOUSE_LISTEN_HOST;
logger.info({ host, port: server.port, sessions: server.sessions }, 'listening');
if (server.sessions < config.CLICKHOUSE_SESSIONS_MAX) {
  logger.warn(
    { sessions: server.sessions, configured: config.CLICKHOUSE_SESSIONS_MAX },
    'fewer sessions than configured: start the process with a larger UV_THREADPOOL_SIZE',
  );
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    logger.info({ signal }, 'stopping');
    void server.close().then(
      () => {
        logger.info('stopped');
        process.exit(0);
      },
      (error: unknown) => {
        logger.fatal({ err: error }, 'stopping failed');
        process.exit(1);
      },
    );
  });
}
