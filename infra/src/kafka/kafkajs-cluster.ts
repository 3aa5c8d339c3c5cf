import type { Consumer, ConsumerConfig, Kafka } from 'kafkajs';
// kafkajs keeps what it knows of the cluster to itself. These are the parts that a producer of our own
// and consumer groups need; the version is pinned, and the tests of the producer run on a real Kafka.
import Encoder from 'kafkajs/src/protocol/encoder.js';
import kafkaErrors from 'kafkajs/src/protocol/error.js';
import produceResponse from 'kafkajs/src/protocol/requests/produce/v7/response.js';
import { decodeFetchResponse, fetchVersion, type FetchResponse } from './fetch-response.ts';

/** A connection to one broker, which is opened when it is needed. */
export interface Broker {
  disconnect(): Promise<void>;
  readonly connectionPool: { send: Send };
}

type Send = <Decoded>(exchange: {
  readonly request: Request;
  readonly response: Response<Decoded>;
}) => Promise<Decoded>;

/** The broker that keeps a consumer group. */
interface Coordinator {
  leaveGroup(member: { readonly groupId: string; readonly memberId: string }): Promise<unknown>;
}

/** The brokers of a cluster and what each leads, as kafkajs last heard. */
export interface Cluster {
  readonly targetTopics: ReadonlySet<string>;
  isConnected(): boolean;
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  refreshMetadata(): Promise<void>;
  refreshMetadataIfNecessary(): Promise<void>;
  addMultipleTargetTopics(topics: readonly string[]): Promise<void>;
  findBroker(by: { readonly nodeId: string }): Promise<Broker>;
  findTopicPartitionMetadata(
    topic: string,
  ): readonly { readonly partitionId: number; readonly leader: number | null }[];
  findGroupCoordinator(of: { readonly groupId: string }): Promise<Coordinator>;
  removeBroker(at: { readonly host: string; readonly port: number }): void;
}

interface Request {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly apiName: string;
  readonly expectResponse: () => boolean;
  readonly encode: () => Promise<Encoder>;
}

interface Response<Decoded> {
  decode(payload: Buffer): Promise<Decoded>;
  parse(response: Decoded): Promise<Decoded>;
}

/** What Kafka says of each partition of a Produce request; 0 is no error. */
export type ProduceResponse = Awaited<ReturnType<typeof produceResponse.decode>>;

const createClusterName = 'private:Kafka:createCluster';
const produceKey = 0;
const produceVersion = 7;

interface ClusterOptions {
  readonly metadataMaxAge?: number;
  readonly allowAutoTopicCreation?: boolean;
}

/** A cluster of its own connections, made as kafkajs makes one for each of its producers. */
export function createCluster(
  kafka: Kafka,
  options: { readonly metadataMaxAgeMs: number },
): Cluster {
  const { create } = wayToMakeClusters(kafka);
  return create({ metadataMaxAge: options.metadataMaxAgeMs, allowAutoTopicCreation: false });
}

/** kafkajs' configuration of a consumer, and what else reading takes. */
export interface ReadingConfig extends ConsumerConfig {
  /** What the compressed batches of one partition in one fetch become, at most. */
  readonly decompressedBytesMax: number;
  /** How long a fetch waits once nothing has come for a while, and then for a single record; kafkajs' wait by default. */
  readonly idleWaitMsMax?: number | undefined;
}

/** Fetches in a row without a record after which a log is taken to stand still. */
const emptyFetchesUntilIdle = 20;

/**
 * kafkajs' consumer, to which what a fetch brings of a partition is one FetchedRecords: see fetch-response.ts. Every
 * reader of the log is made so, since kafkajs itself reads no codec but gzip.
 */
export function createConsumer(
  kafka: Kafka,
  { decompressedBytesMax, idleWaitMsMax, ...config }: ReadingConfig,
): Consumer {
  const { symbol, create } = wayToMakeClusters(kafka);
  const limits = { decompressedBytesMax, idleWaitMsMax };
  const lean = Object.create(kafka, {
    [symbol]: { value: (options: ClusterOptions) => readingFetches(create(options), limits) },
  }) as Kafka;
  return lean.consumer(config);
}

function wayToMakeClusters(kafka: Kafka) {
  const symbol = Object.getOwnPropertySymbols(kafka).find(
    ({ description }) => description === createClusterName,
  );
  if (symbol === undefined) throw new Error('this kafkajs does not make clusters as 2.2.4 does');
  const create = (kafka as unknown as Record<symbol, (of: ClusterOptions) => Cluster>)[symbol];
  if (create === undefined) throw new Error('this kafkajs has no way to make a cluster');
  return { symbol, create };
}

function readingFetches(
  cluster: Cluster,
  limits: Pick<ReadingConfig, 'decompressedBytesMax' | 'idleWaitMsMax'>,
): Cluster {
  const changed = new WeakSet<Broker['connectionPool']>();
  const find = cluster.findBroker.bind(cluster);
  cluster.findBroker = async (by) => {
    const broker = await find(by);
    const { connectionPool } = broker;
    if (changed.has(connectionPool)) return broker;
    changed.add(connectionPool);
    const send = connectionPool.send.bind(connectionPool);
    let empty = 0;
    connectionPool.send = ({ request, response }) => {
      if (request.apiName !== 'Fetch' || request.apiVersion !== fetchVersion)
        return send({ request, response });
      const decode = ((payload: Buffer) => {
        const decoded = decodeFetchResponse(payload, limits);
        empty = isEmpty(decoded) ? empty + 1 : 0;
        return Promise.resolve(decoded);
      }) as unknown as typeof response.decode;
      const isIdle = limits.idleWaitMsMax !== undefined && empty >= emptyFetchesUntilIdle;
      return send({
        request: isIdle ? waitingForOneRecord(request, limits.idleWaitMsMax) : request,
        response: { decode, parse: (decoded) => response.parse(decoded) },
      });
    };
    return broker;
  };
  return cluster;
}

const isEmpty = ({ responses }: FetchResponse): boolean =>
  responses.every(({ partitions }) => partitions.every(({ messages }) => messages.length === 0));

/** Where a Fetch request says how long it waits, and for how many bytes, behind the replica’s id. */
const maxWaitAt = 4;
const minBytesAt = 8;

/** Kafka answers it as soon as there is a record: the wait delays nothing, and saves requests that bring nothing. */
const waitingForOneRecord = (request: Request, waitMsMax: number): Request => ({
  ...request,
  async encode() {
    const encoder = await request.encode();
    encoder.buf.writeInt32BE(waitMsMax, maxWaitAt);
    encoder.buf.writeInt32BE(1, minBytesAt);
    return encoder;
  },
});

/** Sends the body of a Produce request of version 7; each partition's error is in the answer, none is thrown. */
export async function produce(broker: Broker, body: Buffer): Promise<ProduceResponse> {
  const request: Request = {
    apiKey: produceKey,
    apiVersion: produceVersion,
    apiName: 'Produce',
    expectResponse: () => true,
    encode() {
      const encoder = new Encoder(0);
      encoder.buf = body;
      encoder.offset = body.length;
      return Promise.resolve(encoder);
    },
  };
  const response: Response<ProduceResponse> = {
    decode: (payload) => produceResponse.decode(payload),
    parse: (decoded) => Promise.resolve(decoded),
  };
  return broker.connectionPool.send({ request, response });
}

const leaderNotAvailable = 5;

/** The broker that leads a partition, as last heard. Throws a retriable error when there is none. */
export async function leaderOf(
  cluster: Cluster,
  { topic, partition }: { readonly topic: string; readonly partition: number },
): Promise<number> {
  if (!cluster.targetTopics.has(topic)) await cluster.addMultipleTargetTopics([topic]);
  await cluster.refreshMetadataIfNecessary();
  return knownLeaderOf(cluster, { topic, partition });
}

/** As `leaderOf`, of what is known already. */
export function knownLeaderOf(
  cluster: Cluster,
  { topic, partition }: { readonly topic: string; readonly partition: number },
): number {
  const leader = cluster
    .findTopicPartitionMetadata(topic)
    .find(({ partitionId }) => partitionId === partition)?.leader;
  if (leader === undefined || leader === null || leader < 0)
    throw kafkaErrors.createErrorFromCode(leaderNotAvailable);
  return leader;
}

/** After a failure: connections that were closed are given up, and leaders looked up again. */
export async function learnAnew(cluster: Cluster, cause: unknown): Promise<void> {
  try {
    if (cause instanceof Error && cause.name === 'KafkaJSConnectionClosedError')
      cluster.removeBroker(cause as unknown as { host: string; port: number });
    if (isHalfConnected(cause)) await cluster.disconnect();
    if (!cluster.isConnected()) await cluster.connect();
    await cluster.refreshMetadata();
  } catch {
    // Kafka is away as a whole: the next try finds out, or is the last.
  }
}

/**
 * What kafkajs says of a connection that was opened while the broker hung: it was never told which
 * versions the broker speaks, is taken for connected all the same, and stays so until it is closed.
 */
export const isHalfConnected = (cause: unknown): boolean =>
  cause instanceof Error && cause.message === 'Broker not connected';
