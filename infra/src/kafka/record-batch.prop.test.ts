import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import Decoder from 'kafkajs/src/protocol/decoder.js';
import decodeBatch from 'kafkajs/src/protocol/recordBatch/v0/decoder.js';
import { crc32c } from './crc32c.ts';
import { encodeProduceRequest, type PartitionBatch } from './record-batch.ts';

const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
const text = fc.string({ unit: 'binary', maxLength: 40 });
/** kafkajs, reading, takes what every object has for a header that came before. */
const headerName = text.filter((name) => !(name in {}));
const record = fc.record({
  key: fc.oneof(fc.constant(null), text, bytes),
  value: bytes,
  headers: fc.dictionary(headerName, fc.oneof(text, bytes), { maxKeys: 3 }),
});
const batch = fc.record({
  topic: fc.constantFrom('loyalty-events', 'entitlements', 'tëmpat'),
  partition: fc.nat(7),
  records: fc.array(record, { minLength: 1, maxLength: 200 }),
});
const batches = fc.uniqueArray(batch, {
  minLength: 1,
  maxLength: 5,
  selector: ({ topic, partition }) => `${topic}/${partition}`,
});

const asBytes = (value: string | Buffer | null | undefined): Buffer | null =>
  value === null || value === undefined ? null : Buffer.from(value);

/** The request read by kafkajs' decoders, batch by batch. */
async function readBack(body: Buffer): Promise<unknown> {
  const decoder = new Decoder(body);
  expect(decoder.readInt16()).toBe(-1);
  const acks = decoder.readInt16();
  const timeoutMs = decoder.readInt32();
  const found = [];
  for (let topics = decoder.readInt32(); topics > 0; topics--) {
    const topic = decoder.readString();
    for (let partitions = decoder.readInt32(); partitions > 0; partitions--) {
      const partition = decoder.readInt32();
      const size = decoder.readInt32();
      const start = body.length - decoder.buffer.length + decoder.offset;
      const whole = body.subarray(start, start + size);
      expect(whole.readUInt32BE(17)).toBe(crc32c(whole, 21, whole.length));
      const batchDecoder = new Decoder(whole);
      const { records, firstTimestamp, maxTimestamp } = await decodeBatch(batchDecoder);
      decoder.forward(size);
      found.push({
        topic,
        partition,
        times: [Number(firstTimestamp), Number(maxTimestamp)],
        records: records.map(({ key, value, headers, offset }) => ({
          key,
          value,
          offset: Number(offset),
          headers,
        })),
      });
    }
  }
  return { acks, timeoutMs, found };
}

const expected = (sent: readonly PartitionBatch[], now: number) => {
  const topics = [...new Set(sent.map(({ topic }) => topic))];
  return topics.flatMap((topic) =>
    sent
      .filter((one) => one.topic === topic)
      .map(({ partition, records }) => ({
        topic,
        partition,
        times: [now, now],
        records: records.map(({ key, value, headers }, offset) => ({
          key: asBytes(key),
          value,
          offset,
          headers: Object.fromEntries(
            Object.entries(headers ?? {}).map(([name, one]) => [name, asBytes(one as string)]),
          ),
        })),
      })),
  );
};

describe('a produce request', () => {
  it('is read by kafkajs as the records that went in', async () => {
    await fc.assert(
      fc.asyncProperty(batches, fc.nat(4e12), async (sent, now) => {
        const body = encodeProduceRequest(sent, { acks: -1, timeoutMs: 10_000, now });
        expect(await readBack(body)).toEqual({
          acks: -1,
          timeoutMs: 10_000,
          found: expected(sent, now),
        });
      }),
      { numRuns: 300 },
    );
  });
});

describe('crc32c', () => {
  // RFC 3720, appendix B.4.
  it.each([
    ['32 bytes of 0', Buffer.alloc(32), 0x8a9136aa],
    ['32 bytes of 255', Buffer.alloc(32, 0xff), 0x62a8ab43],
    ['0 to 31', Buffer.from(Array.from({ length: 32 }, (_, index) => index)), 0x46dd794e],
    ['"123456789"', Buffer.from('123456789'), 0xe3069283],
    ['nothing', Buffer.alloc(0), 0],
  ])('of %s', (_, input, sum) => {
    expect(crc32c(input, 0, input.length)).toBe(sum);
  });
});
