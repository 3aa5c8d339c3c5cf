import { consumerGroups } from '@semarak/schemas';
import type { Admin } from 'kafkajs';
import { setTimeout as sleep } from 'node:timers/promises';

const noLagWithinMs = 60_000;
const pollMs = 200;

/**
 * Resolves when every group has committed where its topics end, as every tool of Kafka sees it; what comes in
 * meanwhile counts too. Throws what is left after a minute.
 */
export async function untilNoLag(admin: Admin): Promise<void> {
  const deadline = performance.now() + noLagWithinMs;
  for (;;) {
    const left = await lags(admin);
    if (left.length === 0) return;
    if (performance.now() > deadline) throw new Error(`a lag is left: ${left.join(', ')}`);
    await sleep(pollMs);
  }
}

async function lags(admin: Admin): Promise<string[]> {
  const found: string[] = [];
  for (const [groupId, topics] of Object.entries(consumerGroups))
    for (const topic of topics) {
      const [committed] = await admin.fetchOffsets({ groupId, topics: [topic] });
      const offsets = new Map(committed?.partitions.map((one) => [one.partition, one.offset]));
      for (const { partition, high } of await admin.fetchTopicOffsets(topic)) {
        const offset = Math.max(0, Number(offsets.get(partition) ?? 0));
        if (offset < Number(high))
          found.push(`${groupId} ${topic}/${partition} ${offset} of ${high}`);
      }
    }
  return found;
}
