import { requestSeconds } from '@semarak/infra/http-server';
import { createMetrics } from '@semarak/infra/observability';
import { Counter, Gauge, Histogram } from 'prom-client';

/** What the reports service counts, beside what every service does. */
export function createReportsMetrics(reads: { completeUpToMs: () => number | undefined }) {
  const common = createMetrics({ service: 'reports' });
  const registers = [common.registry];
  return {
    ...common,
    requests: requestSeconds(common.registry),
    answers: new Counter({
      name: 'semarak_reports_answers_total',
      help: 'Answers by where they came from: query, kept, not_modified',
      labelNames: ['from'] as const,
      registers,
    }),
    querySeconds: new Histogram({
      name: 'semarak_reports_query_seconds',
      help: 'Time that ClickHouse took, by report; statements of analysts as "statement"',
      labelNames: ['report'] as const,
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers,
    }),
    unavailable: new Counter({
      name: 'semarak_reports_unavailable_total',
      help: 'Requests answered 503',
      registers,
    }),
    completeUpTo: new Gauge({
      name: 'semarak_reports_complete_up_to_seconds',
      help: 'Everything that was in the log at this Unix time is in the numbers',
      registers,
      collect() {
        const at = reads.completeUpToMs();
        if (at !== undefined) this.set(at / 1000);
      },
    }),
  };
}

export type ReportsMetrics = ReturnType<typeof createReportsMetrics>;
