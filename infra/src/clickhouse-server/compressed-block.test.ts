import { expect, test } from 'vitest';
import { cityHash128 } from './city-hash.ts';
import { compressedBlocks } from './compressed-block.ts';

// Values of ClickHouse's Java driver for the bytes (i * 7 + 3) mod 256.
test.each([
  [0, '3df09dfc64c09a2b', '3cb540c392e51e29'],
  [7, '9ef90f69597e95c7', '4987956c9782ee8f'],
  [15, '5a8299d8ab8f2f47', '8ea0a478a90d3277'],
  [16, '21e79cab7f9c2b79', 'a35615c235313f7a'],
  [33, '94bbf1d5b6ddb61', '10572bd58efa7aaf'],
  [131, '75d03a9d9ea3b3a2', '781fa8976cbc648d'],
  [300, 'd6306a0c4528ae11', '37c2e51cab2517ef'],
  [391, '82cd571a6c21aef1', '1f45574185dd7ec9'],
])('cityHash128 of %i bytes', (length, low, high) => {
  const bytes = Buffer.from(Array.from({ length }, (_, i) => (i * 7 + 3) & 255));
  expect(cityHash128(bytes).map((half) => half.toString(16))).toEqual([low, high]);
});

/** Reads blocks that hold one LZ4 sequence of literals each. */
function readBlocks(bytes: Buffer): Buffer {
  const plain: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + 16 + bytes.readUInt32LE(at + 17);
    const size = bytes.readUInt32LE(at + 21);
    const [low, high] = cityHash128(bytes.subarray(at + 16, end));
    expect([bytes.readBigUInt64LE(at), bytes.readBigUInt64LE(at + 8)]).toEqual([low, high]);
    plain.push(bytes.subarray(end - size, end));
    at = end;
  }
  return Buffer.concat(plain);
}

test.each([0, 1, 14, 15, 16, 269, 270, 271, 70_000, 2_100_000])('%i bytes in blocks', (length) => {
  const bytes = Buffer.from(Array.from({ length }, (_, i) => i & 255));
  expect(readBlocks(compressedBlocks(bytes)).equals(bytes)).toBe(true);
});
