import type { TopicName } from '@semarak/schemas';
import type { Admin, Kafka } from 'kafkajs';
import type { z } from 'zod';
import { bounded } from '../configuration/index.ts';
import type { InputBatch } from '../consumer-group/index.ts';
import {
  createKafka,
  partitionOf,
  TopicReader,
  watermarksOf,
  type OutputRecord,
} from '../kafka/index.ts';
import { createMetrics, type Log } from '../observability/index.ts';
import { startProgress } from '../progress/index.ts';
import { createCodec } from '../records/index.ts';
import { createRedis, FreshStates } from '../state-store/index.ts';
import { PartitionProcessor, type Logic } from '../stream-processor/index.ts';
import { processorLimits, readerLimits, streamWorkerConfiguration } from './stream-worker.ts';

/** What a replay reads from its environment: limits and servers as its worker has them. */
export const replayConfiguration = streamWorkerConfiguration
  .omit({ LISTEN_HOST: true, METRICS_PORT: true })
  .extend({
    /** How often a partition is caught up with before it counts as moving too fast. */
    SWAP_ATTEMPTS_MAX: bounded({ min: 1, max: 100_000, default: 2_000 }),
    SWAP_RETRY_DELAY_MS: bounded({ min: 1, max: 60_000, default: 20 }),
  });

export type ReplayConfiguration = z.infer<typeof replayConfiguration>;

export interface Replayed<State> {
  readonly worker: string;
  readonly input: TopicName;
  readonly logic: Logic<State>;
  readonly configuration: ReplayConfiguration;
  readonly log: Log;
  /** Where progress is shown. */
  readonly stream: NodeJS.WriteStream;
}

/** Takes what a worker writes as it reads its input again; resolves to the records’ offsets, where they have any. */
export type Append = (chunk: readonly OutputRecord[]) => Promise<readonly (number | undefined)[]>;

export type Codec = Awaited<ReturnType<typeof createCodec>>;

/** Connections that all partitions of a replay share. */
export interface Replays {
  readonly kafka: Kafka;
  readonly admin: Admin;
  readonly codec: Codec;
  readonly partitions: number;
  /** Records read so far. */
  readonly records: number;
  /** Begins a partition anew, in states beside the live ones. */
  begin(partition: number, append: Append): Promise<Replay>;
  close(): Promise<void>;
}

/** One partition of a worker’s input, read again from its beginning into states beside the live ones. */
export interface Replay {
  readonly partition: number;
  readonly states: FreshStates;
  /** The first offset that is not taken in. */
  position(): number;
  /** Takes in everything below `end`. */
  advanceTo(end: number): Promise<void>;
}

/** Connects to the servers, which must have the topics. */
export async function openReplays<State>(of: Replayed<State>): Promise<Replays> {
  const { worker, input, configuration, log } = of;
  const kafka = createKafka({ brokers: configuration.KAFKA_BROKERS, clientId: worker, log });
  const timeoutMs = configuration.STORE_TIMEOUT_MS;
  const redis = createRedis({ url: configuration.REDIS_URL, timeoutMs, log });
  const admin = kafka.admin();
  const closing: (() => Promise<void> | void)[] = [() => redis.disconnect()];
  const close = async (): Promise<void> => {
    for (const one of closing.splice(0).reverse()) await one();
  };
  try {
    await admin.connect();
    closing.push(() => admin.disconnect());
    const codec = await createCodec({ registryUrl: configuration.SCHEMA_REGISTRY_URL });
    const ends = await admin.fetchTopicOffsets(input);
    const partitions = ends.length;
    const group = `${worker}-rebuild`;
    const limits = readerLimits(configuration);
    const reader = await TopicReader.open({ kafka, topic: input, partitions, group, limits });
    closing.push(() => reader.close());
    const total = ends.reduce((sum, { high }) => sum + Number(high), 0);
    const progress = startProgress({ title: worker, total, stream: of.stream });
    closing.push(() => progress.finish());
    let records = 0;
    return {
      kafka,
      admin,
      codec,
      partitions,
      get records() {
        return records;
      },
      close,
      async begin(partition, append) {
        const states = new FreshStates(redis, { worker, partition });
        await states.clear();
        const processor = freshProcessor(of, {
          ...{ admin, codec, states, partition, partitions, append },
        });
        const advanced = (by: number): void => {
          records += by;
          progress.advance(by);
        };
        return beginReplay({ processor, states, reader, partition, advanced }, input);
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function freshProcessor<State>(
  { worker, input, logic, configuration, log }: Replayed<State>,
  by: {
    readonly admin: Admin;
    readonly codec: Codec;
    readonly states: FreshStates;
    readonly partition: number;
    readonly partitions: number;
    readonly append: Append;
  },
): PartitionProcessor<State> {
  const { admin, codec, states, partition, partitions, append } = by;
  return new PartitionProcessor({
    worker,
    topic: input,
    partition,
    logic,
    codec,
    store: states.store,
    append,
    toldCause: () => Promise.resolve(undefined),
    isInLog: () => Promise.resolve(true),
    watermarks: () => watermarksOf(admin, { topic: input, partition }),
    // It begins at the beginning, and reads what is there.
    verdictOf: () => Promise.resolve({ type: 'stands' }),
    hasRecords: () => Promise.resolve(false),
    toldAcknowledged: () => Promise.resolve(0),
    lag: { report: () => Promise.resolve(), forget: () => undefined },
    partitionOf: (key) => partitionOf({ key, partitions }),
    limits: { ...processorLimits(configuration, 1), deadLettersPerThousandMax: 1_000 },
    metrics: createMetrics({ service: `${worker}-rebuild` }),
    log,
  });
}

async function beginReplay<State>(
  of: {
    readonly processor: PartitionProcessor<State>;
    readonly states: FreshStates;
    readonly reader: TopicReader;
    readonly partition: number;
    readonly advanced: (records: number) => void;
  },
  input: TopicName,
): Promise<Replay> {
  const { processor, states, reader, partition } = of;
  let position = await processor.acquire('rebuild');
  const take = async (batch: InputBatch): Promise<void> => {
    const outcome = await processor.process(batch, () => Promise.resolve());
    if (outcome.type === 'lost')
      throw new Error(`${input}/${partition} is being rebuilt by someone else: ${outcome.reason}.`);
    position = batch.to;
    of.advanced(batch.records.length);
  };
  return {
    partition,
    states,
    position: () => position,
    async advanceTo(end) {
      for await (const records of reader.read({ partition, from: position, to: end })) {
        const last = records.at(-1);
        if (last !== undefined)
          await take({ from: position, records, to: last.offset + 1, highWatermark: end });
      }
      // Behind the last record there may be some that are for no reader.
      if (position < end) await take({ from: position, records: [], to: end, highWatermark: end });
    },
  };
}
