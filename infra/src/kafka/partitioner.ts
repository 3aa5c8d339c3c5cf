/**
 * The partition that Kafka's own clients choose for a key: the murmur2 of its UTF-8 bytes, made positive
 * (`org.apache.kafka.common.utils.Utils`). kafkajs computes it with objects of 64 bits for 32, which
 * costs more than all else that the gateway does with a record.
 */
export function partitionOf(at: { key: string; partitions: number }): number {
  return (murmur2(at.key) & 0x7fffffff) % at.partitions;
}

const multiplier = 0x5bd1e995;
const seed = 0x9747b28c;

/** As a signed number of 32 bits. */
function murmur2(key: string): number {
  const bytes = Buffer.from(key, 'utf8');
  const { length } = bytes;
  const whole = length & ~3;
  let hash = seed ^ length;
  let at = 0;
  while (at < whole) {
    let word = Math.imul(bytes.readInt32LE(at), multiplier);
    word = Math.imul(word ^ (word >>> 24), multiplier);
    hash = Math.imul(hash, multiplier) ^ word;
    at += 4;
  }
  if (at < length) {
    for (let rest = length - 1; rest >= at; rest--) hash ^= (bytes[rest] ?? 0) << (8 * (rest - at));
    hash = Math.imul(hash, multiplier);
  }
  hash = Math.imul(hash ^ (hash >>> 13), multiplier);
  return hash ^ (hash >>> 15);
}
