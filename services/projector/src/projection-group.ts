import type { ClickHouse, ClickHouseOptions } from '@semarak/infra/clickhouse';
import { runConsumerGroup } from '@semarak/infra/consumer-group';
import {
  createKafka,
  createLogPlaces,
  createProducer,
  watermarksOf,
  type OutputRecord,
} from '@semarak/infra/kafka';
import type { Log, Metrics } from '@semarak/infra/observability';
import { ProjectionTask, Rounds, SharedInserts, type Warehouse } from '@semarak/infra/projection';
import { createCodec } from '@semarak/infra/records';
import { DeadLetterShare } from '@semarak/infra/stream-processor';
import { consumerGroupLimits, type Running } from '@semarak/infra/workers';
import type { ProjectionConfiguration } from './config.ts';
import { handedOver, liveGroup, type Admin } from './groups.ts';
import { projectedTopics, projectionOf, type ProjectedTopic } from './source.ts';

export interface ProjectionGroup extends Running {
  /** Sentences for an operator; empty while the group works. */
  problems(): string[];
}

/**
 * Projects all topics into a warehouse as this consumer group, on the partitions that are assigned here.
 * Adopts what a rebuild of the warehouse's database has handed over.
 */
export async function runProjectionGroup(options: {
  readonly groupId: string;
  /** No other process alive has it. */
  readonly clientId: string;
  readonly clickhouse: Pick<ClickHouse, 'insertExactly'>;
  readonly warehouse: Warehouse;
  /** Which records that cannot be read are put aside here; others have been by somebody else. */
  readonly putsAside: (letter: OutputRecord) => boolean;
  readonly configuration: ProjectionConfiguration;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly fail: (error: Error) => void;
}): Promise<ProjectionGroup> {
  const { groupId, clientId, clickhouse, warehouse, putsAside, configuration, metrics, log } =
    options;
  const kafka = createKafka({ brokers: configuration.KAFKA_BROKERS, clientId, log });
  const codec = await createCodec({ registryUrl: configuration.SCHEMA_REGISTRY_URL });
  const timeoutMs = configuration.PRODUCE_TIMEOUT_MS;
  const producer = await createProducer({ kafka, metrics, timeoutMs });
  const places = await createLogPlaces(kafka, {
    decompressedBytesMax: configuration.DECOMPRESSED_BYTES_MAX,
  });
  const admin = kafka.admin();
  await admin.connect();
  const pace = new Rounds({
    roundRestPercent: configuration.ROUND_REST_PERCENT,
    roundMsMax: configuration.ROUND_MS_MAX,
  });
  const inserts = new SharedInserts({
    insert: (blocks) => clickhouse.insertExactly(blocks),
    recordsMax: configuration.SHARED_INSERT_RECORDS_MAX,
  });
  const deadLetterShare = new DeadLetterShare(configuration.DEAD_LETTERS_PER_THOUSAND_MAX);
  const group = await runConsumerGroup({
    kafka,
    clientId,
    groupId,
    topics: projectedTopics,
    concurrency: await partitionCount(admin),
    limits: consumerGroupLimits(configuration),
    log,
    onFatal: options.fail,
    taskFor: ({ topic, partition, offsets }) =>
      new ProjectionTask({
        worker: liveGroup,
        topic,
        partition,
        projection: projectionOf(topic as ProjectedTopic),
        codec,
        offsets,
        warehouse,
        handedOver: (databaseId) => handedOver(admin, { databaseId, groupId, topic, partition }),
        append: async (letters) => {
          const own = letters.filter(putsAside);
          if (own.length > 0) await producer.append(own);
        },
        deadLetterShare,
        watermarks: () => watermarksOf(admin, { topic, partition }),
        verdictOf: (place) => places.verdictOf({ topic, partition }, place),
        hasRecords: (range) => places.hasRecords({ topic, partition }, range),
        limits: { rangeRecordsMax: configuration.RANGE_RECORDS_MAX },
        pace,
        inserts,
        metrics,
        log,
      }),
  });
  return {
    problems: () => group.problems(),
    async close() {
      await group.close();
      await producer.close();
      await places.close();
      await admin.disconnect();
    },
  };
}

export const clickHouseLimits = (
  configuration: ProjectionConfiguration,
): ClickHouseOptions['limits'] => ({
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
