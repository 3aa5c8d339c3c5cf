import { requestSeconds } from '@semarak/infra/http-server';
import { createMetrics } from '@semarak/infra/observability';
import { Counter, Gauge, Histogram } from 'prom-client';
import type { OperatorFigures } from './operators/figures.ts';

/** What the reports service counts, beside what every service does. */
export function createReportsMetrics(reads: {
  readonly completeUpToMs: () => number | undefined;
  readonly operatorFigures: () => OperatorFigures | undefined;
}) {
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
    waiting: new Gauge({
      name: 'semarak_waiting_records',
      help: 'Records that wait for another, by what they wait for; the relation waiting_records names them',
      labelNames: ['programme', 'reason'] as const,
      registers,
      collect() {
        this.reset();
        for (const { programme, reason, records } of reads.operatorFigures()?.waiting ?? [])
          this.set({ programme, reason }, records);
      },
    }),
    waitingOldest: new Gauge({
      name: 'semarak_waiting_oldest_seconds',
      help: 'How long the one of them waits that came first',
      labelNames: ['programme', 'reason'] as const,
      registers,
      collect() {
        this.reset();
        for (const { programme, reason, oldestSeconds } of reads.operatorFigures()?.waiting ?? [])
          this.set({ programme, reason }, oldestSeconds);
      },
    }),
    sharedIds: new Gauge({
      name: 'semarak_shared_transaction_ids',
      help: 'Ids under which sales stand for more than one member; shared_transaction_ids names them',
      labelNames: ['programme'] as const,
      registers,
      collect() {
        this.reset();
        for (const { programme, ids } of reads.operatorFigures()?.sharedIds ?? [])
          this.set({ programme }, ids);
      },
    }),
  };
}

export type ReportsMetrics = ReturnType<typeof createReportsMetrics>;
