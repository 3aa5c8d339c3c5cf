import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Seconds; from a batch of a few records to one that should page somebody. */
const batchSeconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/**
 * The metrics that every worker has, in one typed list; names follow kafka_exporter and kminion
 * (`kafka_consumergroup_group_…`) where they mean the same.
 */
export function createMetrics(options: { service: string }) {
  const registry = new Registry();
  registry.setDefaultLabels({ service: options.service });
  collectDefaultMetrics({ register: registry });
  const partition = ['topic', 'partition'] as const;
  return {
    registry,
    records: new Counter({
      name: 'semarak_records_processed_total',
      help: 'Input records whose effects are committed',
      labelNames: partition,
      registers: [registry],
    }),
    produced: new Counter({
      name: 'semarak_records_produced_total',
      help: 'Records acknowledged by Kafka, repeats included',
      labelNames: ['topic'],
      registers: [registry],
    }),
    filtered: new Counter({
      name: 'semarak_records_filtered_total',
      help: 'Derived records dropped because their effect was already there',
      labelNames: partition,
      registers: [registry],
    }),
    deadLetters: new Counter({
      name: 'semarak_dead_letters_total',
      help: 'Records that could not be read',
      labelNames: partition,
      registers: [registry],
    }),
    position: new Gauge({
      name: 'semarak_partition_position',
      help: 'Offset of the next input record whose effects are not committed yet',
      labelNames: partition,
      registers: [registry],
    }),
    lag: new Gauge({
      name: 'kafka_consumergroup_group_lag',
      help: 'Records between the position and the end of the partition',
      labelNames: partition,
      registers: [registry],
    }),
    acquisitions: new Counter({
      name: 'semarak_partition_acquisitions_total',
      help: 'How often a partition was acquired, by why',
      labelNames: [...partition, 'reason'] as const,
      registers: [registry],
    }),
    batchSeconds: new Histogram({
      name: 'semarak_batch_seconds',
      help: 'Time a slice of a batch took, by step',
      labelNames: ['step'],
      buckets: batchSeconds,
      registers: [registry],
    }),
  };
}

export type Metrics = ReturnType<typeof createMetrics>;
