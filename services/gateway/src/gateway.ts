import { createKafka, createProducer } from '@semarak/infra/kafka';
import { serveObservability, type Log } from '@semarak/infra/observability';
import { createRegistry, RecordCodec, registerSchemas, schemasById } from '@semarak/infra/records';
import { createRedis, partitionKey, readStates } from '@semarak/infra/state-store';
import { publishedProgrammesName, type TopicName } from '@semarak/schemas';
import type { Kafka } from 'kafkajs';
import { AppendQueue } from './append/append-queue.ts';
import type { Configuration, Keys } from './config.ts';
import { RedisDuplicates } from './duplicates/redis-duplicates.ts';
import { buildApp } from './http/app.ts';
import { KeyRing } from './http/key-ring.ts';
import { EventClock } from './intake/event-clock.ts';
import { Handover } from './intake/handover.ts';
import { keyPartitions } from './intake/key-partitions.ts';
import { MemberIntake } from './intake/members.ts';
import { TransactionIntake } from './intake/transactions.ts';
import { createGatewayMetrics } from './metrics.ts';
import { Outcomes } from './outcomes/outcomes.ts';
import { followOutcomes } from './outcomes/tail.ts';
import { OutcomeWaiters } from './outcomes/waiters.ts';
import { Programmes } from './programmes/programmes.ts';
import { onceTrue, problemsOf } from './readiness/readiness.ts';
import { clickhouseOver, reportDatabaseCheck } from './readiness/report-database.ts';
import { Standings } from './standing/standings.ts';

export interface Gateway {
  /** Where it listens, such as `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Finishes the requests at work, writes what was taken, and lets go of everything. */
  close(): Promise<void>;
}

/**
 * Connects to the servers, introduces the parts to each other and listens. Throws when Kafka or the
 * registry cannot be reached or topics are missing; Redis, ClickHouse and programmes may come later.
 */
export async function startGateway(options: {
  configuration: Configuration;
  keys: Keys;
  log: Log;
  /** Called when it can do its work no longer. */
  fail: (error: Error) => void;
}): Promise<Gateway> {
  const { configuration: c, log } = options;
  const kafka = createKafka({ brokers: c.KAFKA_BROKERS, clientId: 'gateway', log });
  const registry = createRegistry({ url: c.SCHEMA_REGISTRY_URL });
  const codec = new RecordCodec({
    ids: await registerSchemas(registry),
    source: schemasById(registry),
  });
  const counts = await partitionCounts(kafka);
  const memberPartition = keyPartitions(counts.transactions);
  const campaignPartition = keyPartitions(counts.entitlements);
  const redis = createRedis({ url: c.REDIS_URL, timeoutMs: c.REDIS_TIMEOUT_MS, log });

  const waiters = new OutcomeWaiters({ max: c.WAITERS_MAX });
  const metrics = createGatewayMetrics({
    queueLength: () => queue.length,
    waiters: () => waiters.size,
  });
  const producer = await createProducer({ kafka, metrics, timeoutMs: c.PRODUCE_TIMEOUT_MS });
  const queue = new AppendQueue({
    producer,
    limits: {
      queueRecordsMax: c.APPEND_QUEUE_RECORDS_MAX,
      appendRecordsMax: c.APPEND_RECORDS_MAX,
      lanes: c.APPEND_LANES,
      lingerMs: c.APPEND_LINGER_MS,
      waitMsMax: c.APPEND_WAIT_MS_MAX,
    },
  });

  const readAccrual = async (from: { partition: number; names: readonly string[] }) =>
    readStates(redis, {
      key: partitionKey({ worker: 'accrual', partition: from.partition }),
      names: from.names,
    });
  const programmes = new Programmes({
    read: async () =>
      (await readAccrual({ partition: 0, names: [publishedProgrammesName] })).states[0] ?? null,
    onProblem: (error) => log.warn({ err: error }, 'the published programmes cannot be read'),
  });
  await programmes.follow(c.PROGRAMMES_POLL_MS);
  const clock = new EventClock(Date.now);
  const standings = new Standings({
    programmes,
    readAccrual,
    readRewards: async ({ key, names }) => {
      const partition = campaignPartition(key);
      const from = { key: partitionKey({ worker: 'rewards', partition }), names };
      return (await readStates(redis, from)).states;
    },
    partitionOf: memberPartition,
    newest: (programme) => clock.newest(programme),
    now: Date.now,
  });
  const tail = await followOutcomes({ kafka, codec, waiters, log, fail: options.fail });

  const askClickHouse = clickhouseOver({ url: c.CLICKHOUSE_URL, timeoutMs: 2_000 });
  const reportDatabase = onceTrue(reportDatabaseCheck(askClickHouse));
  const health = async () => ({
    problems: await problemsOf([
      () => (programmes.known ? undefined : 'No programme is published yet.'),
      reportDatabase,
      () => queue.problem(),
      () => (redis.status === 'ready' ? undefined : 'Redis is not connected.'),
    ]),
  });

  const app = await buildApp({
    log,
    limits: {
      jsonBytesMax: c.JSON_BODY_BYTES_MAX,
      ndjsonBytesMax: c.NDJSON_BODY_BYTES_MAX,
      ndjsonLinesMax: c.NDJSON_LINES_MAX,
      requestsInFlightMax: c.REQUESTS_IN_FLIGHT_MAX,
      ndjsonInFlightMax: c.NDJSON_IN_FLIGHT_MAX,
      requestReceiveMsMax: c.REQUEST_RECEIVE_MS_MAX,
      retryAfterS: c.RETRY_AFTER_S,
    },
    guard: {
      keys: new KeyRing(options.keys),
      windowMs: c.RATE_LIMIT_WINDOW_MS,
      requestsMax: c.RATE_LIMIT_REQUESTS_MAX,
      unknownKeysMax: c.RATE_LIMIT_UNKNOWN_KEYS_MAX,
    },
    health,
    metrics,
    transactions: {
      programmes,
      intake: new TransactionIntake({
        queue,
        duplicates: new RedisDuplicates(redis, {
          expiresAfterS: c.DUPLICATES_EXPIRE_AFTER_DAYS * 86_400,
        }),
        codec,
        partitionOf: memberPartition,
        onForgotten(error) {
          metrics.forgotten.inc();
          log.warn({ err: error }, 'accepted transactions could not be remembered as known');
        },
      }),
      outcomes: new Outcomes({
        waiters,
        standings,
        onProblem: (error) => log.warn({ err: error }, 'an outcome cannot be told'),
      }),
      clock,
      metrics,
      limits: {
        sequenceMax: c.SEQUENCE_MAX,
        amountMax: c.AMOUNT_MAX,
        waitMsMax: c.WAIT_MS_MAX,
      },
    },
    members: {
      programmes,
      intake: new MemberIntake({ queue, codec, partitionOf: memberPartition }),
      standings,
      metrics,
    },
    gifts: {
      standings,
      handover: new Handover({ queue, codec, partitionOf: campaignPartition }),
    },
  });
  const observability = await serveObservability({
    port: c.METRICS_PORT,
    host: c.LISTEN_HOST,
    metrics,
    health,
  });
  const url = await app.listen({ port: c.HTTP_PORT, host: c.LISTEN_HOST });
  return {
    url,
    async close() {
      waiters.close();
      const impatience = setTimeout(() => app.server.closeAllConnections(), c.SHUTDOWN_MS_MAX);
      await app.close();
      clearTimeout(impatience);
      await queue.close();
      programmes.stop();
      await tail.close();
      await producer.close();
      redis.disconnect();
      await observability.close();
    },
  };
}

/** How many partitions each topic that the gateway writes to has. Throws when one is missing. */
async function partitionCounts(
  kafka: Kafka,
): Promise<Record<'transactions' | 'entitlements', number>> {
  const written = ['transactions', 'members', 'entitlements'] as const satisfies TopicName[];
  const admin = kafka.admin();
  await admin.connect();
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [...written] });
    const count = (topic: TopicName) =>
      topics.find(({ name }) => name === topic)?.partitions.length ?? 0;
    if (count('members') !== count('transactions'))
      throw new Error('the topics members and transactions differ in their number of partitions');
    return { transactions: count('transactions'), entitlements: count('entitlements') };
  } finally {
    await admin.disconnect();
  }
}
