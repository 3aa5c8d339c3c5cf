import { contentHashBytes, type ContentHash } from './content.ts';

/** Where in the log a transaction was accepted, and in which log. */
export interface LogMark {
  /** Of `transactions`. */
  readonly partition: number;
  readonly offset: number;
  /** Of the partition’s leader, as it was known before the record was written: no later than the record’s. */
  readonly epoch: number;
  /** Tells logs apart that began apart. */
  readonly origin: number;
}

export interface Known {
  readonly content: ContentHash;
  readonly at: LogMark;
}

const partitionAt = contentHashBytes;
const offsetAt = partitionAt + 2;
const offsetBytes = 6;
const epochAt = offsetAt + offsetBytes;
const originAt = epochAt + 4;
const knownBytes = originAt + 4;

/** A string of 24 characters, each one byte (`latin1`). */
export function encodeKnown({ content, at }: Known): string {
  const bytes = Buffer.allocUnsafe(knownBytes);
  bytes.write(content, 0, 'latin1');
  bytes.writeUInt16BE(at.partition, partitionAt);
  bytes.writeUIntBE(at.offset, offsetAt, offsetBytes);
  bytes.writeInt32BE(at.epoch, epochAt);
  bytes.writeInt32BE(at.origin, originAt);
  return bytes.toString('latin1');
}

/** Undefined for what an older version remembered: it does not say where it is. */
export function decodeKnown(text: string | undefined): Known | undefined {
  if (text?.length !== knownBytes) return undefined;
  const bytes = Buffer.from(text, 'latin1');
  return {
    content: text.slice(0, contentHashBytes),
    at: {
      partition: bytes.readUInt16BE(partitionAt),
      offset: bytes.readUIntBE(offsetAt, offsetBytes),
      epoch: bytes.readInt32BE(epochAt),
      origin: bytes.readInt32BE(originAt),
    },
  };
}
