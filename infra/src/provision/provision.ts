import { programmeFiles, readProgramme, type TopicName } from '@semarak/schemas';
import type { Admin, Kafka } from 'kafkajs';
import { setTimeout as sleep } from 'node:timers/promises';
import { awakeMs } from '../awake-clock/index.ts';
import { createClickHouse } from '../clickhouse/index.ts';
import {
  createKafka,
  createProducer,
  createTopics,
  findDeviations,
  repairTopics,
  sentenceOf,
} from '../kafka/index.ts';
import { createMetrics, type Log } from '../observability/index.ts';
import { createCodec, registerSchemas } from '../records/index.ts';
import { makeReportDatabase } from '../report-database/index.ts';
import { createRedis } from '../state-store/index.ts';
import {
  partitionsWithout,
  publishProgramme,
  readKnowledge,
} from '../published-programmes/index.ts';

export interface ProvisionOptions {
  readonly configuration: {
    readonly KAFKA_BROKERS: readonly string[];
    readonly SCHEMA_REGISTRY_URL: string;
    readonly REDIS_URL: string;
    readonly CLICKHOUSE_URL: string;
    readonly PARTITIONS: number;
    readonly REPLICATION_FACTOR: number;
    readonly REPAIR_TOPICS: 'yes' | 'no';
    readonly SERVER_TIMEOUT_MS: number;
  };
  readonly log: Log;
}

const coordinatorPollMs = 200;

/** Topics, schemas and the programmes that ship with the product, in that order; tables beside the last two. */
export async function provision(options: ProvisionOptions): Promise<void> {
  const { configuration, log } = options;
  const kafka = createKafka({ brokers: configuration.KAFKA_BROKERS, clientId: 'provision', log });
  await makeTopics(kafka, options);
  await Promise.all([makeRecordsReadable(kafka, options), makeTables(options)]);
}

async function makeRecordsReadable(
  kafka: Kafka,
  { configuration, log }: ProvisionOptions,
): Promise<void> {
  await registerSchemas({
    registryUrl: configuration.SCHEMA_REGISTRY_URL,
    recordsInLog: await recordsIn(kafka, 'transactions'),
  });
  log.info('schemas are registered');
  await publishShippedProgrammes(kafka, { configuration, log });
}

async function makeTopics(kafka: Kafka, { configuration, log }: ProvisionOptions): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const { created } = await createTopics(admin, {
      partitions: configuration.PARTITIONS,
      replicationFactor: configuration.REPLICATION_FACTOR,
    });
    log.info({ created }, 'topics are there');
    await checkTopics(admin, { configuration, log });
    await untilGroupsWork(admin, configuration.SERVER_TIMEOUT_MS);
  } finally {
    await admin.disconnect();
  }
}

/** Throws a sentence for each setting with which the start would lose something; tells the others. */
async function checkTopics(admin: Admin, { configuration, log }: ProvisionOptions): Promise<void> {
  const replicationFactor = configuration.REPLICATION_FACTOR;
  const deviations = await findDeviations(admin, { replicationFactor });
  if (configuration.REPAIR_TOPICS === 'yes') {
    await repairTopics(admin, deviations);
    for (const { topic, setting, found } of deviations)
      log.warn(`Topic ${topic} had ${setting.name} = ${found} and has ${setting.value} now.`);
    return;
  }
  const say = (deviation: (typeof deviations)[number]): string =>
    sentenceOf(deviation, { brokers: configuration.KAFKA_BROKERS });
  for (const one of deviations) if (one.setting.atStart === 'tell') log.warn(say(one));
  const refused = deviations.filter(({ setting }) => setting.atStart === 'refuse');
  if (refused.length > 0) throw new Error(refused.map(say).join('\n'));
}

/**
 * The first question about a group makes Kafka create and load its coordinators' topic; asked here,
 * the services' consumers need not fail on it. Throws what Kafka said last, after `timeoutMs`.
 */
async function untilGroupsWork(admin: Admin, timeoutMs: number): Promise<void> {
  const deadline = awakeMs() + timeoutMs;
  for (;;) {
    try {
      await admin.fetchOffsets({ groupId: 'accrual', topics: ['transactions'] });
      return;
    } catch (error) {
      if (awakeMs() > deadline) throw error;
      await sleep(coordinatorPollMs);
    }
  }
}

async function recordsIn(kafka: Kafka, topic: TopicName): Promise<number> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const offsets = await admin.fetchTopicOffsets(topic);
    return offsets.reduce((sum, { low, high }) => sum + Number(high) - Number(low), 0);
  } finally {
    await admin.disconnect();
  }
}

async function makeTables({ configuration, log }: ProvisionOptions): Promise<void> {
  const clickhouse = createClickHouse({
    url: configuration.CLICKHOUSE_URL,
    limits: {
      requestTimeoutMs: configuration.SERVER_TIMEOUT_MS,
      connectionsMax: 1,
      attemptsMax: 1,
      retryDelayMs: 0,
      retryDelayMsMax: 0,
      tokensMax: 1,
    },
  });
  try {
    const { database } = await makeReportDatabase(clickhouse);
    log.info({ facts: database }, 'tables and views are there');
  } finally {
    await clickhouse.close();
  }
}

async function publishShippedProgrammes(
  kafka: Kafka,
  { configuration, log }: ProvisionOptions,
): Promise<void> {
  const codec = await createCodec({ registryUrl: configuration.SCHEMA_REGISTRY_URL });
  const timeoutMs = configuration.SERVER_TIMEOUT_MS;
  const redis = createRedis({ url: configuration.REDIS_URL, timeoutMs, log });
  const metrics = createMetrics({ service: 'provision' });
  const producer = await createProducer({ kafka, metrics, timeoutMs });
  try {
    const partitions = configuration.PARTITIONS;
    const knowledge = await readKnowledge(redis, partitions);
    for (const document of programmeFiles().map(readProgramme)) {
      const missing = partitionsWithout(document, knowledge);
      await publishProgramme({ document, partitions, to: missing, codec, producer });
      const { programme, version } = document;
      log.info({ programme, version, partitions: missing.length }, 'programme is published');
    }
  } finally {
    await producer.close();
    redis.disconnect();
  }
}
