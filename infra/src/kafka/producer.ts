import type { Kafka } from 'kafkajs';
import kafkaErrors from 'kafkajs/src/protocol/error.js';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Metrics } from '../observability/index.ts';
import {
  createCluster,
  isHalfConnected,
  knownLeaderOf,
  learnAnew,
  produce,
  type Cluster,
} from './kafkajs-cluster.ts';
import { LogUnavailable, type OutputRecord } from './output-record.ts';
import { encodeProduceRequest, type PartitionBatch } from './record-batch.ts';

export interface RecordProducer {
  /**
   * Appends records of any topics and partitions in one request to each leader; records of one
   * partition keep their order. Resolves once Kafka has acknowledged every partition by name
   * (acks=all), with the offset of each record; throws LogUnavailable otherwise, and then any part of them may be in the
   * log.
   */
  append(records: readonly OutputRecord[]): Promise<readonly number[]>;
  close(): Promise<void>;
}

const acksOfAll = -1;
const metadataMaxAgeMs = 300_000;
/** Tries of a partition that Kafka might take another time, with 10, 20, 40 … ms between them: 2.6 s. */
const attemptsMax = 9;
const retryDelayMs = 10;

/**
 * Connects a producer that waits for all in-sync replicas. kafkajs' own spends more on a record than
 * everything else that a worker does (infra/decisions); this one keeps its connections and its
 * knowledge of the cluster and writes each request into one buffer.
 */
export async function createProducer(options: {
  kafka: Kafka;
  metrics: Pick<Metrics, 'produced'>;
  timeoutMs: number;
}): Promise<RecordProducer> {
  const cluster = createCluster(options.kafka, { metadataMaxAgeMs });
  await cluster.connect();
  return {
    async append(records) {
      if (records.length === 0) return [];
      const batches = batchesOf(records);
      const first = new Map<PartitionBatch, number>();
      let pending: readonly PartitionBatch[] = batches;
      for (let attempt = 1; pending.length > 0; attempt++) {
        const { refused, cause, firstOffsets } = await send(cluster, pending, options.timeoutMs);
        for (const [batch, offset] of firstOffsets) first.set(batch, offset);
        if (refused.length > 0) {
          if (attempt >= attemptsMax || !isRetriable(cause))
            throw new LogUnavailable('Kafka did not acknowledge the records', { cause });
          await sleep(retryDelayMs * 2 ** (attempt - 1));
          await learnAnew(cluster, cause);
        }
        pending = refused;
      }
      for (const { topic, records: ofPartition } of batches)
        options.metrics.produced.inc({ topic }, ofPartition.length);
      return offsetsOf(batches, first);
    },
    close: () => cluster.disconnect(),
  };
}

/** The batches that Kafka has not acknowledged by name, and why not. */
interface Refusal {
  readonly refused: readonly PartitionBatch[];
  readonly cause: unknown;
  /** Of those that it has acknowledged, the offset of the first record. */
  readonly firstOffsets: readonly (readonly [PartitionBatch, number])[];
}

/** Records of a partition, with where each is among all that are appended. */
type Batch = PartitionBatch & { readonly records: OutputRecord[]; readonly indexes: number[] };

/** The offset of each record: those of a batch stand one after the other. */
function offsetsOf(
  batches: readonly Batch[],
  first: ReadonlyMap<PartitionBatch, number>,
): number[] {
  const offsets: number[] = [];
  for (const batch of batches) {
    const offset = first.get(batch) ?? 0;
    batch.indexes.forEach((index, at) => (offsets[index] = offset + at));
  }
  return offsets;
}

function batchesOf(records: readonly OutputRecord[]): Batch[] {
  const batches = new Map<string, Batch>();
  let last: Batch | undefined;
  for (const [index, record] of records.entries()) {
    // Most records go where the one before went.
    if (last?.topic !== record.topic || last.partition !== record.partition) {
      const { topic, partition } = record;
      const place = `${topic}/${partition}`;
      last = batches.get(place) ?? { topic, partition, records: [], indexes: [] };
      batches.set(place, last);
    }
    last.records.push(record);
    last.indexes.push(index);
  }
  return [...batches.values()];
}

/** One request to each leader of these partitions, all at once. */
async function send(
  cluster: Cluster,
  batches: readonly PartitionBatch[],
  timeoutMs: number,
): Promise<Refusal> {
  let byLeader: Map<number, PartitionBatch[]>;
  try {
    byLeader = await leadersOf(cluster, batches);
  } catch (cause) {
    return { refused: batches, cause, firstOffsets: [] };
  }
  const refusals = await Promise.all(
    [...byLeader].map(async ([leader, ofLeader]): Promise<Refusal> => {
      try {
        return await sendTo(cluster, { leader, batches: ofLeader, timeoutMs });
      } catch (cause) {
        return { refused: ofLeader, cause, firstOffsets: [] };
      }
    }),
  );
  return {
    refused: refusals.flatMap(({ refused }) => refused),
    cause: refusals.find(({ refused }) => refused.length > 0)?.cause,
    firstOffsets: refusals.flatMap(({ firstOffsets }) => firstOffsets),
  };
}

async function leadersOf(
  cluster: Cluster,
  batches: readonly PartitionBatch[],
): Promise<Map<number, PartitionBatch[]>> {
  const unknown = new Set(
    batches.map(({ topic }) => topic).filter((topic) => !cluster.targetTopics.has(topic)),
  );
  if (unknown.size > 0) await cluster.addMultipleTargetTopics([...unknown]);
  await cluster.refreshMetadataIfNecessary();
  const byLeader = new Map<number, PartitionBatch[]>();
  for (const batch of batches) {
    const leader = knownLeaderOf(cluster, batch);
    const ofLeader = byLeader.get(leader);
    if (ofLeader) ofLeader.push(batch);
    else byLeader.set(leader, [batch]);
  }
  return byLeader;
}

async function sendTo(
  cluster: Cluster,
  {
    leader,
    batches,
    timeoutMs,
  }: {
    readonly leader: number;
    readonly batches: readonly PartitionBatch[];
    readonly timeoutMs: number;
  },
): Promise<Refusal> {
  const broker = await cluster.findBroker({ nodeId: String(leader) });
  const body = encodeProduceRequest(batches, { acks: acksOfAll, timeoutMs, now: Date.now() });
  try {
    const { topics } = await produce(broker, body);
    const answers = new Map(
      topics.flatMap(({ topicName, partitions }) =>
        partitions.map((answer) => [`${topicName}/${answer.partition}`, answer] as const),
      ),
    );
    const answerOf = ({ topic, partition }: PartitionBatch) => answers.get(`${topic}/${partition}`);
    const refused = batches.filter((batch) => answerOf(batch)?.errorCode !== 0);
    const [first] = refused;
    return {
      refused,
      cause: first && refusalOf(first, answerOf(first)?.errorCode),
      firstOffsets: batches
        .filter((batch) => answerOf(batch)?.errorCode === 0)
        .map((batch) => [batch, Number(answerOf(batch)?.baseOffset)] as const),
    };
  } catch (error) {
    if (nameOf(error) === 'KafkaJSConnectionClosedError') await broker.disconnect();
    throw error;
  }
}

function refusalOf({ topic, partition }: PartitionBatch, code: number | undefined): Error {
  // What is not named may or may not be written: it is sent again.
  if (code === undefined)
    return Object.assign(new Error(`Kafka did not name ${topic}/${partition} in its answer`), {
      retriable: true,
    });
  return kafkaErrors.createErrorFromCode(code);
}

/** Kafka's own word for its errors; a connection that fails may work another time. */
function isRetriable(cause: unknown): boolean {
  if (isHalfConnected(cause)) return true;
  return cause instanceof Error && 'retriable' in cause && cause.retriable === true;
}

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : '');
