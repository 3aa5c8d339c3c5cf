import { createClickHouse, createClickHouseMetrics } from '@semarak/infra/clickhouse';
import { runConsumerGroup } from '@semarak/infra/consumer-group';
import { createKafka, createProducer, watermarksOf } from '@semarak/infra/kafka';
import { createMetrics, serveObservability, type Log } from '@semarak/infra/observability';
import { ProjectionTask } from '@semarak/infra/projection';
import { createCodec } from '@semarak/infra/records';
import { DeadLetterShare } from '@semarak/infra/stream-processor';
import { consumerGroupLimits, workerClientId, type Running } from '@semarak/infra/workers';
import type { ProjectorConfiguration } from './config.ts';
import { projectedTopics, projectionOf, type ProjectedTopic } from './source.ts';
import { warehouseOf } from './warehouse.ts';

const name = 'projector';

type Admin = ReturnType<ReturnType<typeof createKafka>['admin']>;

/** Connects everything around the projection and runs it on the partitions the group assigns here. */
export async function startProjector(options: {
  configuration: ProjectorConfiguration;
  log: Log;
  fail: (error: Error) => void;
}): Promise<Running> {
  const { configuration, log } = options;
  const metrics = createMetrics({ service: name });
  const clientId = workerClientId({ worker: name, metricsPort: configuration.METRICS_PORT });
  const kafka = createKafka({ brokers: configuration.KAFKA_BROKERS, clientId, log });
  const codec = await createCodec({ registryUrl: configuration.SCHEMA_REGISTRY_URL });
  const clickhouse = createClickHouse({
    url: configuration.CLICKHOUSE_URL,
    limits: clickHouseLimits(configuration),
    metrics: createClickHouseMetrics(metrics.registry),
  });
  const warehouse = warehouseOf(clickhouse);
  const timeoutMs = configuration.PRODUCE_TIMEOUT_MS;
  const producer = await createProducer({ kafka, metrics, timeoutMs });
  const admin = kafka.admin();
  await admin.connect();
  const deadLetterShare = new DeadLetterShare(configuration.DEAD_LETTERS_PER_THOUSAND_MAX);
  const group = await runConsumerGroup({
    kafka,
    clientId,
    groupId: name,
    topics: projectedTopics,
    concurrency: await partitionCount(admin),
    limits: consumerGroupLimits(configuration),
    log,
    onFatal: options.fail,
    taskFor: ({ topic, partition, offsets }) =>
      new ProjectionTask({
        worker: name,
        topic,
        partition,
        projection: projectionOf(topic as ProjectedTopic),
        codec,
        offsets,
        warehouse,
        append: (records) => producer.append(records),
        deadLetterShare,
        watermarks: () => watermarksOf(admin, { topic, partition }),
        limits: {
          rangeRecordsMax: configuration.RANGE_RECORDS_MAX,
          roundMsMin: configuration.ROUND_MS_MIN,
        },
        metrics,
        log,
      }),
  });
  const observability = await serveObservability({
    port: configuration.METRICS_PORT,
    host: configuration.LISTEN_HOST,
    metrics,
    health: () => ({ problems: group.problems() }),
  });
  return {
    async close() {
      await group.close();
      await producer.close();
      await admin.disconnect();
      await clickhouse.close();
      await observability.close();
    },
  };
}

const clickHouseLimits = (configuration: ProjectorConfiguration) => ({
  requestTimeoutMs: configuration.CLICKHOUSE_TIMEOUT_MS,
  connectionsMax: configuration.CLICKHOUSE_CONNECTIONS_MAX,
  attemptsMax: configuration.CLICKHOUSE_ATTEMPTS_MAX,
  retryDelayMs: configuration.CLICKHOUSE_RETRY_DELAY_MS,
  retryDelayMsMax: configuration.CLICKHOUSE_RETRY_DELAY_MS_MAX,
  tokensMax: configuration.CLICKHOUSE_TOKENS_MAX,
});

/** Of all projected topics together: each is worked on by itself. */
async function partitionCount(admin: Admin): Promise<number> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [...projectedTopics] });
  return topics.reduce((sum, { partitions }) => sum + partitions.length, 0);
}
