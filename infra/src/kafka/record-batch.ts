import { crc32c } from './crc32c.ts';
import type { OutputRecord } from './output-record.ts';

/** Records of one partition that go into its log together, in their order. */
export interface PartitionBatch {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly Pick<OutputRecord, 'key' | 'value' | 'headers'>[];
}

/** Of what stands before the records in a batch: from its offset to their count. */
const batchHeaderBytes = 61;
/** From the batch's offset to the end of its own length. */
const lengthEndsAt = 12;
const crcAt = 17;
/** Where the bytes begin that the CRC is of. */
const crcFrom = 21;
/** Longest form of a number of 32 bits. */
const varintBytesMax = 5;
/** Length, attributes, time, offset, length of key and of value, count of headers. */
const recordOverheadMax = 6 * varintBytesMax + 1;
const topicOverhead = 2 + 4;
const partitionOverhead = 4 + 4;
const requestOverhead = 2 + 2 + 4 + 4;
const utf8BytesPerUnitMax = 3;
const noHeaders: readonly (readonly [string, Buffer])[] = [];

/**
 * The body of a Produce request, version 3 to 8, of batches in Kafka's format 2 without compression:
 * https://kafka.apache.org/documentation/#recordbatch and https://kafka.apache.org/protocol#The_Messages_Produce.
 * It is written into one buffer; every record has the time `now`, in milliseconds.
 */
export function encodeProduceRequest(
  batches: readonly PartitionBatch[],
  { acks, timeoutMs, now }: { acks: number; timeoutMs: number; now: number },
): Buffer {
  const byTopic = groupedByTopic(batches);
  const writer = new Writer(Buffer.allocUnsafe(bytesMax(byTopic)));
  writer.int16(-1); // no transactional id
  writer.int16(acks);
  writer.int32(timeoutMs);
  writer.int32(byTopic.size);
  for (const [topic, ofTopic] of byTopic) {
    writer.int16(Buffer.byteLength(topic));
    writer.text(topic);
    writer.int32(ofTopic.length);
    for (const { partition, records } of ofTopic) {
      writer.int32(partition);
      writer.batch(records, now);
    }
  }
  return writer.written();
}

function groupedByTopic(batches: readonly PartitionBatch[]): Map<string, PartitionBatch[]> {
  const byTopic = new Map<string, PartitionBatch[]>();
  for (const batch of batches) {
    const ofTopic = byTopic.get(batch.topic);
    if (ofTopic) ofTopic.push(batch);
    else byTopic.set(batch.topic, [batch]);
  }
  return byTopic;
}

function bytesMax(byTopic: ReadonlyMap<string, readonly PartitionBatch[]>): number {
  let bytes = requestOverhead;
  for (const [topic, batches] of byTopic) {
    bytes += topicOverhead + utf8BytesPerUnitMax * topic.length;
    for (const { records } of batches) {
      bytes += partitionOverhead + batchHeaderBytes;
      for (const record of records) bytes += recordBytesMax(record);
    }
  }
  return bytes;
}

function recordBytesMax({ key, value, headers }: PartitionBatch['records'][number]): number {
  let bytes = recordOverheadMax + value.length;
  if (typeof key === 'string') bytes += utf8BytesPerUnitMax * key.length;
  else if (key !== null) bytes += key.length;
  for (const [name, content] of headersOf(headers))
    bytes += 2 * varintBytesMax + utf8BytesPerUnitMax * name.length + content.length;
  return bytes;
}

/** Each value of each header; one that is text as its bytes. */
const headersOf = (headers: OutputRecord['headers']): readonly (readonly [string, Buffer])[] =>
  headers === undefined
    ? noHeaders
    : Object.entries(headers).flatMap(([name, value]) =>
        (Array.isArray(value) ? value : [value]).map(
          (one) => [name, typeof one === 'string' ? Buffer.from(one) : one] as const,
        ),
      );

/** A place in a buffer that is large enough. */
class Writer {
  readonly #buffer: Buffer;
  #at = 0;

  constructor(buffer: Buffer) {
    this.#buffer = buffer;
  }

  written(): Buffer {
    return this.#buffer.subarray(0, this.#at);
  }

  int16(value: number): void {
    this.#at = this.#buffer.writeInt16BE(value, this.#at);
  }

  int32(value: number): void {
    this.#at = this.#buffer.writeInt32BE(value, this.#at);
  }

  text(text: string): void {
    this.#at += this.#buffer.write(text, this.#at);
  }

  /** A batch and, before it, how many bytes it has. */
  batch(records: PartitionBatch['records'], now: number): void {
    const buffer = this.#buffer;
    const sizeAt = this.#at;
    const start = sizeAt + 4;
    buffer.fill(0, start, start + batchHeaderBytes);
    buffer.writeInt32BE(-1, start + lengthEndsAt); // leader epoch: the broker's to say
    buffer[start + 16] = 2; // format
    buffer.writeInt32BE(records.length - 1, start + 23);
    const time = BigInt(now);
    buffer.writeBigInt64BE(time, start + 27);
    buffer.writeBigInt64BE(time, start + 35);
    buffer.fill(0xff, start + 43, start + 57); // neither producer id, nor epoch, nor sequence
    buffer.writeInt32BE(records.length, start + 57);
    this.#at = start + batchHeaderBytes;
    for (let index = 0; index < records.length; index++) {
      const record = records[index];
      if (record !== undefined) this.#record(record, index);
    }
    const end = this.#at;
    buffer.writeInt32BE(end - start, sizeAt);
    buffer.writeInt32BE(end - start - lengthEndsAt, start + 8);
    buffer.writeUInt32BE(crc32c(buffer, start + crcFrom, end), start + crcAt);
  }

  #record({ key, value, headers }: PartitionBatch['records'][number], index: number): void {
    const entries = headersOf(headers);
    const keyBytes =
      key === null ? -1 : typeof key === 'string' ? Buffer.byteLength(key) : key.length;
    let body =
      2 + // attributes, and no time after the batch's
      varintBytes(index) +
      varintBytes(keyBytes) +
      Math.max(keyBytes, 0) +
      varintBytes(value.length) +
      value.length +
      varintBytes(entries.length);
    for (const [name, content] of entries) {
      const nameBytes = Buffer.byteLength(name);
      body += varintBytes(nameBytes) + nameBytes + varintBytes(content.length) + content.length;
    }
    this.#varint(body);
    this.#buffer[this.#at++] = 0;
    this.#buffer[this.#at++] = 0;
    this.#varint(index);
    this.#varint(keyBytes);
    if (typeof key === 'string') this.#shortText(key, keyBytes);
    else if (key !== null) this.#bytes(key);
    this.#varint(value.length);
    this.#bytes(value);
    this.#varint(entries.length);
    for (const [name, content] of entries) {
      this.#varint(Buffer.byteLength(name));
      this.text(name);
      this.#varint(content.length);
      this.#bytes(content);
    }
  }

  /** Zigzag, seven bits a byte, the least first. */
  #varint(value: number): void {
    let rest = ((value << 1) ^ (value >> 31)) >>> 0;
    while (rest > 0x7f) {
      this.#buffer[this.#at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#buffer[this.#at++] = rest;
  }

  #bytes(bytes: Buffer): void {
    this.#buffer.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  /** Keys are short and plain: a call into Node costs more than their letters. */
  #shortText(text: string, bytes: number): void {
    if (bytes !== text.length) {
      this.text(text);
      return;
    }
    for (let index = 0; index < text.length; index++)
      this.#buffer[this.#at++] = text.charCodeAt(index);
  }
}

function varintBytes(value: number): number {
  const zigzag = ((value << 1) ^ (value >> 31)) >>> 0;
  if (zigzag < 0x80) return 1;
  if (zigzag < 0x4000) return 2;
  if (zigzag < 0x200000) return 3;
  return zigzag < 0x10000000 ? 4 : 5;
}
