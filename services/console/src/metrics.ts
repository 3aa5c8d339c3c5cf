import { createMetrics } from '@semarak/infra/observability';
import { Histogram } from 'prom-client';

const requestSeconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** What a console counts, beside what every service does. */
export function createConsoleMetrics() {
  const common = createMetrics({ service: 'console' });
  return {
    ...common,
    requests: new Histogram({
      name: 'semarak_http_request_seconds',
      help: 'Time from a request’s headers to the end of its answer',
      labelNames: ['method', 'route', 'status'] as const,
      buckets: requestSeconds,
      registers: [common.registry],
    }),
  };
}

export type ConsoleMetrics = ReturnType<typeof createConsoleMetrics>;
