import { createKafka, createProducer } from '@semarak/infra/kafka';
import { createLog, createMetrics } from '@semarak/infra/observability';
import { appendControlRecord, readKnowledge } from '@semarak/infra/published-programmes';
import { createCodec } from '@semarak/infra/records';
import { createRedis } from '@semarak/infra/state-store';
import { epochDayOf } from '@semarak/schemas';
import type { System } from './system.ts';
import { until } from './until.ts';

const log = createLog({ service: 'test', level: 'silent' });
const timeoutMs = 10_000;

/** Closes business days by the hand of a test: the calendar goes by the real clock. */
export interface BusinessDays {
  /**
   * Writes BusinessDayClosed as the calendar does; resolves when accrual knows it in every partition.
   */
  close(programme: string, day: string): Promise<void>;
  disconnect(): Promise<void>;
}

export async function businessDaysOf(system: System): Promise<BusinessDays> {
  const kafka = createKafka({ brokers: [system.brokers], clientId: 'test', log });
  const metrics = createMetrics({ service: 'test' });
  const producer = await createProducer({ kafka, metrics, timeoutMs });
  const codec = await createCodec({ registryUrl: system.registryUrl });
  const redis = createRedis({ url: system.redisUrl, timeoutMs, log });
  const admin = kafka.admin();
  await admin.connect();
  const all = (await admin.fetchTopicOffsets('transactions')).map(({ partition }) => partition);
  await admin.disconnect();
  return {
    async close(programme, day) {
      const businessDay = epochDayOf(day);
      if (businessDay === undefined) throw new Error(`${day} is no date`);
      const value = { programme, businessDay, closedAt: Date.now(), partitions: all.length };
      const record = { type: 'BusinessDayClosed', value } as const;
      await appendControlRecord(record, { partitions: all, codec, producer });
      await until(`${day} is closed in every partition`, 20_000, async () =>
        (await readKnowledge(redis, all.length)).every(
          ({ closedDays }) => closedDays?.[programme] === businessDay,
        ),
      );
    },
    async disconnect() {
      await producer.close();
      redis.disconnect();
    },
  };
}
