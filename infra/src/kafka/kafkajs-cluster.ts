import type { Kafka } from 'kafkajs';
// kafkajs keeps what it knows of the cluster to itself. These are the parts that a producer of our own
// needs; the version is pinned, and the tests of the producer run on a real Kafka.
import Encoder from 'kafkajs/src/protocol/encoder.js';
import produceResponse from 'kafkajs/src/protocol/requests/produce/v7/response.js';

/** A connection to one broker, which is opened when it is needed. */
export interface Broker {
  disconnect(): Promise<void>;
  readonly connectionPool: {
    send(exchange: { readonly request: Request; readonly response: Response }): Promise<unknown>;
  };
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
  removeBroker(at: { readonly host: string; readonly port: number }): void;
}

interface Request {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly apiName: string;
  readonly expectResponse: () => boolean;
  readonly encode: () => Promise<Encoder>;
}

interface Response {
  readonly decode: (payload: Buffer) => Promise<ProduceResponse>;
  readonly parse: (response: ProduceResponse) => Promise<ProduceResponse>;
}

/** What Kafka says of each partition of a Produce request; 0 is no error. */
export type ProduceResponse = Awaited<ReturnType<typeof produceResponse.decode>>;

const createClusterName = 'private:Kafka:createCluster';
const produceKey = 0;
const produceVersion = 7;

/** A cluster of its own connections, made as kafkajs makes one for each of its producers. */
export function createCluster(
  kafka: Kafka,
  options: { readonly metadataMaxAgeMs: number },
): Cluster {
  const symbol = Object.getOwnPropertySymbols(kafka).find(
    ({ description }) => description === createClusterName,
  );
  if (symbol === undefined) throw new Error('this kafkajs does not make clusters as 2.2.4 does');
  const create = (kafka as unknown as Record<symbol, (of: object) => Cluster>)[symbol];
  if (create === undefined) throw new Error('this kafkajs has no way to make a cluster');
  return create({ metadataMaxAge: options.metadataMaxAgeMs, allowAutoTopicCreation: false });
}

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
  const response: Response = {
    decode: (payload) => produceResponse.decode(payload),
    parse: (decoded) => Promise.resolve(decoded),
  };
  return (await broker.connectionPool.send({ request, response })) as ProduceResponse;
}
