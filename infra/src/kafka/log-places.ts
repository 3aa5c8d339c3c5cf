import { topics, type TopicName } from '@semarak/schemas';
import type { Kafka } from 'kafkajs';
import Decoder from 'kafkajs/src/protocol/decoder.js';
import Encoder from 'kafkajs/src/protocol/encoder.js';
import kafkaErrors from 'kafkajs/src/protocol/error.js';
import fetchRequest from 'kafkajs/src/protocol/requests/fetch/v11/request.js';
import { decodeFetchResponse, OutOfRange, type FetchResponse } from './fetch-response.ts';
import {
  createCluster,
  learnAnew,
  leaderOf,
  type Broker,
  type Cluster,
} from './kafkajs-cluster.ts';
import { isSamePlace, placeOf, type LogPlace, type PlaceVerdict } from './log-place.ts';
import type { LogRecord } from './record-reader.ts';
import type { RecordSetOptions } from './record-set.ts';

interface Partition {
  readonly topic: TopicName;
  readonly partition: number;
}

/** Where an epoch ends: the first offset that is not of it or an earlier one. Both -1: Kafka knows of none. */
export interface EndOfEpoch {
  /** The one that was asked for, or the last one before it of which there are records. */
  readonly epoch: number;
  readonly offset: number;
}

/** Asks Kafka whether records are still where they were. */
export interface LogPlaces {
  /** Throws when Kafka does not answer. */
  verdictOf(at: Partition, place: LogPlace): Promise<PlaceVerdict>;
  /** Whether any record in [from, to) is for readers of what is committed. */
  hasRecords(
    at: Partition,
    range: { readonly from: number; readonly to: number },
  ): Promise<boolean>;
  /** The record at an offset; undefined: there is none. */
  recordAt(at: Partition, offset: number): Promise<LogRecord | undefined>;
  /** Records from this offset on, as many as one fetch brings. */
  recordsFrom(at: Partition, offset: number): Promise<readonly LogRecord[]>;
  /**
   * The leader’s epoch, and the time of the first record, which tells logs apart that began apart (32 bits of it);
   * undefined while there is none.
   */
  identityOf(
    at: Partition,
  ): Promise<{ readonly epoch: number; readonly origin: number | undefined }>;
  /** Whether the leader of this epoch leads still: it has not begun anew since. */
  isLedSince(at: Partition, epoch: number): Promise<boolean>;
  /** Where leaders' epochs end, for places of which nothing but the epoch is known. */
  endOfEpoch(at: Partition, epoch: number): Promise<EndOfEpoch>;
  close(): Promise<void>;
}

const metadataMaxAgeMs = 300_000;
const ordinaryConsumer = -1;
const readUncommitted = 0;
const readCommitted = 1;
/** Kafka gives the first batch whole, however large. */
const leastBytes = 1;
const tailBytesMax = 1_048_576;
const anyLeader = -1;

/** Connects to the brokers that lead. `limits` are those of who reads the topics. */
export async function createLogPlaces(
  kafka: Kafka,
  limits: Pick<RecordSetOptions, 'decompressedBytesMax'>,
): Promise<LogPlaces> {
  const cluster = createCluster(kafka, { metadataMaxAgeMs });
  await cluster.connect();
  const endOfEpoch = (at: Partition, epoch: number) =>
    withLeader(cluster, at, (broker) =>
      askEndOfEpoch(broker, at, { epoch, leaderEpoch: anyLeader }),
    );
  const fetch = (at: Partition, of: Omit<FetchOf, 'decompressedBytesMax'>) =>
    withLeader(cluster, at, (broker) => fetchFrom(broker, at, { ...of, ...limits }));
  const read = async (at: Partition, of: { offset: number; bytesMax: number }) => {
    const found = await fetch(at, { ...of, isolationLevel: readUncommitted });
    return found === 'deleted' ? found : found.records;
  };
  const readOne = async (at: Partition, offset: number) => {
    const found = await read(at, { offset, bytesMax: leastBytes });
    return found === 'deleted' ? found : found[0];
  };
  return {
    endOfEpoch,
    async hasRecords(at, { from, to }) {
      for (let offset = from; offset < to;) {
        const of = { offset, bytesMax: tailBytesMax, isolationLevel: readCommitted };
        const found = await fetch(at, of);
        if (found === 'deleted') return false;
        const [first] = found.records;
        if (first !== undefined) return first.offset < to;
        if (found.end === offset)
          throw new Error(`Kafka gives nothing of ${at.topic}/${at.partition} at ${offset} yet`);
        offset = found.end;
      }
      return false;
    },
    async recordAt(at, offset) {
      const record = await readOne(at, offset);
      return record !== 'deleted' && record?.offset === offset ? record : undefined;
    },
    identityOf: (at) =>
      withLeader(cluster, at, async (broker) => {
        const { timestamp } = await listOffset(broker, at, 0);
        const { leaderEpoch } = await listOffset(broker, at, latest);
        const origin = timestamp < 0n ? undefined : Number(timestamp & 0x7fffffffn);
        return { epoch: leaderEpoch, origin };
      }),
    isLedSince: (at, epoch) =>
      withLeader(cluster, at, async (broker) => {
        try {
          await askEndOfEpoch(broker, at, { epoch, leaderEpoch: epoch });
          return true;
        } catch (error) {
          if (error instanceof Error && 'type' in error && error.type === 'FENCED_LEADER_EPOCH')
            return false;
          throw error;
        }
      }),
    async recordsFrom(at, offset) {
      const found = await read(at, { offset, bytesMax: tailBytesMax });
      return found === 'deleted' ? [] : found;
    },
    async verdictOf(at, place) {
      const isCompacted = topics[at.topic].retention === 'compact';
      // What is gone from a compacted topic says nothing: later records of its keys are there.
      const record = isCompacted ? 'deleted' : await readOne(at, place.offset);
      if (record !== 'deleted' && record !== undefined && isSamePlace(placeOf(record), place))
        return { type: 'stands' };
      const end = await endOfEpoch(at, place.epoch);
      const isReached = end.epoch === place.epoch && end.offset > place.offset;
      if (isReached && record === 'deleted') return { type: 'stands' };
      return { type: 'lost', from: isReached || end.offset < 0 ? undefined : end.offset };
    },
    close: () => cluster.disconnect(),
  };
}

/** What was learnt of the cluster is given up when a request fails: the next one asks anew. */
async function withLeader<Reply>(
  cluster: Cluster,
  at: Partition,
  ask: (broker: Broker) => Promise<Reply>,
): Promise<Reply> {
  try {
    const leader = await leaderOf(cluster, at);
    return await ask(await cluster.findBroker({ nodeId: String(leader) }));
  } catch (error) {
    await learnAnew(cluster, error);
    throw error;
  }
}

interface FetchOf {
  readonly offset: number;
  readonly bytesMax: number;
  readonly isolationLevel: number;
  readonly decompressedBytesMax: number;
}

/** What one fetch brings: records at this offset and above, and where the next one would begin. */
interface Fetched {
  readonly records: readonly LogRecord[];
  readonly end: number;
}

/** `deleted`: the log begins above the offset, or ends below. */
async function fetchFrom(
  broker: Broker,
  { topic, partition }: Partition,
  { offset, bytesMax, isolationLevel, ...limits }: FetchOf,
): Promise<Fetched | 'deleted'> {
  const request = fetchRequest({
    replicaId: ordinaryConsumer,
    maxWaitTime: 0,
    minBytes: 0,
    maxBytes: bytesMax,
    isolationLevel,
    topics: [
      {
        topic,
        partitions: [{ partition, fetchOffset: String(offset), maxBytes: bytesMax }],
      },
    ],
  });
  const response = await broker.connectionPool.send<FetchResponse>({
    request,
    response: {
      decode: (payload) => Promise.resolve(decodeFetchResponse(payload, limits)),
      parse: (decoded) => Promise.resolve(decoded),
    },
  });
  const [found] = response.responses[0]?.partitions ?? [];
  if (found === undefined) throw new Error(`Kafka did not name ${topic}/${partition}`);
  if (found.errorCode !== 0) throw kafkaErrors.createErrorFromCode(found.errorCode);
  const [message] = found.messages;
  if (message === undefined) return { records: [], end: offset };
  if (message instanceof OutOfRange) return 'deleted';
  const { set } = message;
  return { records: set.recordsFrom(offset), end: Math.max(offset, set.lastOffset + 1) };
}

/**
 * A request of Kafka's protocol that asks of one partition, and what the answer says of it. Both kinds that are sent have
 * these fields around what is their own.
 */
async function askOfPartition<Found extends { readonly errorCode: number }>(
  broker: Broker,
  { topic, partition }: Partition,
  of: {
    readonly api: {
      readonly apiKey: number;
      readonly apiVersion: number;
      readonly apiName: string;
    };
    /** Written before the topics. */
    readonly head: (encoder: Encoder) => Encoder;
    /** Written behind the partition’s number. */
    readonly question: (encoder: Encoder) => Encoder;
    /** Reads all of the partition’s part of the answer, its number too. */
    readonly found: (decoder: Decoder) => Found;
  },
): Promise<Found> {
  const answer = await broker.connectionPool.send<Found>({
    request: {
      ...of.api,
      expectResponse: () => true,
      encode() {
        const encoder = of
          .head(new Encoder().writeInt32(ordinaryConsumer))
          .writeInt32(1)
          .writeString(topic)
          .writeInt32(1)
          .writeInt32(partition);
        return Promise.resolve(of.question(encoder));
      },
    },
    response: {
      decode(payload) {
        const decoder = new Decoder(payload);
        decoder.readInt32(); // throttle time
        decoder.readInt32(); // topics: one
        decoder.readString();
        decoder.readInt32(); // partitions: one
        return Promise.resolve(of.found(decoder));
      },
      parse: (decoded) => Promise.resolve(decoded),
    },
  });
  if (answer.errorCode !== 0) throw kafkaErrors.createErrorFromCode(answer.errorCode);
  return answer;
}

/** https://kafka.apache.org/protocol#The_Messages_OffsetForLeaderEpoch */
const offsetForLeaderEpoch = { apiKey: 23, apiVersion: 3, apiName: 'OffsetForLeaderEpoch' };

async function askEndOfEpoch(
  broker: Broker,
  at: Partition,
  asked: { epoch: number; leaderEpoch: number },
): Promise<EndOfEpoch> {
  const { epoch, offset } = await askOfPartition(broker, at, {
    api: offsetForLeaderEpoch,
    head: (encoder) => encoder,
    question: (encoder) => encoder.writeInt32(asked.leaderEpoch).writeInt32(asked.epoch),
    found(decoder) {
      const errorCode = decoder.readInt16();
      decoder.readInt32(); // partition
      const epoch = decoder.readInt32();
      return { errorCode, epoch, offset: Number(decoder.readInt64()) };
    },
  });
  return { epoch, offset };
}

/** https://kafka.apache.org/protocol#The_Messages_ListOffsets */
const listOffsets = { apiKey: 2, apiVersion: 4, apiName: 'ListOffsets' };
const latest = -1;

/** Of the first record at this time, ms, or later; `latest`: of the end. */
function listOffset(broker: Broker, at: Partition, time: number) {
  return askOfPartition(broker, at, {
    api: listOffsets,
    head: (encoder) => encoder.writeInt8(readUncommitted),
    question: (encoder) => encoder.writeInt32(anyLeader).writeInt64(time),
    found(decoder) {
      decoder.readInt32(); // partition
      const errorCode = decoder.readInt16();
      const timestamp = BigInt(String(decoder.readInt64()));
      decoder.readInt64(); // offset
      return { errorCode, timestamp, leaderEpoch: decoder.readInt32() };
    },
  });
}
