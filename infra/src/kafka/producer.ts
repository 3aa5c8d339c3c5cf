import type { Kafka } from 'kafkajs';
import kafkaErrors from 'kafkajs/src/protocol/error.js';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Metrics } from '../observability/index.ts';
import { createCluster, produce, type Cluster } from './kafkajs-cluster.ts';
import { LogUnavailable, type OutputRecord } from './output-record.ts';
import { encodeProduceRequest, type PartitionBatch } from './record-batch.ts';

export interface RecordProducer {
  /**
   * Appends records of any topics and partitions in one request to each leader; records of one
   * partition keep their order. Resolves once Kafka has acknowledged every partition by name
   * (acks=all); throws LogUnavailable otherwise, and then any part of them may be in the log.
   */
  append(records: readonly OutputRecord[]): Promise<void>;
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
      if (records.length === 0) return;
      const batches = batchesOf(records);
      let pending: readonly PartitionBatch[] = batches;
      for (let attempt = 1; pending.length > 0; attempt++) {
        const { refused, cause } = await send(cluster, pending, options.timeoutMs);
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
    },
    close: () => cluster.disconnect(),
  };
}

/** The batches that Kafka has not acknowledged by name, and why not. */
interface Refusal {
  readonly refused: readonly PartitionBatch[];
  readonly cause: unknown;
}

function batchesOf(records: readonly OutputRecord[]): PartitionBatch[] {
  const batches = new Map<string, PartitionBatch & { readonly records: OutputRecord[] }>();
  let last: (PartitionBatch & { readonly records: OutputRecord[] }) | undefined;
  for (const record of records) {
    // Most records go where the one before went.
    if (last?.topic !== record.topic || last.partition !== record.partition) {
      const { topic, partition } = record;
      const place = `${topic}/${partition}`;
      last = batches.get(place) ?? { topic, partition, records: [] };
      batches.set(place, last);
    }
    last.records.push(record);
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
    return { refused: batches, cause };
  }
  const refusals = await Promise.all(
    [...byLeader].map(async ([leader, ofLeader]): Promise<Refusal> => {
      try {
        return await sendTo(cluster, { leader, batches: ofLeader, timeoutMs });
      } catch (cause) {
        return { refused: ofLeader, cause };
      }
    }),
  );
  return {
    refused: refusals.flatMap(({ refused }) => refused),
    cause: refusals.find(({ refused }) => refused.length > 0)?.cause,
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
    const leader = cluster
      .findTopicPartitionMetadata(batch.topic)
      .find(({ partitionId }) => partitionId === batch.partition)?.leader;
    if (leader === undefined || leader === null || leader < 0)
      throw kafkaErrors.createErrorFromCode(leaderNotAvailable);
    const ofLeader = byLeader.get(leader);
    if (ofLeader) ofLeader.push(batch);
    else byLeader.set(leader, [batch]);
  }
  return byLeader;
}

const leaderNotAvailable = 5;

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
    const codes = new Map(
      topics.flatMap(({ topicName, partitions }) =>
        partitions.map(({ partition, errorCode }) => [`${topicName}/${partition}`, errorCode]),
      ),
    );
    const codeOf = ({ topic, partition }: PartitionBatch) => codes.get(`${topic}/${partition}`);
    const refused = batches.filter((batch) => codeOf(batch) !== 0);
    const [first] = refused;
    return { refused, cause: first && refusalOf(first, codeOf(first)) };
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

/**
 * What kafkajs says of a connection that was opened while the broker hung: it was never told which
 * versions the broker speaks, is taken for connected all the same, and stays so until it is closed.
 */
const isHalfConnected = (cause: unknown): boolean =>
  cause instanceof Error && cause.message === 'Broker not connected';

/** After a failure: connections that were closed are given up, and leaders looked up again. */
async function learnAnew(cluster: Cluster, cause: unknown): Promise<void> {
  try {
    if (nameOf(cause) === 'KafkaJSConnectionClosedError')
      cluster.removeBroker(cause as { host: string; port: number });
    if (isHalfConnected(cause)) await cluster.disconnect();
    if (!cluster.isConnected()) await cluster.connect();
    await cluster.refreshMetadata();
  } catch {
    // Kafka is away as a whole: the next try finds out, or is the last.
  }
}

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : '');
