import Decoder from 'kafkajs/src/protocol/decoder.js';
import decodeMessages from 'kafkajs/src/protocol/requests/fetch/v4/decodeMessages.js';
import type { Batch } from 'kafkajs';
import { RecordSet, type LogRecord } from './record-set.ts';

/**
 * Stands in kafkajs for all records that a fetch brought of a partition: one message, at the last of their
 * offsets, so that kafkajs neither reads nor copies each of them.
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

/** What a consumer of ours was given of a partition, from the offset on that was asked for. */
export function recordsOf(batch: Pick<Batch, 'messages'>): LogRecord[] {
  const { messages } = batch;
  const [first] = messages;
  if (first instanceof FetchedRecords) return first.set.recordsFrom(fetchedFrom(batch));
  return messages.map(({ offset, key, value, headers }) => ({
    offset: Number(offset),
    key,
    value,
    headers: (headers ?? {}) as LogRecord['headers'],
  }));
}

/** The offset that was asked for, which kafkajs has no type for. */
export const fetchedFrom = (batch: object): number =>
  Number((batch as { fetchedOffset: string }).fetchedOffset);

/** A transaction that was given up, which kafkajs leaves out. */
interface AbortedTransaction {
  readonly producerId: string;
  readonly firstOffset: string;
}

/** A partition's part of an answer, as kafkajs has it. */
interface FetchedPartition {
  readonly partition: number;
  readonly errorCode: number;
  readonly highWatermark: string;
  readonly lastStableOffset: string;
  readonly lastStartOffset: string;
  readonly abortedTransactions: readonly AbortedTransaction[];
  readonly preferredReadReplica: number;
  readonly messages: readonly unknown[];
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
 * partition's records are one FetchedRecords where we can read them, otherwise kafkajs' messages.
 */
export async function decodeFetchResponse(payload: Buffer): Promise<FetchResponse> {
  const decoder = new Decoder(payload);
  const clientSideThrottleTime = decoder.readInt32();
  const errorCode = decoder.readInt16();
  const sessionId = decoder.readInt32();
  const responses: { topicName: string; partitions: FetchedPartition[] }[] = [];
  for (let topics = decoder.readInt32(); topics > 0; topics--) {
    const topicName = decoder.readString();
    const partitions: FetchedPartition[] = [];
    for (let count = decoder.readInt32(); count > 0; count--)
      partitions.push(await decodePartition(decoder));
    responses.push({ topicName, partitions });
  }
  // As kafkajs says of this version: the broker has not throttled, it expects the client to.
  return { throttleTime: 0, clientSideThrottleTime, errorCode, sessionId, responses };
}

async function decodePartition(decoder: Decoder): Promise<FetchedPartition> {
  const head = {
    partition: decoder.readInt32(),
    errorCode: decoder.readInt16(),
    highWatermark: String(decoder.readInt64()),
    lastStableOffset: String(decoder.readInt64()),
    lastStartOffset: String(decoder.readInt64()),
    abortedTransactions: decoder.readArray(decodeAborted),
    preferredReadReplica: decoder.readInt32(),
  };
  const { buffer, offset } = decoder;
  const size = decoder.readInt32();
  if (size <= 0) return { ...head, messages: [] };
  const set = RecordSet.of(buffer.subarray(decoder.offset, decoder.offset + size));
  decoder.forward(size);
  if (set !== undefined && head.abortedTransactions.length === 0)
    return { ...head, messages: [new FetchedRecords(set)] };
  // With its size, which kafkajs reads.
  return { ...head, messages: await decodeMessages(new Decoder(buffer.subarray(offset))) };
}

const decodeAborted = (decoder: Decoder): AbortedTransaction => ({
  producerId: String(decoder.readInt64()),
  firstOffset: String(decoder.readInt64()),
});
