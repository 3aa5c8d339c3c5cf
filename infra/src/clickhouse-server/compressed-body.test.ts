import { describe, expect, it } from 'vitest';
import { compressedBlocks } from './compressed-block.ts';
import { decompressedBody } from './compressed-body.ts';
import { cityHash128 } from './city-hash.ts';

function framed(method: number, packed: Buffer, plainSize: number): Buffer {
  const block = Buffer.alloc(25 + packed.length);
  block.writeUInt8(method, 16);
  block.writeUInt32LE(9 + packed.length, 17);
  block.writeUInt32LE(plainSize, 21);
  packed.copy(block, 25);
  const [low, high] = cityHash128(block.subarray(16));
  block.writeBigUInt64LE(low, 0);
  block.writeBigUInt64LE(high, 8);
  return block;
}

const read = (bytes: Buffer): string =>
  decompressedBody({ bytes, bytesMax: 1_000_000 }).toString('latin1');

describe('a body in compressed blocks', () => {
  it('is what was framed, over several blocks', () => {
    const text = 'SELECT 1 '.repeat(40_000);
    expect(read(compressedBlocks(Buffer.from(text)))).toBe(text);
    expect(read(framed(0x02, Buffer.from('plain'), 5))).toBe('plain');
  });

  it('may repeat what came before, also what it is making', () => {
    // Three literals, then 20 bytes from 3 back; the last literals end the block.
    const packed = Buffer.from([0x3f, 97, 98, 99, 3, 0, 1, 0x10, 33]);
    expect(read(framed(0x82, packed, 24))).toBe(`${'abc'.repeat(7)}ab!`);
  });

  it.each([
    [
      'a wrong checksum',
      Buffer.concat([Buffer.alloc(16, 1), framed(0x02, Buffer.from('x'), 1).subarray(16)]),
    ],
    ['an end within a block', framed(0x02, Buffer.from('plain'), 5).subarray(0, 27)],
    ['a length that is not its own', framed(0x82, Buffer.from([0x10, 33]), 2)],
    ['a match from before its beginning', framed(0x82, Buffer.from([0x10, 33, 9, 0, 0x10, 33]), 6)],
    ['another method', framed(0x77, Buffer.from('x'), 1)],
    ['ZSTD', framed(0x90, Buffer.from('x'), 1)],
    ['more than may be', framed(0x02, Buffer.alloc(10), 2_000_000)],
  ])('with %s is refused', (_, bytes) => {
    expect(() => read(bytes)).toThrow(/block|decompress|larger/);
  });
});
