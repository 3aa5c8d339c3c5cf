import { createKafka, createProducer } from '@semarak/infra/kafka';
import { createMetrics, serveObservability, type Log } from '@semarak/infra/observability';
import { appendControlRecord, readKnowledge } from '@semarak/infra/published-programmes';
import { createCodec } from '@semarak/infra/records';
import { createRedis } from '@semarak/infra/state-store';
import { TrustedClock } from '@semarak/infra/trusted-clock';
import type { Running } from '@semarak/infra/workers';
import { isoDate } from '@semarak/schemas';
import { Gauge } from 'prom-client';
import type { CalendarConfiguration } from './config.ts';
import { DayCloser, type DayCloserPorts } from './day-closer.ts';
import { startRhythm } from './rhythm.ts';

/** Connects the day closer to Kafka and to accrual's states in Redis, and lets it look by the clock. */
export async function startCalendar(options: {
  configuration: CalendarConfiguration;
  clock: () => number;
  log: Log;
  fail: (error: Error) => void;
}): Promise<Running> {
  const { configuration, clock, log } = options;
  const metrics = createMetrics({ service: 'calendar' });
  const closedDay = new Gauge({
    name: 'semarak_calendar_closed_day',
    help: 'The newest business day this process has closed, days since 1970-01-01',
    labelNames: ['programme'] as const,
    registers: [metrics.registry],
  });
  const servers = await connect(options, metrics);
  const believedClock = new TrustedClock({ configuration, wallMs: clock });
  const closer = new DayCloser({
    clock: believedClock,
    ports: servers.ports,
    graceMinutes: configuration.GRACE_MINUTES,
  });
  const rhythm = startRhythm({
    limits: {
      intervalMs: configuration.LOOK_INTERVAL_MS,
      failuresMax: configuration.FAILURES_MAX,
      failureDelayMs: configuration.FAILURE_DELAY_MS,
      failureDelayMsMax: configuration.FAILURE_DELAY_MS_MAX,
    },
    async round() {
      for (const { programme, businessDay, partitions } of await closer.look(clock())) {
        closedDay.set({ programme }, businessDay);
        log.info({ programme, businessDay: isoDate(businessDay), partitions }, 'day is closed');
      }
    },
    onFailure: (error, failures) => log.warn({ err: error, failures }, 'days cannot be closed'),
    onFatal: options.fail,
  });
  const observability = await serveObservability({
    port: configuration.METRICS_PORT,
    host: configuration.LISTEN_HOST,
    metrics,
    health: () => ({
      problems: [...rhythm.problems(), ...[believedClock.problem() ?? []].flat()],
    }),
  });
  return {
    async close() {
      await rhythm.close();
      await servers.close();
      await observability.close();
    },
  };
}

async function connect(
  { configuration, log }: { configuration: CalendarConfiguration; log: Log },
  metrics: ReturnType<typeof createMetrics>,
): Promise<{ ports: DayCloserPorts; close(): Promise<void> }> {
  const kafka = createKafka({ brokers: configuration.KAFKA_BROKERS, clientId: 'calendar', log });
  const codec = await createCodec({ registryUrl: configuration.SCHEMA_REGISTRY_URL });
  const timeoutMs = configuration.PRODUCE_TIMEOUT_MS;
  const producer = await createProducer({ kafka, metrics, timeoutMs });
  const admin = kafka.admin();
  await admin.connect();
  const partitionsTotal = (await admin.fetchTopicOffsets('transactions')).length;
  await admin.disconnect();
  const redis = createRedis({
    url: configuration.REDIS_URL,
    timeoutMs: configuration.STORE_TIMEOUT_MS,
    log,
  });
  const ports: DayCloserPorts = {
    knowledge: () => readKnowledge(redis, partitionsTotal),
    async write({ programme, businessDay, partitions }, { closedAtMs, partitionsTotal: total }) {
      const value = { programme, businessDay, closedAt: closedAtMs, partitions: total };
      const record = { type: 'BusinessDayClosed', value } as const;
      await appendControlRecord(record, { partitions, codec, producer });
    },
  };
  return {
    ports,
    async close() {
      await producer.close();
      redis.disconnect();
    },
  };
}
