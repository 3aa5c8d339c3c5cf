import type { Admin, Kafka } from 'kafkajs';
import { connectToKafka } from '../command-line/index.ts';
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
  const { kafka, admin } = await connectToKafka({
    brokers: servers.KAFKA_BROKERS,
    clientId: 'programme',
    log,
  });
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
