import { clickHouseAccess, createClickHouse, type ClickHouse } from '@semarak/infra/clickhouse';
import { createKafka, TopicReader } from '@semarak/infra/kafka';
import type { Log } from '@semarak/infra/observability';
import { createCodec, type RecordCodec } from '@semarak/infra/records';
import { createRedis, type StateRedis } from '@semarak/infra/state-store';
import type { TopicName } from '@semarak/schemas';
import type { Configuration } from '../config.ts';

type KafkaClient = ReturnType<typeof createKafka>;

/** Everything that is read; nothing is written. */
export interface Connection {
  readonly admin: ReturnType<KafkaClient['admin']>;
  readonly redis: StateRedis;
  readonly clickhouse: ClickHouse;
  readonly codec: RecordCodec;
  /** A reader of a topic; whoever opens it closes it. */
  openReader(topic: TopicName, partitions: number): Promise<TopicReader>;
  close(): Promise<void>;
}

/** Connects to all servers. Throws a sentence that says where nobody answered. */
export async function connect(configuration: Configuration, log: Log): Promise<Connection> {
  const { KAFKA_BROKERS, SCHEMA_REGISTRY_URL, REDIS_URL, CLICKHOUSE_URL } = configuration;
  const kafka = createKafka({ brokers: KAFKA_BROKERS, clientId: 'verify', log });
  const admin = kafka.admin();
  const advice = 'start the system with "npm start", or name the one that runs with --data.';
  await answered(`Kafka does not answer at ${KAFKA_BROKERS.join(',')}: ${advice}`, admin.connect());
  const redis = createRedis({
    url: REDIS_URL,
    timeoutMs: configuration.SERVER_TIMEOUT_MS,
    log,
  });
  const clickhouse = createClickHouse({
    url: CLICKHOUSE_URL,
    limits: {
      requestTimeoutMs: configuration.CLICKHOUSE_TIMEOUT_MS,
      connectionsMax: 2,
      attemptsMax: 1,
      retryDelayMs: 0,
      retryDelayMsMax: 0,
      tokensMax: 1,
    },
  });
  const close = async () => {
    redis.disconnect();
    await clickhouse.close();
    await admin.disconnect();
  };
  try {
    await answered(`Redis does not answer at ${REDIS_URL}: ${advice}`, redis.ping());
    await answered(
      `ClickHouse does not answer at ${clickHouseAccess(CLICKHOUSE_URL).url}: ${advice}`,
      clickhouse.query('SELECT 1'),
    );
    const codec = await answered(
      `The schema registry at ${SCHEMA_REGISTRY_URL} does not give what is needed: ${advice}`,
      createCodec({ registryUrl: SCHEMA_REGISTRY_URL }),
    );
    return {
      admin,
      redis,
      clickhouse,
      codec,
      openReader: (topic, partitions) =>
        TopicReader.open({
          kafka,
          topic,
          partitions,
          group: 'verify',
          limits: {
            readMsMax: configuration.READ_MS_MAX,
            fetchWaitMsMax: configuration.FETCH_WAIT_MS_MAX,
            fetchBytesMax: configuration.FETCH_BYTES_MAX,
            decompressedBytesMax: configuration.DECOMPRESSED_BYTES_MAX,
          },
        }),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function answered<Answer>(sentence: string, answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer;
  } catch (cause) {
    const reason = cause instanceof Error ? ` (${cause.message})` : '';
    throw new Error(`${sentence}${reason}`, { cause });
  }
}
