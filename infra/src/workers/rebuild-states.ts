import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TopicName } from '@semarak/schemas';
import type { z } from 'zod';
import { bounded, readConfiguration } from '../configuration/index.ts';
import type { InputBatch } from '../consumer-group/index.ts';
import { createKafka, partitionOf, TopicReader, watermarksOf } from '../kafka/index.ts';
import { createLog, createMetrics, type Log } from '../observability/index.ts';
import { startProgress } from '../progress/index.ts';
import { createCodec } from '../records/index.ts';
import { createRedis, FreshStates } from '../state-store/index.ts';
import { PartitionProcessor, type Logic } from '../stream-processor/index.ts';
import { processorLimits, readerLimits, streamWorkerConfiguration } from './stream-worker.ts';

/** What a rebuild reads from its environment: limits and servers as its worker has them. */
const rebuildConfiguration = streamWorkerConfiguration
  .omit({ LISTEN_HOST: true, METRICS_PORT: true })
  .extend({
    /** How often a partition is caught up with before it counts as moving too fast. */
    SWAP_ATTEMPTS_MAX: bounded({ min: 1, max: 100_000, default: 2_000 }),
    SWAP_RETRY_DELAY_MS: bounded({ min: 1, max: 60_000, default: 20 }),
  });

type Configuration = z.infer<typeof rebuildConfiguration>;

/** Runs `rebuildStates` as a program of its own and ends with 0, or with 1 and a sentence. */
export async function runRebuild<State>(
  of: Pick<Rebuilding<State>, 'worker' | 'input' | 'logic'>,
): Promise<void> {
  const configuration = readConfiguration(rebuildConfiguration, process.env);
  const log = createLog({ service: `${of.worker}-rebuild`, level: 'silent' });
  try {
    const records = await rebuildStates({ ...of, configuration, log, stream: process.stderr });
    process.stdout.write(
      `${of.worker}: states made anew from ${records} records, and swapped in\n`,
    );
  } catch (error) {
    process.stderr.write(
      `${of.worker}: ${error instanceof Error ? error.message : String(error)}\n`,
    );
    process.exitCode = 1;
  }
}

interface Rebuilding<State> {
  readonly worker: string;
  readonly input: TopicName;
  readonly logic: Logic<State>;
  readonly configuration: Configuration;
  readonly log: Log;
  readonly stream: NodeJS.WriteStream;
}

/**
 * Makes a worker's states anew from the log while the worker goes on, partition by partition, and puts
 * them in the place of the live ones where both have come to the same position. Nothing is produced:
 * what is derived has been derived. Returns how many records were read. Throws when a partition cannot
 * be caught up with in `SWAP_ATTEMPTS_MAX` attempts, and what the servers throw; then the partitions
 * before it have their fresh states and the others their old ones, and it can be run again.
 */
async function rebuildStates<State>(rebuilding: Rebuilding<State>): Promise<number> {
  const { worker, input, configuration, log } = rebuilding;
  const kafka = createKafka({ brokers: configuration.KAFKA_BROKERS, clientId: worker, log });
  const redis = createRedis({
    url: configuration.REDIS_URL,
    timeoutMs: configuration.STORE_TIMEOUT_MS,
    log,
  });
  const metrics = createMetrics({ service: `${worker}-rebuild` });
  const admin = kafka.admin();
  await admin.connect();
  try {
    const codec = await createCodec({ registryUrl: configuration.SCHEMA_REGISTRY_URL });
    const ends = await admin.fetchTopicOffsets(input);
    const partitions = ends.length;
    const reader = await TopicReader.open({
      kafka,
      topic: input,
      partitions,
      group: `${worker}-rebuild`,
      limits: readerLimits(configuration),
    });
    const total = ends.reduce((sum, { high }) => sum + Number(high), 0);
    const progress = startProgress({ title: worker, total, stream: rebuilding.stream });
    let records = 0;
    try {
      for (let partition = 0; partition < partitions; partition++) {
        const states = new FreshStates(redis, { worker, partition });
        const processor = new PartitionProcessor({
          worker,
          topic: input,
          partition,
          logic: rebuilding.logic,
          codec,
          store: states.store,
          append: () => Promise.resolve([]),
          toldCause: () => Promise.resolve(undefined),
          isInLog: () => Promise.resolve(true),
          watermarks: () => watermarksOf(admin, { topic: input, partition }),
          // It begins at the beginning, and reads no further than the live states have.
          verdictOf: () => Promise.resolve({ type: 'stands' }),
          hasRecords: () => Promise.resolve(false),
          toldAcknowledged: () => Promise.resolve(0),
          lag: { report: () => Promise.resolve(), forget: () => undefined },
          partitionOf: (key) => partitionOf({ key, partitions }),
          limits: { ...processorLimits(configuration, 1), deadLettersPerThousandMax: 1_000 },
          metrics,
          log,
        });
        await states.clear();
        records += await catchUpAndSwap(
          { states, processor, reader, partition },
          { input, limits: configuration, advance: (by) => progress.advance(by) },
        );
      }
    } finally {
      progress.finish();
      await reader.close();
    }
    return records;
  } finally {
    await admin.disconnect();
    redis.disconnect();
  }
}

async function catchUpAndSwap<State>(
  of: {
    readonly states: FreshStates;
    readonly processor: PartitionProcessor<State>;
    readonly reader: TopicReader;
    readonly partition: number;
  },
  by: {
    readonly input: TopicName;
    readonly limits: Pick<Configuration, 'SWAP_ATTEMPTS_MAX' | 'SWAP_RETRY_DELAY_MS'>;
    readonly advance: (records: number) => void;
  },
): Promise<number> {
  const { states, processor, reader, partition } = of;
  const place = `${by.input}/${partition}`;
  const advance = async (batch: InputBatch): Promise<void> => {
    const outcome = await processor.process(batch, () => Promise.resolve());
    if (outcome.type === 'lost')
      throw new Error(`${place} is being rebuilt by someone else: ${outcome.reason}.`);
  };
  let position = await processor.acquire('rebuild');
  let records = 0;
  for (let attempt = 1; attempt <= by.limits.SWAP_ATTEMPTS_MAX; attempt++) {
    const live = await states.livePosition();
    for await (const batch of reader.read({ partition, from: position, to: live })) {
      const last = batch.at(-1);
      if (last === undefined) continue;
      const to = last.offset + 1;
      await advance({ from: position, records: batch, to, highWatermark: live });
      position = to;
      records += batch.length;
      by.advance(batch.length);
    }
    // Behind the last record there may be some that are for no reader.
    if (position < live) {
      await advance({ from: position, records: [], to: live, highWatermark: live });
      position = live;
    }
    if ((await states.swap(randomUUID())) === 'swapped') return records;
    // Behind: read on at once. Ahead: the live states were lost or are old, and come after.
    if ((await states.livePosition()) < position) await sleep(by.limits.SWAP_RETRY_DELAY_MS);
  }
  throw new Error(
    `${place} could not be swapped in ${by.limits.SWAP_ATTEMPTS_MAX} attempts: its states moved on each ` +
      'time. They are as they were; run it again, when less comes in.',
  );
}
