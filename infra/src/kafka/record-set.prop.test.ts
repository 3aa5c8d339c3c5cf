import { compressFrameSync } from 'lz4-napi';
import * as fc from 'fast-check';
import { compressSync } from 'snappy';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { encodeProduceRequest } from './record-batch.ts';
import { RecordSet, type AbortedTransaction } from './record-set.ts';

const recordsAt = 61;
const attributesAt = 21;
const decompressedBytesMax = 1_048_576;

/** What the zstd command makes of 'zstd ' twenty times. */
const zstdFrame = Buffer.from('28b52ffd0458650000287a7374642001008ca96801e6d835cf', 'hex');

const int32 = (value: number): Buffer => {
  const buffer = Buffer.alloc(4);
  buffer.writeInt32BE(value);
  return buffer;
};

/** As Java's snappy writes it: two blocks, each behind its length. */
const xerial = (bytes: Buffer): Buffer => {
  const middle = Math.ceil(bytes.length / 2);
  const blocks = [bytes.subarray(0, middle), bytes.subarray(middle)].map((half) =>
    compressSync(half),
  );
  const header = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1]);
  return Buffer.concat([header, ...blocks.flatMap((block) => [int32(block.length), block])]);
};

const codecs = {
  none: { number: 0, compress: (bytes: Buffer) => bytes },
  gzip: { number: 1, compress: (bytes: Buffer) => gzipSync(bytes) },
  snappy: { number: 2, compress: (bytes: Buffer) => compressSync(bytes) },
  xerial: { number: 2, compress: xerial },
  lz4: { number: 3, compress: (bytes: Buffer) => compressFrameSync(bytes) },
} as const;

interface BatchOf {
  readonly values: readonly string[];
  readonly codec: keyof typeof codecs;
  readonly firstOffset: number;
  /** Of a transaction. */
  readonly producerId?: number;
}

function encoded(records: { key: Buffer | null; value: Buffer }[], firstOffset: number): Buffer {
  const request = encodeProduceRequest([{ topic: 't', partition: 0, records }], {
    acks: -1,
    timeoutMs: 1,
    now: 1_417_400_000_000,
  });
  const batch = Buffer.from(request.subarray(request.indexOf('t') + 1 + 4 + 4 + 4));
  batch.writeBigInt64BE(BigInt(firstOffset));
  return batch;
}

/** The batch with its records as these bytes, which may be compressed. */
function withRecords(batch: Buffer, codec: number, records: Buffer): Buffer {
  const changed = Buffer.concat([batch.subarray(0, recordsAt), records]);
  changed.writeInt16BE(changed.readInt16BE(attributesAt) | codec, attributesAt);
  changed.writeInt32BE(changed.length - 12, 8);
  return changed;
}

function batchOf({ values, codec, firstOffset, producerId }: BatchOf): Buffer {
  const records = values.map((value) => ({ key: null, value: Buffer.from(value) }));
  const plain = encoded(records, firstOffset);
  const { number, compress } = codecs[codec];
  const batch = withRecords(plain, number, compress(plain.subarray(recordsAt)));
  if (producerId === undefined) return batch;
  batch.writeInt16BE(batch.readInt16BE(attributesAt) | 0x10, attributesAt);
  batch.writeBigInt64BE(BigInt(producerId), 43);
  return batch;
}

function markerOf(type: 'abort' | 'commit', producerId: number, offset: number): Buffer {
  const key = Buffer.from([0, 0, 0, type === 'abort' ? 0 : 1]);
  const marker = encoded([{ key, value: Buffer.alloc(6) }], offset);
  marker.writeInt16BE(0x30, attributesAt);
  marker.writeBigInt64BE(BigInt(producerId), 43);
  return marker;
}

const step = fc.oneof(
  fc.record({
    type: fc.constant('append' as const),
    values: fc.array(fc.string({ maxLength: 300 }), { minLength: 1, maxLength: 20 }),
    codec: fc.constantFrom(...(Object.keys(codecs) as (keyof typeof codecs)[])),
    producer: fc.option(fc.constantFrom(7, 8), { nil: undefined }),
  }),
  fc.record({
    type: fc.constantFrom('abort' as const, 'commit' as const),
    producer: fc.constantFrom(7, 8),
  }),
);

type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;
type Appended = Extract<Step, { type: 'append' }>;

interface Log {
  readonly batches: readonly { readonly bytes: Buffer; readonly last: number }[];
  readonly aborted: readonly (AbortedTransaction & { readonly last: number })[];
  /** What is for readers: all but the records of transactions that were given up. */
  readonly records: readonly { readonly offset: number; readonly value: string }[];
}

/** The log that the steps write; what is open in the end is given up, as it would not be given to readers. */
function logOf(steps: readonly Step[]): Log {
  const batches: { bytes: Buffer; last: number }[] = [];
  const aborted: (AbortedTransaction & { last: number })[] = [];
  const records: { offset: number; value: string; batch: number }[] = [];
  const open = new Map<number, { firstOffset: number; batches: number[] }>();
  let offset = 0;
  const write = (bytes: Buffer, count: number): void => {
    batches.push({ bytes, last: offset + count - 1 });
    offset += count;
  };
  const append = ({ values, codec, producer }: Appended): void => {
    const batch = batches.length;
    values.forEach((value, index) => records.push({ offset: offset + index, value, batch }));
    if (producer !== undefined) {
      const transaction = open.get(producer) ?? { firstOffset: offset, batches: [] };
      transaction.batches.push(batch);
      open.set(producer, transaction);
    }
    const place = { values, codec, firstOffset: offset };
    write(
      batchOf(producer === undefined ? place : { ...place, producerId: producer }),
      values.length,
    );
  };
  const given = new Set<number>();
  const end = (type: 'abort' | 'commit', producer: number): void => {
    const transaction = open.get(producer);
    if (transaction === undefined) return;
    open.delete(producer);
    if (type === 'abort') {
      const { firstOffset } = transaction;
      aborted.push({
        producerId: String(producer),
        firstOffset: String(firstOffset),
        last: offset,
      });
      for (const batch of transaction.batches) given.add(batch);
    }
    write(markerOf(type, producer, offset), 1);
  };
  for (const one of steps)
    if (one.type === 'append') append(one);
    else end(one.type, one.producer);
  for (const producer of [...open.keys()]) end('abort', producer);
  return { batches, aborted, records: records.filter(({ batch }) => !given.has(batch)) };
}

describe('a record set', () => {
  it('has what was committed, in whatever codec, wherever a fetch begins', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), fc.nat(60), (steps, at) => {
        const { batches, aborted, records } = logOf(steps);
        const from = Math.min(at, batches.at(-1)?.last ?? 0);
        const fetched = batches.filter(({ last }) => last >= from);
        const set = RecordSet.of(Buffer.concat(fetched.map(({ bytes }) => bytes)), {
          aborted: aborted.filter(({ last }) => last >= from),
          decompressedBytesMax,
        });
        const read = set?.recordsFrom(from) ?? [];
        expect(read.map(({ offset, value }) => ({ offset, value: value?.toString() }))).toEqual(
          records
            .filter(({ offset }) => offset >= from)
            .map(({ offset, value }) => ({ offset, value })),
        );
        expect(set?.lastOffset).toBe(fetched.at(-1)?.last);
      }),
    );
  });

  const ten = ['a', 'b'].map((text) => text.repeat(5_000));
  const set = (bytes: Buffer, bytesMax = decompressedBytesMax): RecordSet | undefined =>
    RecordSet.of(bytes, { aborted: [], decompressedBytesMax: bytesMax });

  it.each(['gzip', 'snappy', 'xerial', 'lz4'] as const)(
    'gives a batch of %s that becomes too large as one record with its bytes and the reason',
    (codec) => {
      const batch = batchOf({ values: ten, codec, firstOffset: 7 });
      const next = batchOf({ values: ['behind'], codec, firstOffset: 9 });
      const read = set(Buffer.concat([batch, next]), 9_999);
      expect(read?.lastOffset).toBe(9);
      const [whole, behind] = read?.recordsFrom(7) ?? [];
      expect(whole).toMatchObject({ offset: 8, key: null, value: batch });
      expect(whole?.fault).toContain('offsets 7 to 8');
      expect(whole?.fault).toContain('DECOMPRESSED_BYTES_MAX = 9999');
      expect(behind?.value?.toString()).toBe('behind');
      expect(set(batch, 11_000)?.recordsFrom(0)).toHaveLength(2);
    },
  );

  it.each([1, 2, 3, 4, 5])('gives a damaged batch of codec %s as one record', (codec) => {
    const plain = encoded([{ key: null, value: Buffer.from('v') }], 3);
    const [record] = set(withRecords(plain, codec, Buffer.from('damaged')))?.recordsFrom(0) ?? [];
    expect(record?.offset).toBe(3);
    expect(record?.fault).toContain('cannot be read');
  });

  it('reads zstd, and knows when it becomes too large', () => {
    const plain = encoded([{ key: null, value: Buffer.from('v') }], 3);
    const zstd = withRecords(plain, 4, zstdFrame);
    expect(set(zstd)?.recordsFrom(0)).toHaveLength(1);
    expect(set(zstd, 99)?.recordsFrom(0)[0]?.fault).toContain('DECOMPRESSED_BYTES_MAX = 99');
  });

  it('ends before a batch with which it would become too large', () => {
    const batches = [0, 2, 4].map((firstOffset) =>
      batchOf({ values: ten, codec: 'lz4', firstOffset }),
    );
    const read = set(Buffer.concat(batches), 25_000);
    expect(read?.lastOffset).toBe(3);
    expect(read?.recordsFrom(1).map(({ offset }) => offset)).toEqual([1, 2, 3]);
  });

  it('covers offsets of which no record is left', () => {
    const marker = markerOf('abort', 7, 41);
    expect(set(marker)?.lastOffset).toBe(41);
    expect(set(marker)?.recordsFrom(0)).toEqual([]);
  });

  it('gives a batch of an older format as one record', () => {
    const old = encoded([{ key: null, value: Buffer.from('v') }], 3);
    old[16] = 1;
    expect(set(old)?.recordsFrom(0)).toMatchObject([{ offset: 3, value: old }]);
  });
});
