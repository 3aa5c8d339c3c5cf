import { createKafka } from '@semarak/infra/kafka';
import type { Log } from '@semarak/infra/observability';
import type { LogPorts } from './round.ts';

/** Reads ends and committed offsets through Kafka’s admin interface; connects when first asked. */
export function kafkaLog(options: {
  readonly brokers: readonly string[];
  readonly timeoutMs: number;
  readonly log: Log;
}): LogPorts & { close(): Promise<void> } {
  const admin = createKafka({
    brokers: options.brokers,
    clientId: 'reports',
    log: options.log,
  }).admin();
  let connected: Promise<void> | undefined;
  const ask = async <Result>(question: () => Promise<Result>): Promise<Result> => {
    connected ??= admin.connect();
    const current = connected;
    try {
      return await within(options.timeoutMs, current.then(question));
    } catch (error) {
      // The client connects again by itself once it was connected; a first attempt is made anew.
      void current.catch(() => (connected = undefined));
      throw new KafkaSilent('Kafka does not answer', { cause: error });
    }
  };
  return {
    now: Date.now,
    ends: async (topics) => {
      const all = await Promise.all(
        topics.map(async (topic) => ({
          topic,
          partitions: await ask(() => admin.fetchTopicOffsets(topic)),
        })),
      );
      return new Map(
        all.flatMap(({ topic, partitions }) =>
          partitions.map(({ partition, high }) => [`${topic}/${partition}`, Number(high)] as const),
        ),
      );
    },
    committed: async (groupId, topics) => {
      const found = await ask(() => admin.fetchOffsets({ groupId, topics: [...topics] }));
      return new Map(
        found.flatMap(({ topic, partitions }) =>
          partitions
            .filter(({ offset }) => Number(offset) >= 0)
            .map(
              ({ partition, offset, metadata }) =>
                [
                  `${topic}/${partition}`,
                  { offset: Number(offset), metadata: metadata ?? '' },
                ] as const,
            ),
        ),
      );
    },
    async close() {
      if (connected !== undefined) await admin.disconnect();
    },
  };
}

/** Kafka has not answered in time, so it is not known how far the numbers have come. */
export class KafkaSilent extends Error {
  readonly code = 'kafka_silent';
}

async function within<Result>(ms: number, work: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
