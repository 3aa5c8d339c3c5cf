import { bounded, logLevel, port, serverUrls } from '@semarak/infra/configuration';
import { consumerGroupConfiguration } from '@semarak/infra/workers';
import { z } from 'zod';

/** What the projector reads from its environment. */
export const projectorConfiguration = z.object({
  KAFKA_BROKERS: serverUrls.KAFKA_BROKERS,
  SCHEMA_REGISTRY_URL: serverUrls.SCHEMA_REGISTRY_URL,
  CLICKHOUSE_URL: serverUrls.CLICKHOUSE_URL,
  ...consumerGroupConfiguration,
  // A round of inserts carries three quarters of a second of records: 32 input partitions then cost ClickHouse
  // a few dozen inserts a second under load, and rows are visible within about a second.
  ROUND_MS_MIN: bounded({ min: 0, max: 5_000, default: 750 }),
  LOG_LEVEL: logLevel,
  LISTEN_HOST: z.string().default('127.0.0.1'),
  METRICS_PORT: port,
  RANGE_RECORDS_MAX: bounded({ min: 1, max: 100_000, default: 10_000 }),
  PRODUCE_TIMEOUT_MS: bounded({ min: 100, max: 120_000, default: 10_000 }),
  DEAD_LETTERS_PER_THOUSAND_MAX: bounded({ min: 0, max: 1_000, default: 100 }),
  CLICKHOUSE_TIMEOUT_MS: bounded({ min: 100, max: 600_000, default: 30_000 }),
  CLICKHOUSE_CONNECTIONS_MAX: bounded({ min: 1, max: 256, default: 4 }),
  CLICKHOUSE_ATTEMPTS_MAX: bounded({ min: 1, max: 100, default: 8 }),
  CLICKHOUSE_RETRY_DELAY_MS: bounded({ min: 1, max: 60_000, default: 50 }),
  CLICKHOUSE_RETRY_DELAY_MS_MAX: bounded({ min: 1, max: 60_000, default: 2_000 }),
  CLICKHOUSE_TOKENS_MAX: bounded({ min: 1, max: 100, default: 10 }),
});

export type ProjectorConfiguration = z.infer<typeof projectorConfiguration>;
