import { Counter, Histogram, type Registry } from 'prom-client';

const insertSeconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** What a client of ClickHouse counts. */
export function createClickHouseMetrics(registry: Registry) {
  return {
    inserts: new Counter({
      name: 'semarak_clickhouse_inserts_total',
      help: 'Blocks inserted, by how: first_try, found, retried, new_token',
      labelNames: ['table', 'outcome'] as const,
      registers: [registry],
    }),
    rows: new Counter({
      name: 'semarak_clickhouse_rows_inserted_total',
      help: 'Rows of blocks inserted',
      labelNames: ['table'] as const,
      registers: [registry],
    }),
    seconds: new Histogram({
      name: 'semarak_clickhouse_insert_seconds',
      help: 'Time until a block was in ClickHouse, retries included',
      labelNames: ['table'] as const,
      buckets: insertSeconds,
      registers: [registry],
    }),
  };
}

export type ClickHouseMetrics = ReturnType<typeof createClickHouseMetrics>;
