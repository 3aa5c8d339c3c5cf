import { createMetrics } from '@semarak/infra/observability';
import { Counter, Gauge, Histogram } from 'prom-client';

const requestSeconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** What a gateway counts, beside what every service does. */
export function createGatewayMetrics(reads: { queueLength: () => number; waiters: () => number }) {
  const common = createMetrics({ service: 'gateway' });
  const registers = [common.registry];
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  return {
    ...common,
    requests: new Histogram({
      name: 'semarak_http_request_seconds',
      help: 'Time from a request’s headers to the end of its answer',
      labelNames: ['method', 'route', 'status'] as const,
      buckets: requestSeconds,
      registers,
    }),
    items: new Counter({
      name: 'semarak_gateway_items_total',
      help: 'Transactions and enrolments by what became of them: accepted, duplicate, conflict, invalid',
      labelNames: ['kind', 'status'] as const,
      registers,
    }),
    unavailable: new Counter({
      name: 'semarak_gateway_unavailable_total',
      help: 'Requests answered 503, by what was missing',
      labelNames: ['reason'] as const,
      registers,
    }),
    forgotten: new Counter({
      name: 'semarak_gateway_duplicates_forgotten_total',
      help: 'Appends whose transactions could not be remembered; accrual tells their repeats',
      registers,
    }),
    queueLength: gauge(
      'semarak_gateway_append_queue_records',
      'Records waiting for Kafka',
      reads.queueLength,
    ),
    waiters: gauge('semarak_gateway_waiters', 'Requests waiting for an outcome', reads.waiters),
  };
}

export type GatewayMetrics = ReturnType<typeof createGatewayMetrics>;
