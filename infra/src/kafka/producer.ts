import { Partitioners, type Kafka, type Message, type RecordMetadata } from 'kafkajs';
import type { Metrics } from '../observability/index.ts';
import { LogUnavailable, type OutputRecord } from './output-record.ts';

export interface RecordProducer {
  /**
   * Appends records of any topics and partitions in one request; records of one partition keep their
   * order. Resolves once Kafka has acknowledged every partition by name (acks=all); throws
   * LogUnavailable otherwise, and then any part of them may be in the log.
   */
  append(records: readonly OutputRecord[]): Promise<void>;
  close(): Promise<void>;
}

/** Connects a producer that waits for all in-sync replicas. */
export async function createProducer(options: {
  kafka: Kafka;
  metrics: Pick<Metrics, 'produced'>;
  timeoutMs: number;
}): Promise<RecordProducer> {
  const producer = options.kafka.producer({
    allowAutoTopicCreation: false,
    idempotent: false,
    createPartitioner: Partitioners.DefaultPartitioner,
  });
  await producer.connect();
  return {
    async append(records) {
      if (records.length === 0) return;
      const topicMessages = messagesByTopic(records);
      let acknowledged: RecordMetadata[];
      try {
        acknowledged = await producer.sendBatch({
          acks: -1,
          timeout: options.timeoutMs,
          topicMessages,
        });
      } catch (error) {
        throw new LogUnavailable('Kafka did not acknowledge the records', { cause: error });
      }
      const named = new Set(acknowledged.map((a) => `${a.topicName}/${String(a.partition)}`));
      for (const { topic, partition } of records) {
        if (!named.has(`${topic}/${String(partition)}`))
          throw new LogUnavailable(`Kafka did not name ${topic}/${partition} in its answer`);
      }
      for (const { topic, messages } of topicMessages)
        options.metrics.produced.inc({ topic }, messages.length);
    },
    close: () => producer.disconnect(),
  };
}

function messagesByTopic(
  records: readonly OutputRecord[],
): { topic: string; messages: Message[] }[] {
  const byTopic = new Map<string, Message[]>();
  for (const { topic, partition, key, value, headers } of records) {
    const message: Message = {
      partition,
      key,
      value,
      ...(headers ? { headers: { ...headers } } : {}),
    };
    const messages = byTopic.get(topic);
    if (messages) messages.push(message);
    else byTopic.set(topic, [message]);
  }
  return [...byTopic].map(([topic, messages]) => ({ topic, messages }));
}
