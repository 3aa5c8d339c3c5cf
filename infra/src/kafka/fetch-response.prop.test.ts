import * as fc from 'fast-check';
import Batch from 'kafkajs/src/consumer/batch.js';
import kafkajsResponse from 'kafkajs/src/protocol/requests/fetch/v11/response.js';
import { describe, expect, it } from 'vitest';
import { decodeFetchResponse, FetchedRecords, isOutOfRange, recordsOf } from './fetch-response.ts';
import { encodeProduceRequest } from './record-batch.ts';
import type { LogRecord } from './record-reader.ts';

const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array));
/** kafkajs, reading, takes what every object has for a header that came before. */
const headerName = fc.string({ unit: 'binary', maxLength: 20 }).filter((name) => !(name in {}));
const record = fc.record({
  key: fc.oneof(fc.constant(null), bytes),
  value: bytes,
  headers: fc.dictionary(headerName, bytes, { maxKeys: 2 }),
});
const partition = fc.record({
  batches: fc.array(fc.array(record, { minLength: 1, maxLength: 100 }), { maxLength: 4 }),
  /** Between batches, as after compaction. */
  gap: fc.nat(3),
  firstOffset: fc.oneof(fc.nat(1_000), fc.constant(2 ** 33 + 5)),
  /** The first of them that is asked for. */
  skipped: fc.nat(60),
  /** Of the last batch, as Kafka sends it. */
  cutOff: fc.nat(30),
});
type Partition = typeof partition extends fc.Arbitrary<infer Value> ? Value : never;

/** A batch as it lies in the log: its offset is the broker's to give. */
function logged(records: Partition['batches'][number], firstOffset: number): Buffer {
  const request = encodeProduceRequest([{ topic: 't', partition: 0, records }], {
    acks: -1,
    timeoutMs: 1,
    now: 1_417_400_000_000,
  });
  const batch = request.subarray(request.indexOf('t') + 1 + 4 + 4 + 4);
  batch.writeBigInt64BE(BigInt(firstOffset));
  return batch;
}

function recordSet({ batches, gap, firstOffset, cutOff }: Partition): Buffer {
  let offset = firstOffset;
  const logs = batches.map((records) => {
    const batch = logged(records, offset);
    offset += records.length + gap;
    return batch;
  });
  const all = Buffer.concat(logs);
  return all.subarray(0, all.length - Math.min(cutOff, logs.at(-1)?.length ?? 0));
}

const int16 = (value: number): Buffer => {
  const buffer = Buffer.alloc(2);
  buffer.writeInt16BE(value);
  return buffer;
};
const int32 = (value: number): Buffer => {
  const buffer = Buffer.alloc(4);
  buffer.writeInt32BE(value);
  return buffer;
};
const int64 = (value: number): Buffer => {
  const buffer = Buffer.alloc(8);
  buffer.writeBigInt64BE(BigInt(value));
  return buffer;
};

/** An answer of one topic. */
function answer(sets: readonly Buffer[], lastStableOffset = 2 ** 40): Buffer {
  const parts = sets.flatMap((set, index) => [
    int32(index),
    int16(0),
    int64(2 ** 40),
    int64(lastStableOffset),
    int64(0),
    int32(-1),
    int32(-1),
    int32(set.length),
    set,
  ]);
  const topic = Buffer.from('loyalty-events');
  const head = [int32(0), int16(0), int32(0), int32(1), int16(topic.length), topic];
  return Buffer.concat([...head, int32(sets.length), ...parts]);
}

interface Answer {
  readonly responses: readonly {
    readonly topicName: string;
    readonly partitions: readonly {
      readonly partition: number;
      readonly messages: readonly unknown[];
    }[];
  }[];
}

/** What a consumer is given of each partition, and where it goes on. */
const given = (
  { responses }: Answer,
  from: (partition: number) => number,
  read: (batch: Batch) => readonly LogRecord[],
) =>
  responses.flatMap(({ topicName, partitions }) =>
    partitions.map((one) => {
      const batch = new Batch(topicName, String(from(one.partition)), one);
      const { messages, ...head } = one;
      const records: LogRecord[] = (batch.isEmpty() ? [] : read(batch)).map(
        ({ offset, key, value, headers, writtenIn }) => ({
          ...{ offset, key, value, headers },
          writtenIn: { ...writtenIn },
        }),
      );
      return { ...head, isEmpty: messages.length === 0, records };
    }),
  );

const limits = { decompressedBytesMax: 1_048_576 };

const kafkajsRecords = ({ messages }: Batch): LogRecord[] =>
  messages.map(({ offset, key, value, headers, ...message }) => ({
    offset: Number(offset),
    key,
    value,
    headers: (headers ?? {}) as LogRecord['headers'],
    writtenIn: writtenInOf(message),
  }));

/** kafkajs has no type for what it keeps of the batch. */
function writtenInOf(message: object): LogRecord['writtenIn'] {
  const { batchContext } = message as {
    batchContext: { readonly partitionLeaderEpoch: number; readonly firstTimestamp: string };
  };
  return {
    leaderEpoch: batchContext.partitionLeaderEpoch,
    timestamp: Number(batchContext.firstTimestamp),
  };
}

describe('an answer to a fetch', () => {
  it('says the same as to kafkajs', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(partition, { maxLength: 3 }), async (partitions) => {
        const payload = answer(partitions.map(recordSet));
        const from = (index: number) => {
          const of = partitions[index];
          return of === undefined ? 0 : of.firstOffset + of.skipped;
        };
        const ours = decodeFetchResponse(payload, limits);
        const theirs: Answer = await kafkajsResponse.decode(payload);
        expect(given(ours, from, recordsOf)).toEqual(given(theirs, from, kafkajsRecords));
      }),
      { numRuns: 200 },
    );
  });

  const one = { key: null, value: Buffer.from('v'), headers: {} };

  it('goes on behind records that were compacted away', () => {
    const set = logged([one, one], 5);
    set.writeInt32BE(9, 23);
    const decoded = decodeFetchResponse(answer([set]), limits);
    const [message] = decoded.responses[0]?.partitions[0]?.messages ?? [];
    expect(message).toBeInstanceOf(FetchedRecords);
    expect(message).toMatchObject({ offset: '14' });
  });

  it('has no error of an offset that the log does not have, but a message that says so', () => {
    const bytes = answer([Buffer.alloc(0)]);
    // The error stands before three offsets and three sizes.
    bytes.writeInt16BE(1, bytes.length - 3 * 8 - 3 * 4 - 2);
    const [partition] = decodeFetchResponse(bytes, limits).responses[0]?.partitions ?? [];
    const batch = new Batch('loyalty-events', '7', partition ?? {});
    expect(partition?.errorCode).toBe(0);
    expect(batch.isEmpty()).toBe(false);
    expect(isOutOfRange(batch)).toBe(true);
    expect(recordsOf(batch)).toEqual([]);
  });

  it('ends where a transaction is open, as nothing behind it is given', () => {
    const [topic] = decodeFetchResponse(answer([logged([one], 5)], 6), limits).responses;
    expect(topic?.partitions[0]).toMatchObject({ highWatermark: '6', abortedTransactions: [] });
  });
});
