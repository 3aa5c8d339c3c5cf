import { bounded, logLevel, port, serverUrls } from '@semarak/infra/configuration';
import { consumerGroupConfiguration } from '@semarak/infra/workers';
import { z } from 'zod';

const projectionConfiguration = z.object({
  KAFKA_BROKERS: serverUrls.KAFKA_BROKERS,
  SCHEMA_REGISTRY_URL: serverUrls.SCHEMA_REGISTRY_URL,
  CLICKHOUSE_URL: serverUrls.CLICKHOUSE_URL,
  ...consumerGroupConfiguration,
  // See Rounds: inserting takes half of the time at most while nothing is behind.
  ROUND_REST_PERCENT: bounded({ min: 0, max: 100_000, default: 100 }),
  ROUND_MS_MAX: bounded({ min: 0, max: 5_000, default: 750 }),
  // Of a partition that is behind a fetch brings so much, and what a fetch brings is inserted together: an insert
  // costs about the same whatever its rows. What all partitions bring is bounded by FETCH_BYTES_MAX.
  PARTITION_FETCH_BYTES_MAX: bounded({ min: 65_536, max: 104_857_600, default: 4_194_304 }),
  RANGE_RECORDS_MAX: bounded({ min: 1, max: 100_000, default: 50_000 }),
  // See SharedInserts: rows of fewer records wait for those of other partitions.
  SHARED_INSERT_RECORDS_MAX: bounded({ min: 1, max: 100_000, default: 4_000 }),
  PRODUCE_TIMEOUT_MS: bounded({ min: 100, max: 120_000, default: 10_000 }),
  DEAD_LETTERS_PER_THOUSAND_MAX: bounded({ min: 0, max: 1_000, default: 100 }),
  CLICKHOUSE_TIMEOUT_MS: bounded({ min: 100, max: 600_000, default: 30_000 }),
  CLICKHOUSE_CONNECTIONS_MAX: bounded({ min: 1, max: 256, default: 4 }),
  CLICKHOUSE_ATTEMPTS_MAX: bounded({ min: 1, max: 100, default: 8 }),
  CLICKHOUSE_RETRY_DELAY_MS: bounded({ min: 1, max: 60_000, default: 50 }),
  CLICKHOUSE_RETRY_DELAY_MS_MAX: bounded({ min: 1, max: 60_000, default: 2_000 }),
  CLICKHOUSE_TOKENS_MAX: bounded({ min: 2, max: 100, default: 10 }),
});

export type ProjectionConfiguration = z.infer<typeof projectionConfiguration>;

/** What the projector reads from its environment. */
export const projectorConfiguration = projectionConfiguration.extend({
  /** How often /healthz has ClickHouse look for detached parts, at most. */
  DAMAGE_CHECK_MS: bounded({ min: 100, max: 3_600_000, default: 10_000 }),
  LOG_LEVEL: logLevel,
  LISTEN_HOST: z.string().default('127.0.0.1'),
  METRICS_PORT: port,
});

export type ProjectorConfiguration = z.infer<typeof projectorConfiguration>;

/** What a rebuild reads from its environment. */
export const rebuildConfiguration = projectionConfiguration.extend({
  LOG_LEVEL: logLevel.unwrap().default('error'),
  // Shorter than the projector's, so that the new generation is soon as far as the current one.
  ROUND_MS_MAX: bounded({ min: 0, max: 5_000, default: 200 }),
  // A rebuild that was killed is in its group for so long, and the next one waits for it.
  SESSION_TIMEOUT_MS: bounded({ min: 6_000, max: 300_000, default: 10_000 }),
  PROGRESS_EVERY_MS: bounded({ min: 100, max: 60_000, default: 2_000 }),
  /** How long every partition may take to be as far as the current generation, once the end is near. */
  EQUAL_AFTER_MS_MAX: bounded({ min: 0, max: 600_000, default: 10_000 }),
  /** How many records the new generation may be behind after that: they follow within a second. */
  BEHIND_RECORDS_MAX: bounded({ min: 0, max: 1_000_000, default: 2_000 }),
  /** How long nothing may come nearer to the end of the log. */
  STANDSTILL_MS_MAX: bounded({ min: 1_000, max: 3_600_000, default: 120_000 }),
  /** How long the projector may take to go on with the new generation. */
  COME_OVER_MS_MAX: bounded({ min: 1_000, max: 3_600_000, default: 60_000 }),
});

export type RebuildConfiguration = z.infer<typeof rebuildConfiguration>;
