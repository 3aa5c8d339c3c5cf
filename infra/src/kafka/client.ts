import { Kafka, logLevel, type logCreator } from 'kafkajs';
import type { Log } from '../observability/index.ts';
import './kafkajs-timers.ts';

export interface KafkaOptions {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly log: Log;
}

const pinoLevels = {
  [logLevel.NOTHING]: 'silent',
  [logLevel.ERROR]: 'warn',
  [logLevel.WARN]: 'warn',
  [logLevel.INFO]: 'debug',
  [logLevel.DEBUG]: 'trace',
} as const;

/**
 * One kafkajs client; a service makes all its consumers and producers from one. Retries start at
 * 10 ms, since kafkajs' default of 300 ms is what a single moved leader would cost a batch.
 */
export function createKafka({ brokers, clientId, log }: KafkaOptions): Kafka {
  const toPino: logCreator =
    () =>
    ({ level, namespace, log: { message, error } }) => {
      const pinoLevel = pinoLevels[level];
      if (pinoLevel !== 'silent')
        log[pinoLevel]({ kafka: namespace, cause: error as unknown }, message);
    };
  return new Kafka({
    brokers: [...brokers],
    clientId,
    logLevel: logLevel.WARN,
    logCreator: toPino,
    connectionTimeout: 3_000,
    requestTimeout: 15_000,
    retry: { initialRetryTime: 10, maxRetryTime: 2_000, retries: 8 },
  });
}
