import type { TopicName } from '@semarak/schemas';

/** A record on its way into the log; its partition is decided. */
export interface OutputRecord {
  readonly topic: TopicName;
  readonly partition: number;
  readonly key: string | Buffer | null;
  readonly value: Buffer;
  readonly headers?: Readonly<Record<string, string | Buffer | Buffer[]>>;
}

/** Kafka did not acknowledge; some of the records may be in the log all the same. */
export class LogUnavailable extends Error {
  readonly code = 'log_unavailable';
}
