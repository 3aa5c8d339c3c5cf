import type { ServerPorts } from './ports.ts';

/** When Kafka writes to disk: before it acknowledges an append, or when the operating system does. */
export type KafkaFlush = 'append' | 'system';

/** What the four servers of one stack are told. Paths are absolute. */
export interface ServerContext {
  readonly dataDir: string;
  readonly ports: ServerPorts;
  readonly java: string;
  readonly redis: string;
  readonly kafkaFlush: KafkaFlush;
  readonly analystPassword: string;
  /** Of ClickHouse's user `default`. */
  readonly ownerPassword: string;
}
