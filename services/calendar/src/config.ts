import { bounded, logLevel, port, serverUrls } from '@semarak/infra/configuration';
import { clockConfiguration } from '@semarak/infra/trusted-clock';
import { z } from 'zod';

/** What the calendar reads from its environment. */
export const calendarConfiguration = z.object({
  KAFKA_BROKERS: serverUrls.KAFKA_BROKERS,
  SCHEMA_REGISTRY_URL: serverUrls.SCHEMA_REGISTRY_URL,
  REDIS_URL: serverUrls.REDIS_URL,
  LOG_LEVEL: logLevel,
  LISTEN_HOST: z.string().default('127.0.0.1'),
  METRICS_PORT: port,
  ...clockConfiguration,
  GRACE_MINUTES: bounded({ min: 0, max: 2_880, default: 60 }),
  LOOK_INTERVAL_MS: bounded({ min: 100, max: 3_600_000, default: 5_000 }),
  FAILURES_MAX: bounded({ min: 1, max: 1_000, default: 20 }),
  FAILURE_DELAY_MS: bounded({ min: 1, max: 60_000, default: 500 }),
  FAILURE_DELAY_MS_MAX: bounded({ min: 1, max: 600_000, default: 15_000 }),
  PRODUCE_TIMEOUT_MS: bounded({ min: 100, max: 120_000, default: 10_000 }),
  STORE_TIMEOUT_MS: bounded({ min: 100, max: 120_000, default: 10_000 }),
});

export type CalendarConfiguration = z.infer<typeof calendarConfiguration>;
