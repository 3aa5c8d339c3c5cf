import { topics, type TopicName } from '@semarak/schemas';
import { Semaphore } from 'async-mutex';
import type { Kafka } from 'kafkajs';
import { z } from 'zod';
import { bounded, logLevel, port, serverUrls } from '../configuration/index.ts';
import { Halt, runConsumerGroup } from '../consumer-group/index.ts';
import { problemsOf } from '../http-server/readiness.ts';
import {
  contentDigest,
  createKafka,
  createLogPlaces,
  createProducer,
  joinedAppends,
  partitionOf,
  watermarksOf,
  type TopicReaderLimits,
} from '../kafka/index.ts';
import { createMetrics, serveObservability, type Log } from '../observability/index.ts';
import { createCodec } from '../records/index.ts';
import {
  createRedis,
  partitionsOfStates,
  redisCheck,
  RedisPartitionStore,
  type StateRedis,
} from '../state-store/index.ts';
import {
  farthestCause,
  PartitionProcessor,
  type Logic,
  type ProcessorLimits,
} from '../stream-processor/index.ts';
import { consumerGroupConfiguration, consumerGroupLimits } from './consumer-group-limits.ts';
import { LagReport } from './lag-report.ts';
import type { Running } from './run-until-stopped.ts';
import { workerClientId } from './worker-client-id.ts';
import { toldAcknowledged } from './told-acknowledged.ts';
import { WorkerHealth } from './worker-health.ts';

/** What a stream worker reads from its environment. */
export const streamWorkerConfiguration = z.object({
  ...serverUrls,
  ...consumerGroupConfiguration,
  LOG_LEVEL: logLevel,
  LISTEN_HOST: z.string().default('127.0.0.1'),
  METRICS_PORT: port,
  COMMIT_RECORDS_MAX: bounded({ min: 1, max: 10_000, default: 2_000 }),
  /** Of all partitions between reading and commit, but at least one slice of COMMIT_RECORDS_MAX. */
  RECORDS_IN_FLIGHT_MAX: bounded({ min: 1, max: 1_000_000, default: 4_000 }),
  CHUNK_RECORDS_MAX: bounded({ min: 1, max: 1_000, default: 500 }),
  /** Of all partitions in one request, but at least one chunk. */
  APPEND_RECORDS_MAX: bounded({ min: 1, max: 10_000, default: 2_000 }),
  PRODUCE_TIMEOUT_MS: bounded({ min: 100, max: 120_000, default: 10_000 }),
  PRODUCE_ATTEMPTS_MAX: bounded({ min: 1, max: 100, default: 5 }),
  PRODUCE_RETRY_DELAY_MS: bounded({ min: 1, max: 10_000, default: 50 }),
  STORE_TIMEOUT_MS: bounded({ min: 100, max: 120_000, default: 10_000 }),
  /** How often the consumer group is told of a partition's position, for lag, at most. */
  LAG_REPORT_MS: bounded({ min: 1, max: 60_000, default: 500 }),
  /** Of each partition. */
  CACHED_STATES_MAX: bounded({ min: 1, max: 10_000_000, default: 50_000 }),
  /** Of memory that they take, of all partitions; each has an equal share of it. */
  CACHED_BYTES_MAX: bounded({ min: 1, max: 2 ** 40, default: 12 * 2 ** 20 }),
  /** Of each partition, those that are kept decoded. */
  DECODED_STATES_MAX: bounded({ min: 0, max: 10_000_000, default: 100 }),
  DEAD_LETTERS_PER_THOUSAND_MAX: bounded({ min: 0, max: 1_000, default: 100 }),
});

type StreamWorkerConfiguration = z.infer<typeof streamWorkerConfiguration>;

/**
 * Connects everything around a logic and runs it on one input topic: the consumer group and the Redis
 * states bear the worker's name.
 */
export async function startStreamWorker<State>(options: {
  worker: string;
  input: TopicName;
  logic: Logic<State>;
  configuration: StreamWorkerConfiguration;
  log: Log;
  fail: (error: Error) => void;
  /** Aborted when a start that still waits for Redis is to give up. */
  stopping: AbortSignal;
}): Promise<Running> {
  const { worker, input, logic, configuration, log, stopping } = options;
  const metrics = createMetrics({ service: worker });
  const health = new WorkerHealth();
  const observability = await serveObservability({
    port: configuration.METRICS_PORT,
    host: configuration.LISTEN_HOST,
    metrics,
    health: health.read,
  });
  const clientId = workerClientId({ worker, metricsPort: configuration.METRICS_PORT });
  const kafka = createKafka({ brokers: configuration.KAFKA_BROKERS, clientId, log });
  const codec = await createCodec({ registryUrl: configuration.SCHEMA_REGISTRY_URL });
  const redis = createRedis({
    url: configuration.REDIS_URL,
    timeoutMs: configuration.STORE_TIMEOUT_MS,
    log,
  });
  const producer = await createProducer({
    kafka,
    metrics,
    timeoutMs: configuration.PRODUCE_TIMEOUT_MS,
  });
  const places = await createLogPlaces(kafka, readerLimits(configuration));
  const admin = kafka.admin();
  await admin.connect();
  const partitions = await commonPartitions(admin);
  await health.untilStoreAnswers(() => holdToPartitions(redis, { worker, partitions }), {
    retryMs: configuration.FAILURE_DELAY_MS_MAX,
    stopping,
  });
  const { COMMIT_RECORDS_MAX, RECORDS_IN_FLIGHT_MAX, LAG_REPORT_MS } = configuration;
  const append = joinedAppends(
    (records) => producer.append(records),
    configuration.APPEND_RECORDS_MAX,
  );
  const lagReports: LagReport[] = [];
  const recordsInFlight = new Semaphore(Math.max(COMMIT_RECORDS_MAX, RECORDS_IN_FLIGHT_MAX));
  const group = await runConsumerGroup({
    kafka,
    clientId,
    groupId: worker,
    topics: [input],
    concurrency: partitions,
    limits: consumerGroupLimits(configuration),
    log,
    onFatal: options.fail,
    taskFor: ({ partition, offsets }) => {
      if (partition >= partitions) throw repartitioned({ worker, from: partitions, to: undefined });
      const lag = new LagReport({
        commit: (offset) => offsets.commit({ offset }),
        committed: async () => (await offsets.read()).offset,
        everyMs: LAG_REPORT_MS,
        log,
      });
      lagReports.push(lag);
      return new PartitionProcessor({
        worker,
        topic: input,
        partition,
        logic,
        codec,
        store: new RedisPartitionStore(redis, { worker, partition }),
        append,
        watermarks: () => watermarksOf(admin, { topic: input, partition }),
        verdictOf: (place) => places.verdictOf({ topic: input, partition }, place),
        hasRecords: (range) => places.hasRecords({ topic: input, partition }, range),
        isInLog: async ({ topic, partition: at, offset, digest }) => {
          const record = await places.recordAt({ topic, partition: at }, offset);
          return record !== undefined && contentDigest(record) === digest;
        },
        toldCause: async () => {
          const derived = { topic: logic.derived, partition };
          const { low, high } = await watermarksOf(admin, derived);
          const from = Math.max(low, high - configuration.CHUNK_RECORDS_MAX);
          return farthestCause(await places.recordsFrom(derived, from));
        },
        toldAcknowledged: () =>
          toldAcknowledged(
            { kafka, admin, worker, places },
            {
              topic: logic.derived,
              partition,
              partitions,
              recordsMax: 2 * configuration.CHUNK_RECORDS_MAX,
              limits: readerLimits(configuration),
            },
          ),
        lag,
        partitionOf: (key) => partitionOf({ key, partitions }),
        recordsInFlight,
        limits: processorLimits(configuration, partitions),
        metrics,
        log,
      });
    },
  });
  health.askFor(async () => [...group.problems(), ...(await problemsOf([redisCheck(redis)]))]);
  return {
    async close() {
      await Promise.all(lagReports.map((lag) => lag.flush()));
      await group.close();
      await producer.close();
      await places.close();
      await admin.disconnect();
      redis.disconnect();
      await observability.close();
    },
  };
}

/** All but where its metrics are served. */
type Limits = Omit<StreamWorkerConfiguration, 'LISTEN_HOST' | 'METRICS_PORT'>;

export const readerLimits = (configuration: Limits): TopicReaderLimits => ({
  readMsMax: configuration.PRODUCE_TIMEOUT_MS,
  fetchWaitMsMax: configuration.FETCH_WAIT_MS_MAX,
  fetchBytesMax: configuration.PARTITION_FETCH_BYTES_MAX,
  decompressedBytesMax: configuration.DECOMPRESSED_BYTES_MAX,
});

export const processorLimits = (configuration: Limits, partitions: number): ProcessorLimits => ({
  commitRecordsMax: configuration.COMMIT_RECORDS_MAX,
  chunkRecordsMax: configuration.CHUNK_RECORDS_MAX,
  produceAttemptsMax: configuration.PRODUCE_ATTEMPTS_MAX,
  produceRetryDelayMs: configuration.PRODUCE_RETRY_DELAY_MS,
  cachedStatesMax: configuration.CACHED_STATES_MAX,
  cachedBytesMax: configuration.CACHED_BYTES_MAX / partitions,
  decodedStatesMax: configuration.DECODED_STATES_MAX,
  deadLettersPerThousandMax: configuration.DEAD_LETTERS_PER_THOUSAND_MAX,
});

/** Halts when the states in Redis were made with another number of partitions. */
async function holdToPartitions(
  redis: StateRedis,
  { worker, partitions }: { worker: string; partitions: number },
): Promise<void> {
  const known = await partitionsOfStates(redis, { worker, partitions });
  if (known !== partitions) throw repartitioned({ worker, from: known, to: partitions });
}

const repartitioned = (of: { worker: string; from: number; to: number | undefined }): Halt =>
  new Halt(
    `${of.worker} has worked with ${of.from} partitions and the topics now have ` +
      `${of.to ?? 'more'}: members would part from their history. Copy the log into topics with ` +
      'the number that is wanted, and begin with an empty Redis and ClickHouse.',
  );

/** How many partitions every topic has; throws when they differ, since keys would part. */
async function commonPartitions(admin: ReturnType<Kafka['admin']>): Promise<number> {
  const names = Object.keys(topics);
  const { topics: described } = await admin.fetchTopicMetadata({ topics: names });
  const counts = new Set(described.map(({ partitions }) => partitions.length));
  const [count] = counts;
  if (counts.size !== 1 || count === undefined)
    throw new Error(`The topics ${names.join(', ')} must have the same number of partitions.`);
  return count;
}
