import Decoder from 'kafkajs/src/protocol/decoder.js';
import type { Batch } from 'kafkajs';
import type { LogRecord } from './record-reader.ts';
import { RecordSet, type AbortedTransaction, type RecordSetOptions } from './record-set.ts';

/**
 * Stands in kafkajs for all that a fetch brought of a partition: one message, at the last offset that it covers, so that
 * kafkajs neither reads nor copies each record, and gives it to its reader also when no record of it is for readers.
 */
export class FetchedRecords {
  readonly set: RecordSet;
  readonly offset: string;
  readonly isControlRecord = false;

  constructor(set: RecordSet) {
    this.set = set;
    this.offset = String(set.lastOffset);
  }
}

/**
 * Stands in kafkajs for the answer that the log does not have the offset that was asked for. kafkajs would commit its
 * default offset in the group’s name, and with it throw away whatever was kept with the offset before; so it is told of
 * a message, and whoever reads decides.
 */
export class OutOfRange {
  /** Above whatever was asked for, or kafkajs leaves it out. */
  readonly offset = '9223372036854775807';
  readonly isControlRecord = false;
}

/** Whether the log does not have the offset that was asked for. */
export const isOutOfRange = (batch: Pick<Batch, 'messages'>): boolean => {
  const [first] = batch.messages as readonly unknown[];
  return first instanceof OutOfRange;
};

const noError = 0;
const offsetOutOfRange = 1;

/** What a consumer of ours was given of a partition, from the offset on that was asked for. */
export function recordsOf(batch: Pick<Batch, 'messages'>): LogRecord[] {
  const [fetched] = batch.messages as readonly unknown[];
  if (fetched instanceof OutOfRange) return [];
  if (!(fetched instanceof FetchedRecords))
    throw new Error('this kafkajs gives other messages than its answers to fetches have');
  return fetched.set.recordsFrom(fetchedFrom(batch));
}

/** The offset that was asked for, which kafkajs has no type for. */
export const fetchedFrom = (batch: object): number =>
  Number((batch as { fetchedOffset: string }).fetchedOffset);

/** A partition's part of an answer, as kafkajs has it. */
interface FetchedPartition {
  readonly partition: number;
  readonly errorCode: number;
  readonly highWatermark: string;
  readonly lastStableOffset: string;
  readonly lastStartOffset: string;
  readonly abortedTransactions: readonly never[];
  readonly preferredReadReplica: number;
  readonly messages: readonly (FetchedRecords | OutOfRange)[];
}

export interface FetchResponse {
  readonly throttleTime: number;
  readonly clientSideThrottleTime: number;
  readonly errorCode: number;
  readonly sessionId: number;
  readonly responses: readonly {
    readonly topicName: string;
    readonly partitions: readonly FetchedPartition[];
  }[];
}

/** The version of the answers that are read here. */
export const fetchVersion = 11;

/**
 * The answer to a Fetch request of version 11, https://kafka.apache.org/protocol#The_Messages_Fetch, for kafkajs: a
 * partition's records are one FetchedRecords. What was given up is left out of them by now, and the partition ends where
 * its readers can read no further, at the last stable offset, so kafkajs has nothing to leave out or to wait for.
 */
export function decodeFetchResponse(
  payload: Buffer,
  limits: Pick<RecordSetOptions, 'decompressedBytesMax'>,
): FetchResponse {
  const decoder = new Decoder(payload);
  const clientSideThrottleTime = decoder.readInt32();
  const errorCode = decoder.readInt16();
  const sessionId = decoder.readInt32();
  const responses: { topicName: string; partitions: FetchedPartition[] }[] = [];
  for (let topics = decoder.readInt32(); topics > 0; topics--) {
    const topicName = decoder.readString();
    const partitions: FetchedPartition[] = [];
    for (let count = decoder.readInt32(); count > 0; count--)
      partitions.push(decodePartition(decoder, limits));
    responses.push({ topicName, partitions });
  }
  // As kafkajs says of this version: the broker has not throttled, it expects the client to.
  return { throttleTime: 0, clientSideThrottleTime, errorCode, sessionId, responses };
}

function decodePartition(
  decoder: Decoder,
  limits: Pick<RecordSetOptions, 'decompressedBytesMax'>,
): FetchedPartition {
  const partition = decoder.readInt32();
  const errorCode = decoder.readInt16();
  const highWatermark = decoder.readInt64();
  const lastStableOffset = decoder.readInt64();
  const lastStartOffset = decoder.readInt64();
  const aborted = decoder.readArray(decodeAborted);
  const preferredReadReplica = decoder.readInt32();
  const size = decoder.readInt32();
  const bytes = decoder.buffer.subarray(decoder.offset, decoder.offset + Math.max(0, size));
  decoder.forward(bytes.length);
  const set = RecordSet.of(bytes, { ...limits, aborted });
  const isOut = errorCode === offsetOutOfRange;
  return {
    partition,
    errorCode: isOut ? noError : errorCode,
    // Negative of a partition that answers with an error.
    highWatermark: String(lastStableOffset < 0n ? highWatermark : lastStableOffset),
    lastStableOffset: String(lastStableOffset),
    lastStartOffset: String(lastStartOffset),
    abortedTransactions: [],
    preferredReadReplica,
    messages: isOut ? [new OutOfRange()] : set === undefined ? [] : [new FetchedRecords(set)],
  };
}

const decodeAborted = (decoder: Decoder): AbortedTransaction => ({
  producerId: String(decoder.readInt64()),
  firstOffset: String(decoder.readInt64()),
});
