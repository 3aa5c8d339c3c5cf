import type { Admin, Kafka } from 'kafkajs';
import { createKafka } from '../kafka/index.ts';
import type { Log } from '../observability/index.ts';
import { createRedis, type StateRedis } from '../state-store/index.ts';
import type { Servers } from './servers.ts';

export interface Connection {
  readonly kafka: Kafka;
  readonly admin: Admin;
  readonly redis: StateRedis;
  close(): Promise<void>;
}

/** Connects to Kafka and Redis. Throws a sentence that says where nobody answered. */
export async function connect(servers: Servers, log: Log): Promise<Connection> {
  const kafka = createKafka({ brokers: servers.KAFKA_BROKERS, clientId: 'programme', log });
  const admin = kafka.admin();
  try {
    await admin.connect();
  } catch (cause) {
    throw new Error(
      `Kafka does not answer at ${servers.KAFKA_BROKERS.join(',')}: start the system with "npm start", or name the one that runs with --data or --port-base.`,
      { cause },
    );
  }
  const redis = createRedis({ url: servers.REDIS_URL, timeoutMs: servers.SERVER_TIMEOUT_MS, log });
  return {
    kafka,
    admin,
    redis,
    async close() {
      redis.disconnect();
      await admin.disconnect();
    },
  };
}
