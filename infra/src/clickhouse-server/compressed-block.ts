import { cityHash128 } from './city-hash.ts';

const checksumBytes = 16;
const headerBytes = 9;
const lz4Method = 0x82;
/** ClickHouse's own blocks hold about as much; readers allocate what the header says. */
const blockBytesMax = 1024 * 1024;

/** One LZ4 sequence of literals: valid LZ4 that costs no time to make. */
function literals(bytes: Buffer): Buffer {
  const extended = bytes.length - 15;
  if (extended < 0) return Buffer.concat([Buffer.from([bytes.length << 4]), bytes]);
  const full = Math.floor(extended / 255);
  const lengths = Buffer.alloc(full + 2, 0xff);
  lengths[0] = 0xf0;
  lengths[full + 1] = extended % 255;
  return Buffer.concat([lengths, bytes]);
}

/**
 * The bytes in ClickHouse's native block format, which `compress=1` asks for (the JDBC driver's
 * default). They are framed and not made smaller: on one machine the checksum already costs more
 * than the bytes.
 */
export function compressedBlocks(bytes: Buffer): Buffer {
  const blocks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += blockBytesMax) {
    const plain = bytes.subarray(at, at + blockBytesMax);
    const packed = literals(plain);
    const block = Buffer.allocUnsafe(checksumBytes + headerBytes + packed.length);
    block.writeUInt8(lz4Method, checksumBytes);
    block.writeUInt32LE(headerBytes + packed.length, checksumBytes + 1);
    block.writeUInt32LE(plain.length, checksumBytes + 5);
    packed.copy(block, checksumBytes + headerBytes);
    const [low, high] = cityHash128(block.subarray(checksumBytes));
    block.writeBigUInt64LE(low, 0);
    block.writeBigUInt64LE(high, 8);
    blocks.push(block);
  }
  return Buffer.concat(blocks);
}
