import { describe, expect, it } from 'vitest';
import { partitionOf } from './partitioner.ts';

describe('partitionOf', () => {
  // Kafka's own clients: Utils.toPositive(murmur2(key)) % 8; values from Kafka's UtilsTest.
  it.each([
    ['21', -973_932_308],
    ['foobar', -790_332_482],
    ['a-little-bit-long-string', -985_981_536],
    ['a-little-bit-longer-string', -1_486_304_829],
  ])('puts %s where the Java client would', (key, murmur2) => {
    expect(partitionOf({ key, partitions: 8 })).toBe((murmur2 & 0x7fffffff) % 8);
  });
});
