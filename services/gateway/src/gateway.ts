import { createKafka, createLogPlaces, createProducer, partitionOf } from '@semarak/infra/kafka';
import { serveObservability, type Health, type Log } from '@semarak/infra/observability';
import { newestClosedDay, readKnowledge } from '@semarak/infra/published-programmes';
import { createCodec } from '@semarak/infra/records';
import { compareUntilBelieved, TrustedClock } from '@semarak/infra/trusted-clock';
import { createRedis, partitionKey, readStates, redisCheck } from '@semarak/infra/state-store';
import {
  programmeFiles,
  publishedProgrammesName,
  readProgramme,
  type TopicName,
} from '@semarak/schemas';
import type { Kafka } from 'kafkajs';
import { AppendQueue } from './append/append-queue.ts';
import {
  appendLimits,
  httpLimits,
  lineLimits,
  timeLimits,
  type Configuration,
  type Keys,
} from './config.ts';
import { RedisDuplicates } from './duplicates/redis-duplicates.ts';
import { buildApp } from './http/app.ts';
import { LineWork } from './http/lines.ts';
import { WorkTurns } from './http/work-turns.ts';
import { closeWithin, KeyRing, onceTrue, problemsOf } from '@semarak/infra/http-server';
import { AcceptedEnds } from './intake/accepted-ends.ts';
import { EventClock } from './intake/event-clock.ts';
import { Handover } from './intake/handover.ts';
import { MemberIntake } from './intake/members.ts';
import { LogMarks } from './intake/log-marks.ts';
import { contentWith } from './intake/read-back.ts';
import { TransactionIntake } from './intake/transactions.ts';
import { createGatewayMetrics, type GatewayMetrics } from './metrics.ts';
import { Outcomes } from './outcomes/outcomes.ts';
import { followOutcomes } from './outcomes/tail.ts';
import { OutcomeWaiters } from './outcomes/waiters.ts';
import { Programmes } from './programmes/programmes.ts';
import { clickhouseOver, reportDatabaseCheck } from './readiness/report-database.ts';
import { shippedProgrammesCheck } from './readiness/shipped-programmes.ts';
import { Standings } from './standing/standings.ts';

export interface Gateway {
  /** Where it listens, such as `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Finishes the requests at work, writes what was taken, and lets go of everything. */
  close(): Promise<void>;
}

const clientId = 'gateway';

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
  const waiters = new OutcomeWaiters({ max: c.WAITERS_MAX });
  const metrics = createGatewayMetrics({
    queueLength: () => queue.length,
    waiters: () => waiters.size,
  });
  const servers = await connect(c, { log, metrics });
  const { kafka, codec, redis, producer } = servers;
  const queue = new AppendQueue({ producer, limits: appendLimits(c) });
  const clock = new EventClock(Date.now);
  const { programmes, standings } = readers(servers, { clock, log });
  await programmes.follow(c.PROGRAMMES_POLL_MS);
  const tail = await followOutcomes({
    kafka,
    clientId,
    codec,
    waiters,
    decompressedBytesMax: c.DECOMPRESSED_BYTES_MAX,
    log,
    fail: options.fail,
  });
  const believedClock = new TrustedClock({ configuration: c });
  const comparing = await compareUntilBelieved({
    clock: believedClock,
    newestClosed: async () => newestClosedDay(await readKnowledge(redis, servers.partitions)),
    everyMs: c.PROGRAMMES_POLL_MS,
  });
  const health = healthOf({
    believedClock,
    programmes,
    queue,
    servers,
    clickhouseUrl: c.CLICKHOUSE_URL,
  });

  const writers = { queue, codec, partitionOf: servers.memberPartition };
  const duplicates = new RedisDuplicates({
    url: c.REDIS_URL,
    timeoutMs: c.REDIS_TIMEOUT_MS,
    itemsMax: c.DUPLICATES_EXCHANGE_ITEMS_MAX,
    expiresAfterS: c.DUPLICATES_EXPIRE_AFTER_DAYS * 86_400,
  });
  const marks = new LogMarks({
    places: servers.places,
    contentOf: contentWith(codec),
    partitions: servers.partitions,
    waitMsMax: c.APPEND_WAIT_MS_MAX,
    onProblem: (error) => log.warn({ err: error }, 'Kafka did not say what its log is'),
  });
  await marks.follow(c.LOG_IDENTITY_POLL_MS);
  const ends = acceptedEnds(servers, { marks, metrics, log });
  await ends.follow(c.LOG_IDENTITY_POLL_MS);
  const admitting = {
    programmes,
    times: timeLimits(c),
    believedClock,
    problemsMax: c.ITEM_PROBLEMS_MAX,
    lines: new LineWork(new WorkTurns(), lineLimits(c)),
  };
  const app = await buildApp({
    log,
    limits: httpLimits(c),
    guard: {
      keys: new KeyRing(options.keys),
      windowMs: c.RATE_LIMIT_WINDOW_MS,
      requestsMax: c.RATE_LIMIT_REQUESTS_MAX,
      unknownKeysMax: c.RATE_LIMIT_UNKNOWN_KEYS_MAX,
    },
    health,
    metrics,
    transactions: {
      ...admitting,
      intake: new TransactionIntake({
        ...writers,
        duplicates,
        marks,
        onAccepted: (accepted) => ends.note(accepted),
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
      limits: { sequenceMax: c.SEQUENCE_MAX, amountMax: c.AMOUNT_MAX, waitMsMax: c.WAIT_MS_MAX },
    },
    members: { ...admitting, intake: new MemberIntake(writers), standings, metrics },
    gifts: {
      standings,
      believedClock,
      handover: new Handover({ queue, codec, partitionOf: servers.campaignPartition }),
    },
  });
  const listen = { port: c.METRICS_PORT, host: c.LISTEN_HOST };
  const observability = await serveObservability({ ...listen, metrics, health });
  const url = await app.listen({ port: c.HTTP_PORT, host: c.LISTEN_HOST });
  return {
    url,
    async close() {
      waiters.close();
      await closeWithin(app, c.SHUTDOWN_MS_MAX);
      await queue.close();
      programmes.stop();
      comparing.stop();
      await tail.close();
      marks.stop();
      ends.stop();
      await ends.look();
      await servers.places.close();
      await producer.close();
      duplicates.close();
      redis.disconnect();
      await observability.close();
    },
  };
}

type Servers = Awaited<ReturnType<typeof connect>>;

/** Hash in Redis of the last accepted record by partition. */
const acceptedEndsKey = 'gateway:accepted-ends';

function acceptedEnds(
  { redis, places }: Servers,
  { marks, metrics, log }: { marks: LogMarks; metrics: GatewayMetrics; log: Log },
): AcceptedEnds {
  const topic = 'transactions';
  return new AcceptedEnds({
    store: {
      async read() {
        const found = await redis.hgetallBuffer(acceptedEndsKey);
        return Object.fromEntries(
          Object.entries(found).map(([partition, text]) => [partition, text.toString('latin1')]),
        );
      },
      async write(ends) {
        const fields = Object.entries(ends).map(
          ([partition, text]) => [partition, Buffer.from(text, 'latin1')] as const,
        );
        await redis.hset(acceptedEndsKey, new Map(fields));
      },
      async remove(partitions) {
        await redis.hdel(acceptedEndsKey, ...partitions);
      },
    },
    marks,
    endOfEpoch: (partition, epoch) => places.endOfEpoch({ topic, partition }, epoch),
    onLost({ partition, from = 0, to }) {
      metrics.lostEnds.inc({ topic, partition: String(partition) });
      log.error(
        { topic, partition, from, to },
        `${topic}/${partition} has lost records that were answered as accepted, of the offsets from ${from} to ${to} and maybe ` +
          'a second’s more: have the tills send again what they sent since then; what is in the log still is a duplicate',
      );
    },
    onProblem: (error) =>
      log.warn({ err: error }, 'what was accepted could not be held against the log'),
  });
}

async function connect(c: Configuration, { log, metrics }: { log: Log; metrics: GatewayMetrics }) {
  const kafka = createKafka({ brokers: c.KAFKA_BROKERS, clientId, log });
  const codec = await createCodec({ registryUrl: c.SCHEMA_REGISTRY_URL });
  const counts = await partitionCounts(kafka);
  return {
    kafka,
    codec,
    places: await createLogPlaces(kafka, { decompressedBytesMax: c.DECOMPRESSED_BYTES_MAX }),
    producer: await createProducer({ kafka, metrics, timeoutMs: c.PRODUCE_TIMEOUT_MS }),
    redis: createRedis({ url: c.REDIS_URL, timeoutMs: c.REDIS_TIMEOUT_MS, log }),
    partitions: counts.transactions,
    memberPartition: partitionsOf(counts.transactions),
    campaignPartition: partitionsOf(counts.entitlements),
  };
}

const partitionsOf =
  (partitions: number) =>
  (key: string): number =>
    partitionOf({ key, partitions });

/** What is read of the workers’ states. */
function readers(servers: Servers, { clock, log }: { clock: EventClock; log: Log }) {
  const { redis, memberPartition, campaignPartition } = servers;
  const read = (at: { worker: string; partition: number; names: readonly string[] }) =>
    readStates(redis, { key: partitionKey(at), names: at.names });
  const programmes = new Programmes({
    async read() {
      const names = [publishedProgrammesName];
      const { states } = await read({ worker: 'accrual', partition: 0, names });
      return states[0] ?? null;
    },
    onProblem: (error) => log.warn({ err: error }, 'the published programmes cannot be read'),
  });
  const standings = new Standings({
    programmes,
    readAccrual: (from) => read({ worker: 'accrual', ...from }),
    readRewards: async ({ key, names }) =>
      (await read({ worker: 'rewards', partition: campaignPartition(key), names })).states,
    partitionOf: memberPartition,
    newest: (programme) => clock.newest(programme),
    now: Date.now,
  });
  return { programmes, standings };
}

function healthOf(parts: {
  believedClock: TrustedClock;
  programmes: Programmes;
  queue: AppendQueue;
  servers: Pick<Servers, 'redis' | 'partitions'>;
  clickhouseUrl: string;
}): () => Promise<Health> {
  const { believedClock, programmes, queue, servers } = parts;
  const ask = clickhouseOver({ url: parts.clickhouseUrl, timeoutMs: 2_000 });
  const redis = redisCheck(servers.redis);
  const reportDatabase = onceTrue(reportDatabaseCheck(ask));
  const published = onceTrue(
    shippedProgrammesCheck({
      shipped: programmeFiles().map(readProgramme),
      programmes,
      knowledge: () => readKnowledge(servers.redis, servers.partitions),
    }),
  );
  return async () => ({
    problems: await problemsOf([
      () => believedClock.problem(),
      published,
      reportDatabase,
      () => queue.problem(),
      redis,
    ]),
  });
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
