import { randomUUID } from 'node:crypto';
import { beginningAgain } from '@semarak/infra/consumer-group';
import {
  createConsumer,
  isOutOfRange,
  recordsOf,
  watermarksOf,
  type LogRecord,
} from '@semarak/infra/kafka';
import type { Log } from '@semarak/infra/observability';
import { UnreadableRecord, valueOf, type RecordCodec } from '@semarak/infra/records';
import type { Typed } from '@semarak/schemas';
import type { Kafka } from 'kafkajs';
import type { OutcomeWaiters } from './waiters.ts';

export interface OutcomeTail {
  close(): Promise<void>;
}

/** After it Kafka forgets a process that does not answer. */
const sessionMsMax = 30_000;

const fetchWaitMsMax = 50;
/** Once nothing has come for a while; what comes then is answered at once. */
const idleFetchWaitMsMax = 500;

/**
 * Reads the derived topics from their end on and tells the waiters. Commits nothing: each process
 * reads under a group of its own, and what it missed while it was away nobody waits for any more.
 * Resolves once it reads; throws when Kafka cannot be reached.
 */
export async function followOutcomes(options: {
  kafka: Kafka;
  /** Of the kafka. */
  clientId: string;
  codec: Pick<RecordCodec, 'prepare' | 'decode'>;
  waiters: OutcomeWaiters;
  decompressedBytesMax: number;
  log: Log;
  /** Called when the reading has ended for good. */
  fail: (error: Error) => void;
}): Promise<OutcomeTail> {
  const { kafka, codec, waiters, log } = options;
  const groupId = `gateway-outcomes-${randomUUID()}`;
  const admin = kafka.admin();
  const closing = new AbortController();
  const { signal } = closing;
  const consumer = createConsumer(kafka, {
    groupId,
    maxWaitTimeInMs: fetchWaitMsMax,
    idleWaitMsMax: idleFetchWaitMsMax,
    sessionTimeout: sessionMsMax,
    allowAutoTopicCreation: false,
    decompressedBytesMax: options.decompressedBytesMax,
    retry: beginningAgain({ ...options, admin, groupId, signal, patienceMs: sessionMsMax }),
  });
  await admin.connect();
  await consumer.connect();
  await consumer.subscribe({ topics: ['loyalty-events', 'reward-events'], fromBeginning: false });
  const reading = new Promise<void>((resolve) => {
    const stop = consumer.on(consumer.events.FETCH, () => {
      stop();
      resolve();
    });
  });
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    if (!payload.restart && !signal.aborted) options.fail(payload.error);
  });
  await consumer.run({
    autoCommit: false,
    async eachBatch({ batch }) {
      if (isOutOfRange(batch)) {
        // The log has lost its end, or what nobody waits for was deleted: whatever is written from now on counts.
        const { topic, partition } = batch;
        const { high } = await watermarksOf(admin, { topic, partition });
        consumer.seek({ topic, partition, offset: String(high) });
        return;
      }
      if (waiters.size === 0) return;
      const records = recordsOf(batch);
      await codec.prepare(records.map(({ value }) => value));
      waiters.observe(records.flatMap((record) => read(codec, record, log)));
    },
  });
  await reading;
  return {
    async close() {
      closing.abort();
      await consumer.disconnect();
      await admin.disconnect();
    },
  };
}

function read(codec: Pick<RecordCodec, 'decode'>, record: LogRecord, log: Log): Typed[] {
  try {
    return [codec.decode(valueOf(record))];
  } catch (error) {
    if (!(error instanceof UnreadableRecord)) throw error;
    log.warn({ reason: error.reason }, 'a derived event cannot be read and is passed over');
    return [];
  }
}
