import { Kafka, logLevel, type Admin } from 'kafkajs';
import '../kafka/kafkajs-timers.ts';

const requestTimeoutMs = 3_000;

/** What the log itself says about the flow; the same as any lag tool would show. */
export interface FlowFigures {
  /** Records in the topic `transactions`. */
  readonly transactions: number;
  /** Records that a consumer group has yet to take in; undefined before its first commit. */
  readonly lag: Readonly<Record<string, number | undefined>>;
}

/** Owns a connection that reads positions from Kafka. */
export class FlowReader {
  readonly #admin: Admin;
  readonly #groups: readonly string[];
  #connected: Promise<void> | undefined;

  constructor(options: { brokers: string; consumerGroups: readonly string[] }) {
    this.#groups = options.consumerGroups;
    this.#admin = new Kafka({
      clientId: 'launcher',
      brokers: options.brokers.split(','),
      logLevel: logLevel.NOTHING,
      connectionTimeout: requestTimeoutMs,
      requestTimeout: requestTimeoutMs,
      // The first question meets a client that does not know its brokers yet.
      retry: { initialRetryTime: 100, retries: 3 },
    }).admin();
  }

  /** Reads the figures now; throws while Kafka does not answer. */
  async read(): Promise<FlowFigures> {
    await this.#connect();
    const lags = await Promise.all(
      this.#groups.map(async (group) => [group, await this.#lagOf(group)] as const),
    );
    const ends = await this.#admin.fetchTopicOffsets('transactions');
    return {
      transactions: ends.reduce((sum, end) => sum + Number(end.high) - Number(end.low), 0),
      lag: Object.fromEntries(lags),
    };
  }

  /** The group's lag over all partitions of the topics in which it has committed. */
  async #lagOf(groupId: string): Promise<number | undefined> {
    const committed = await this.#admin.fetchOffsets({ groupId });
    if (committed.length === 0) return undefined;
    const perTopic = await Promise.all(
      committed.map(async ({ topic, partitions }) => {
        const positions = new Map(partitions.map((p) => [p.partition, Number(p.offset)]));
        const ends = await this.#admin.fetchTopicOffsets(topic);
        return ends.reduce((sum, end) => {
          const position = positions.get(end.partition) ?? -1;
          return sum + Number(end.high) - (position < 0 ? Number(end.low) : position);
        }, 0);
      }),
    );
    return perTopic.reduce((sum, lag) => sum + lag, 0);
  }

  async close(): Promise<void> {
    if (this.#connected !== undefined) await this.#admin.disconnect();
  }

  async #connect(): Promise<void> {
    this.#connected ??= this.#admin.connect();
    try {
      await this.#connected;
    } catch (error) {
      this.#connected = undefined;
      throw error;
    }
  }
}
