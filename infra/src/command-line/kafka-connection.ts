import type { Admin, Kafka } from 'kafkajs';
import { createKafka } from '../kafka/index.ts';
import type { Log } from '../observability/index.ts';

export interface KafkaConnection {
  readonly kafka: Kafka;
  /** Connected; whoever asked for it disconnects it. */
  readonly admin: Admin;
}

/** Throws a sentence that says where nobody answered. */
export async function connectToKafka(options: {
  readonly brokers: string[];
  readonly clientId: string;
  readonly log: Log;
}): Promise<KafkaConnection> {
  const kafka = createKafka(options);
  const admin = kafka.admin();
  try {
    await admin.connect();
  } catch (cause) {
    throw new Error(
      `Kafka does not answer at ${options.brokers.join(',')}: start the system with "npm start", or name the one that runs with --data or --port-base.`,
      { cause },
    );
  }
  return { kafka, admin };
}
