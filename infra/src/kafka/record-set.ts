import { CannotDecompress, decompress } from './decompression.ts';
import { RecordReader, type LogRecord, type WrittenIn } from './record-reader.ts';

/** Bytes before what a batch's length is of: its offset and the length itself. */
const lengthEndsAt = 12;
const lengthAt = 8;
const leaderEpochAt = 12;
const formatAt = 16;
const attributesAt = 21;
const lastOffsetDeltaAt = 23;
const firstTimestampAt = 27;
const producerIdAt = 43;
const countAt = 57;
const recordsAt = 61;
const currentFormat = 2;
const codecMask = 0x07;
const transactionalMask = 0x10;
const controlMask = 0x20;
const twoTo32 = 2 ** 32;
/** The header of what stands for a batch that cannot be read: the offsets that it has records of. */
export const wholeBatchHeader = 'whole-batch';
/** The key of the control record that ends a transaction: its version and whether it is given up or committed. */
const abortType = 0;

/** A transaction that was given up: Kafka names those that a fetched range has records of. */
export interface AbortedTransaction {
  readonly producerId: string;
  readonly firstOffset: string;
}

export interface RecordSetOptions {
  readonly aborted: readonly AbortedTransaction[];
  /** What the compressed batches of a set become together, at most; the first of them alone. */
  readonly decompressedBytesMax: number;
}

/** Records of one batch. */
interface Records {
  readonly bytes: Buffer;
  readonly recordsFrom: number;
  readonly firstOffset: number;
  readonly count: number;
  readonly writtenIn: WrittenIn;
}

/** A batch that cannot be read: it stands as one record, at the last offset that it covers. */
type Unreadable = LogRecord & Required<Pick<LogRecord, 'fault'>>;

/**
 * What a fetch brings of a partition: record batches in Kafka's format 2, one after the other, the last of
 * which may be cut off (https://kafka.apache.org/documentation/#recordbatch). Records are made of it only when they are
 * asked for, each with its place in the bytes and nothing else. Control records and those of transactions that were
 * given up are left out, as they are of no reader who reads what is committed.
 */
export class RecordSet {
  readonly #parts: readonly (Records | Unreadable)[];
  /** Of the last batch: the highest offset that it covers, whether a record is there or not. */
  readonly lastOffset: number;

  private constructor(parts: readonly (Records | Unreadable)[], lastOffset: number) {
    this.#parts = parts;
    this.lastOffset = lastOffset;
  }

  /**
   * Undefined when there is no whole batch. The set ends before a batch with which it would become larger than it may:
   * the next fetch begins there.
   */
  static of(bytes: Buffer, options: RecordSetOptions): RecordSet | undefined {
    const given = new GivenUp(options.aborted);
    const parts: (Records | Unreadable)[] = [];
    let decompressedBytes = 0;
    let lastOffset = -1;
    for (let at = 0; at + recordsAt <= bytes.length;) {
      const next = at + lengthEndsAt + bytes.readInt32BE(at + lengthAt);
      if (next > bytes.length) break;
      const batch = bytes.subarray(at, next);
      const last = lastOffsetOf(batch);
      if (given.isWanted(batch, last)) {
        const part = partOf(batch, { ...options, lastOffset: last });
        if ('bytes' in part && part.bytes !== batch) {
          decompressedBytes += part.bytes.length;
          const isFirst = decompressedBytes === part.bytes.length;
          if (decompressedBytes > options.decompressedBytesMax && !isFirst) break;
        }
        parts.push(part);
      }
      lastOffset = last;
      at = next;
    }
    return lastOffset < 0 ? undefined : new RecordSet(parts, lastOffset);
  }

  /** The records with this offset or a higher one, in their order. */
  recordsFrom(from: number): LogRecord[] {
    const records: LogRecord[] = [];
    for (const part of this.#parts) {
      if ('fault' in part) {
        if (part.offset >= from) records.push(part);
        continue;
      }
      const { bytes, firstOffset, count, writtenIn } = part;
      const reader = new RecordReader(bytes);
      reader.at = part.recordsFrom;
      for (let index = 0; index < count; index++) {
        const length = reader.varint();
        const next = reader.at + length;
        reader.at++; // attributes, of which there are none
        reader.skipVarint(); // its time
        const offset = firstOffset + reader.varint();
        if (offset >= from) records.push(reader.record(offset, writtenIn));
        reader.at = next;
      }
    }
    return records;
  }
}

/** A batch in another format has its last offset first: of one that is compressed, the last of all in it. */
const lastOffsetOf = (batch: Buffer): number =>
  int64(batch, 0) + (isCurrent(batch) ? batch.readInt32BE(lastOffsetDeltaAt) : 0);

const isCurrent = (batch: Buffer): boolean => batch[formatAt] === currentFormat;

function partOf(
  batch: Buffer,
  of: Pick<RecordSetOptions, 'decompressedBytesMax'> & { readonly lastOffset: number },
): Records | Unreadable {
  if (!isCurrent(batch))
    return unreadable(batch, of.lastOffset, `its format ${String(batch[formatAt])} is not 2`);
  const firstOffset = int64(batch, 0);
  const count = batch.readInt32BE(countAt);
  const codec = batch.readInt16BE(attributesAt) & codecMask;
  const writtenIn = writtenInOf(batch);
  if (codec === 0 || count === 0)
    return { bytes: batch, recordsFrom: recordsAt, firstOffset, count, writtenIn };
  try {
    const bytes = decompress(batch.subarray(recordsAt), {
      codec,
      bytesMax: of.decompressedBytesMax,
    });
    return { bytes, recordsFrom: 0, firstOffset, count, writtenIn };
  } catch (error) {
    if (!(error instanceof CannotDecompress)) throw error;
    return unreadable(batch, of.lastOffset, error.message);
  }
}

function unreadable(batch: Buffer, lastOffset: number, reason: string): Unreadable {
  const range = `offsets ${int64(batch, 0)} to ${lastOffset}`;
  const fault = `the batch of ${range} cannot be read: ${reason}; it is kept as it lies in the log`;
  const headers = { [wholeBatchHeader]: Buffer.from(range) };
  const writtenIn = isCurrent(batch) ? writtenInOf(batch) : writtenBeforeEpochs;
  return { offset: lastOffset, key: null, value: batch, headers, writtenIn, fault };
}

/** Batches in another format do not say who led when they were written. */
const writtenBeforeEpochs: WrittenIn = { leaderEpoch: -1, timestamp: 0 };

const writtenInOf = (batch: Buffer): WrittenIn => ({
  leaderEpoch: batch.readInt32BE(leaderEpochAt),
  timestamp: int64(batch, firstTimestampAt),
});

/**
 * Tells what of a fetched range is of no reader, as Kafka's own consumer does: a producer’s batches from the first
 * offset of a transaction that was given up to the control record that says so.
 */
class GivenUp {
  readonly #ahead: { readonly producerId: bigint; readonly firstOffset: number }[];
  readonly #producers = new Set<bigint>();

  constructor(aborted: readonly AbortedTransaction[]) {
    this.#ahead = aborted
      .map(({ producerId, firstOffset }) => ({
        producerId: BigInt(producerId),
        firstOffset: Number(firstOffset),
      }))
      .sort((a, b) => a.firstOffset - b.firstOffset);
  }

  /** Called with each batch in turn. */
  isWanted(batch: Buffer, lastOffset: number): boolean {
    if (!isCurrent(batch)) return true;
    const attributes = batch.readInt16BE(attributesAt);
    if ((attributes & (transactionalMask | controlMask)) === 0) return true;
    const producerId = batch.readBigInt64BE(producerIdAt);
    for (let [first] = this.#ahead; first !== undefined; [first] = this.#ahead) {
      if (first.firstOffset > lastOffset) break;
      this.#producers.add(first.producerId);
      this.#ahead.shift();
    }
    if ((attributes & controlMask) === 0) return !this.#producers.has(producerId);
    if (controlTypeOf(batch) === abortType) this.#producers.delete(producerId);
    return false;
  }
}

/** Undefined in a batch whose record was compacted away. */
function controlTypeOf(batch: Buffer): number | undefined {
  if (batch.readInt32BE(countAt) === 0) return undefined;
  const reader = new RecordReader(batch);
  reader.at = recordsAt;
  reader.varint();
  reader.at++;
  reader.skipVarint();
  reader.varint();
  // The key: how long it is, a version, the type.
  reader.varint();
  return batch.readInt16BE(reader.at + 2);
}

const int64 = (bytes: Buffer, at: number): number =>
  bytes.readInt32BE(at) * twoTo32 + bytes.readUInt32BE(at + 4);
