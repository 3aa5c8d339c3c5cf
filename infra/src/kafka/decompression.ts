import { decompressFrameSync } from 'lz4-napi';
import { gunzipSync } from 'node:zlib';
import { uncompressSync } from 'snappy';
import { ZSTDDecoder } from 'zstddec';

/** The bytes are not what their codec writes, or become more than they may. The message is half a sentence. */
export class CannotDecompress extends Error {}

type Decompress = (bytes: Buffer, bytesMax: number) => Buffer;

const zstd = new ZSTDDecoder();
await zstd.init();

/** By the number of the codec in a batch's attributes: https://kafka.apache.org/documentation/#recordbatch. */
const codecs: readonly ({ readonly name: string; readonly decompress: Decompress } | undefined)[] =
  [
    undefined,
    { name: 'gzip', decompress: gunzip },
    { name: 'snappy', decompress: unsnappy },
    { name: 'lz4', decompress: unlz4 },
    { name: 'zstd', decompress: unzstd },
  ];

/**
 * What Kafka's codec of this number has compressed, in memory of its own. Throws CannotDecompress, without having
 * taken much more memory than `bytesMax`.
 */
export function decompress(
  bytes: Buffer,
  { codec: number, bytesMax }: { readonly codec: number; readonly bytesMax: number },
): Buffer {
  const codec = codecs[number];
  if (codec === undefined) throw new CannotDecompress(`its codec ${number} is unknown`);
  try {
    return codec.decompress(bytes, bytesMax);
  } catch (cause) {
    const reason = cause instanceof CannotDecompress ? cause.message : 'its bytes are damaged';
    throw new CannotDecompress(`${codec.name}: ${reason}`, { cause });
  }
}

const tooLarge = (bytesMax: number): CannotDecompress =>
  new CannotDecompress(`it becomes more than DECOMPRESSED_BYTES_MAX = ${bytesMax} bytes`);

function gunzip(bytes: Buffer, bytesMax: number): Buffer {
  try {
    return gunzipSync(bytes, { maxOutputLength: bytesMax });
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
      ? tooLarge(bytesMax)
      : error;
  }
}

/** Java's snappy puts blocks, each behind its length, into a frame of its own (xerial); librdkafka does not. */
const xerialMagic = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0]);
/** The magic, a version and the oldest version that can read it. */
const xerialHeaderBytes = 16;

function unsnappy(bytes: Buffer, bytesMax: number): Buffer {
  const blocks = snappyBlocks(bytes);
  const size = blocks.reduce((sum, block) => sum + snappySize(block), 0);
  if (size > bytesMax) throw tooLarge(bytesMax);
  return Buffer.concat(blocks.map((block) => uncompressSync(block) as Buffer));
}

function snappyBlocks(bytes: Buffer): Buffer[] {
  const isXerial = (at: number): boolean =>
    bytes.subarray(at, at + xerialMagic.length).equals(xerialMagic);
  if (!isXerial(0)) return [bytes];
  const blocks: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    // Streams that were written one behind the other have a header each.
    if (isXerial(at)) {
      at += xerialHeaderBytes;
      continue;
    }
    const start = at + 4;
    at = start + bytes.readUInt32BE(at);
    if (at > bytes.length) throw new CannotDecompress('its last block is cut off');
    blocks.push(bytes.subarray(start, at));
  }
  return blocks;
}

/** A block begins with how long it becomes, seven bits a byte, the least first. */
function snappySize(block: Buffer): number {
  let size = 0;
  for (let index = 0; index < 5; index++) {
    const byte = block.readUInt8(index);
    size += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return size;
  }
  throw new CannotDecompress('a block says no length');
}

const lz4Magic = 0x184d2204;

/** https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md: what the frame's blocks become at most is in their heads. */
function unlz4(bytes: Buffer, bytesMax: number): Buffer {
  if (bytes.readUInt32LE(0) !== lz4Magic) throw new CannotDecompress('it is no LZ4 frame');
  const flags = bytes.readUInt8(4);
  const blockBytesMax = 2 ** (8 + 2 * ((bytes.readUInt8(5) >> 4) & 7));
  const checksumBytes = (flags & 0x10) === 0 ? 0 : 4;
  const contentSizeBytes = (flags & 0x08) === 0 ? 0 : 8;
  const dictionaryBytes = (flags & 0x01) === 0 ? 0 : 4;
  let size = 0;
  for (let at = 7 + contentSizeBytes + dictionaryBytes; ;) {
    const head = bytes.readUInt32LE(at);
    if (head === 0) break;
    // The last block may be shorter, which is seen only when it is decompressed.
    if (size > bytesMax) throw tooLarge(bytesMax);
    size += blockBytesMax;
    at += 4 + (head & 0x7fffffff) + checksumBytes;
  }
  const decompressed = decompressFrameSync(bytes);
  if (decompressed.length > bytesMax) throw tooLarge(bytesMax);
  return decompressed;
}

/** A batch is never empty, and the decoder gives nothing when it fails, for whatever reason. */
function unzstd(bytes: Buffer, bytesMax: number): Buffer {
  const { buffer, byteOffset, length } = zstd.decode(bytes, bytesMax);
  if (length === 0)
    throw new CannotDecompress(
      `its bytes are damaged, or it becomes more than DECOMPRESSED_BYTES_MAX = ${bytesMax} bytes`,
    );
  return Buffer.from(buffer, byteOffset, length);
}
