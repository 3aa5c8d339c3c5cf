import { requestSeconds } from '@semarak/infra/http-server';
import { createMetrics } from '@semarak/infra/observability';
import { Counter, Gauge } from 'prom-client';

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
    requests: requestSeconds(common.registry),
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
    lostEnds: new Counter({
      name: 'semarak_gateway_lost_ends_total',
      help: 'Times that a partition had lost records that were answered as accepted; the log names them',
      labelNames: ['topic', 'partition'] as const,
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
