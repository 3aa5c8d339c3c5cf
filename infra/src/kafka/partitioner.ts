import { Partitioners } from 'kafkajs';

const partitioner = Partitioners.DefaultPartitioner();

/** The partition that Kafka's own clients choose for a key (murmur2), so that any client agrees. */
export function partitionOf(at: { key: string; partitions: number }): number {
  const partitionMetadata = metadataOf(at.partitions);
  return partitioner({
    topic: '',
    partitionMetadata,
    message: { key: at.key, value: null },
  });
}

const metadataByCount = new Map<number, Parameters<typeof partitioner>[0]['partitionMetadata']>();

function metadataOf(partitions: number) {
  const known = metadataByCount.get(partitions);
  if (known !== undefined) return known;
  const made = Array.from({ length: partitions }, (_, partitionId) => ({
    partitionErrorCode: 0,
    partitionId,
    leader: 0,
    replicas: [],
    isr: [],
  }));
  metadataByCount.set(partitions, made);
  return made;
}
