import { cityHash128 } from './city-hash.ts';
import { exception } from './exception.ts';

const checksumBytes = 16;
const headerBytes = 9;
const lz4Method = 0x82;
const plainMethod = 0x02;
const zstdMethod = 0x90;

/**
 * What a body in ClickHouse's native compressed blocks (`decompress=1`) holds.
 *
 * @throws DatabaseException CANNOT_DECOMPRESS, CHECKSUM_DOESNT_MATCH, NOT_IMPLEMENTED for blocks of ZSTD,
 * TOO_LARGE_REQUEST.
 */
export function decompressedBody(options: { bytes: Buffer; bytesMax: number }): Buffer {
  const { bytes, bytesMax } = options;
  const blocks: Buffer[] = [];
  let total = 0;
  for (let at = 0; at < bytes.length;) {
    if (bytes.length - at < checksumBytes + headerBytes) throw broken('it ends within a block');
    const body = at + checksumBytes;
    const size = bytes.readUInt32LE(body + 1);
    const plainSize = bytes.readUInt32LE(body + 5);
    if (size < headerBytes || body + size > bytes.length) throw broken('it ends within a block');
    total += plainSize;
    if (total > bytesMax) {
      throw exception('TOO_LARGE_REQUEST', `The request body is larger than ${bytesMax} bytes.`);
    }
    const [low, high] = cityHash128(bytes.subarray(body, body + size));
    if (bytes.readBigUInt64LE(at) !== low || bytes.readBigUInt64LE(at + 8) !== high) {
      throw exception('CHECKSUM_DOESNT_MATCH', 'The checksum of a block of the body is wrong.');
    }
    const packed = bytes.subarray(body + headerBytes, body + size);
    blocks.push(unpacked({ method: bytes.readUInt8(body), packed, plainSize }));
    at = body + size;
  }
  return blocks.length === 1 && blocks[0] !== undefined ? blocks[0] : Buffer.concat(blocks);
}

function unpacked(of: { method: number; packed: Buffer; plainSize: number }): Buffer {
  const { method, packed, plainSize } = of;
  if (method === plainMethod && packed.length === plainSize) return packed;
  if (method === lz4Method) return lz4(packed, plainSize);
  if (method === zstdMethod) {
    throw exception(
      'NOT_IMPLEMENTED',
      'decompress=1 with blocks of ZSTD is not supported here; use LZ4 or Content-Encoding: zstd.',
    );
  }
  throw broken(`a block has the method ${method}`);
}

/** A block of LZ4, lz4_Block_format.md. */
function lz4(packed: Buffer, plainSize: number): Buffer {
  const plain = Buffer.allocUnsafe(plainSize);
  let from = 0;
  let to = 0;
  const length = (nibble: number): number => {
    let found = nibble;
    for (let byte = nibble === 15 ? 255 : 0; byte === 255; found += byte) {
      byte = packed[from++] ?? 0;
    }
    return found;
  };
  while (from < packed.length) {
    const token = packed[from++] ?? 0;
    const literals = length(token >> 4);
    if (from + literals > packed.length || to + literals > plainSize) throw broken('LZ4');
    packed.copy(plain, to, from, from + literals);
    from += literals;
    to += literals;
    if (from >= packed.length) break;
    const distance = (packed[from] ?? 0) | ((packed[from + 1] ?? 0) << 8);
    from += 2;
    const matched = length(token & 15) + 4;
    if (distance === 0 || distance > to || to + matched > plainSize) throw broken('LZ4');
    // Byte for byte: a match may lie within what it makes.
    for (const end = to + matched; to < end; to += 1) plain[to] = plain[to - distance] ?? 0;
  }
  if (to !== plainSize) throw broken('LZ4');
  return plain;
}

const broken = (why: string): Error =>
  exception('CANNOT_DECOMPRESS', `Cannot decompress the body with decompress=1: ${why}.`);
