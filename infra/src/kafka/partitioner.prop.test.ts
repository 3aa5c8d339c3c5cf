import fc from 'fast-check';
import { Partitioners } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { partitionOf } from './partitioner.ts';

const kafkajs = Partitioners.DefaultPartitioner();

describe('partitionOf', () => {
  it('agrees with kafkajs on any key, in any script', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 40 }),
        fc.integer({ min: 1, max: 64 }),
        (key, partitions) => {
          const partitionMetadata = Array.from({ length: partitions }, (_, partitionId) => ({
            partitionErrorCode: 0,
            partitionId,
            leader: 0,
            replicas: [],
            isr: [],
          }));
          const message = { key, value: null };
          expect(partitionOf({ key, partitions })).toBe(
            kafkajs({ topic: '', partitionMetadata, message }),
          );
        },
      ),
    );
  });
});
