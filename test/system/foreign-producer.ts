import type { Kafka, Message, Transaction } from 'kafkajs';
import { randomUUID } from 'node:crypto';

/** What somebody else’s producer writes in one transaction. */
export interface Foreign {
  readonly topic: string;
  readonly partition: number;
  readonly messages: readonly Pick<Message, 'key' | 'value'>[];
}

/** Writes it in a transaction of its own, which ends as is said: behind it stands a batch of a control record. */
export async function inTransaction(
  kafka: Kafka,
  foreign: readonly Foreign[],
  end: 'commit' | 'abort',
): Promise<void> {
  const producer = kafka.producer({
    transactionalId: randomUUID(),
    maxInFlightRequests: 1,
    idempotent: true,
    allowAutoTopicCreation: false,
  });
  await producer.connect();
  try {
    const transaction: Transaction = await producer.transaction();
    for (const { topic, partition, messages } of foreign)
      await transaction.send({ topic, messages: messages.map((one) => ({ ...one, partition })) });
    await (end === 'commit' ? transaction.commit() : transaction.abort());
  } finally {
    await producer.disconnect();
  }
}
