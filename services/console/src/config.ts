import { bounded, logLevel, port } from '@semarak/infra/configuration';
import { httpServerSettings } from '@semarak/infra/http-server';
import { z } from 'zod';

/** The console's environment; every limit has a name with its unit, bounds and a default. */
export const consoleConfiguration = z.object({
  HTTP_PORT: port,
  METRICS_PORT: port,
  LISTEN_HOST: z.string().min(1).default('127.0.0.1'),
  LOG_LEVEL: logLevel,
  /** The reports service, which answers what the page asks. */
  REPORTS_URL: z.url({ protocol: /^https?$/ }),
  /** How long the reports service may take to begin its answer; longer than its own limit of a query. */
  REPORTS_ANSWER_MS_MAX: bounded({ min: 100, max: 600_000, default: 60_000 }),
  /** How long a connection to the reports service may take. */
  REPORTS_CONNECT_MS_MAX: bounded({ min: 100, max: 60_000, default: 3_000 }),
  /** Connections to the reports service; more requests wait for one. */
  REPORTS_CONNECTIONS_MAX: bounded({ min: 1, max: 1_000, default: 32 }),
  /** Requests at work at once; more are answered 503. */
  REQUESTS_IN_FLIGHT_MAX: bounded({ min: 1, max: 100_000, default: 1_000 }),
  /** What is forwarded with one request, which is an SQL statement at most. */
  BODY_BYTES_MAX: bounded({ min: 1_024, max: 16_777_216, default: 1_048_576 }),
  ...httpServerSettings,
  /** 503 tells the client to come again after this. */
  RETRY_AFTER_S: bounded({ min: 1, max: 3_600, default: 2 }),
  /** How long requests at work may take to finish when the console stops. */
  SHUTDOWN_MS_MAX: bounded({ min: 100, max: 120_000, default: 10_000 }),
});

export type Configuration = z.infer<typeof consoleConfiguration>;
