import { bounded, logLevel, port, serverUrls } from '@semarak/infra/configuration';
import { httpServerSettings } from '@semarak/infra/http-server';
import { z } from 'zod';

/** The environment of the reports service; every limit has a name with its unit, bounds and a default. */
export const reportsConfiguration = z.object({
  KAFKA_BROKERS: serverUrls.KAFKA_BROKERS,
  CLICKHOUSE_URL: serverUrls.CLICKHOUSE_URL,
  HTTP_PORT: port,
  METRICS_PORT: port,
  LISTEN_HOST: z.string().min(1).default('127.0.0.1'),
  LOG_LEVEL: logLevel,
  /** The only key that this service knows: callers come with it, and it is ClickHouse's password. */
  ANALYST_KEY: z.string().min(8, 'must have at least 8 characters').max(512),
  /** The ClickHouse user, who can only read. */
  ANALYST_USER: z.string().min(1).default('analyst'),
  /** A statement and its JSON around it. */
  BODY_BYTES_MAX: bounded({ min: 1_024, max: 16_777_216, default: 1_048_576 }),
  /** Requests at work at once; more are answered 503. */
  REQUESTS_IN_FLIGHT_MAX: bounded({ min: 1, max: 100_000, default: 1_000 }),
  ...httpServerSettings,
  /** 429 and 503 tell the client to come again after this. */
  RETRY_AFTER_S: bounded({ min: 1, max: 3_600, default: 2 }),
  RATE_LIMIT_WINDOW_MS: bounded({ min: 100, max: 3_600_000, default: 60_000 }),
  /** Requests of the analyst's key in a window. */
  RATE_LIMIT_REQUESTS_MAX: bounded({ min: 1, max: 1_000_000_000, default: 60_000 }),
  /** Requests without a valid key from one address in a window. */
  RATE_LIMIT_UNKNOWN_KEYS_MAX: bounded({ min: 1, max: 1_000_000, default: 120 }),
  /** Reports that ClickHouse works on at once, and those that wait for it; beyond: 429. */
  REPORTS_RUNNING_MAX: bounded({ min: 1, max: 256, default: 4 }),
  REPORTS_WAITING_MAX: bounded({ min: 0, max: 10_000, default: 200 }),
  REPORT_MS_MAX: bounded({ min: 100, max: 600_000, default: 20_000 }),
  /** Statements of analysts that ClickHouse works on at once, and those that wait; beyond: 429. */
  STATEMENTS_RUNNING_MAX: bounded({ min: 1, max: 256, default: 2 }),
  STATEMENTS_WAITING_MAX: bounded({ min: 0, max: 10_000, default: 16 }),
  /** How long either waits for its turn; beyond: 429. */
  TURN_WAIT_MS_MAX: bounded({ min: 10, max: 600_000, default: 20_000 }),
  STATEMENT_MS_MAX: bounded({ min: 1_000, max: 600_000, default: 30_000 }),
  /** Rows of an answer as JSON; what is beyond is left out, and said. */
  STATEMENT_ROWS_MAX: bounded({ min: 1, max: 1_000_000, default: 10_000 }),
  /** Rows of an answer as CSV, and bytes of any; beyond: 422. */
  RESULT_ROWS_MAX: bounded({ min: 1, max: 100_000_000, default: 1_000_000 }),
  RESULT_BYTES_MAX: bounded({ min: 1_024, max: 4_294_967_296, default: 67_108_864 }),
  STATEMENT_MEMORY_BYTES_MAX: bounded({
    min: 1_048_576,
    max: 1_099_511_627_776,
    default: 1_073_741_824,
  }),
  /** Answers of one log position that are kept; whoever asks the same gets them without a query. */
  ANSWERS_KEPT_MAX: bounded({ min: 0, max: 10_000, default: 200 }),
  ANSWERS_KEPT_BYTES_MAX: bounded({ min: 0, max: 4_294_967_296, default: 67_108_864 }),
  KAFKA_TIMEOUT_MS: bounded({ min: 100, max: 60_000, default: 5_000 }),
  CLICKHOUSE_TIMEOUT_MS: bounded({ min: 100, max: 60_000, default: 5_000 }),
  /** How often ClickHouse is asked for detached parts and the like, at most. */
  DAMAGE_CHECK_MS: bounded({ min: 100, max: 3_600_000, default: 10_000 }),
  /** How often the ends of the log are noted, to be told when the numbers have come as far. */
  SAMPLE_EVERY_MS: bounded({ min: 50, max: 60_000, default: 2_000 }),
  /** Noted ends that are not reached yet; beyond, every second one is forgotten. */
  SAMPLES_MAX: bounded({ min: 2, max: 100_000, default: 240 }),
  /** How often the figures for operators in the metrics are read: what waits, which ids are shared. */
  OPERATOR_FIGURES_EVERY_MS: bounded({ min: 100, max: 86_400_000, default: 60_000 }),
  /** How long requests at work may take to finish when the service stops. */
  SHUTDOWN_MS_MAX: bounded({ min: 100, max: 120_000, default: 15_000 }),
});

export type ReportsConfiguration = z.infer<typeof reportsConfiguration>;
