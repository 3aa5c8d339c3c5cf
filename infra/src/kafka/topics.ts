import { topicNames, topics } from '@semarak/schemas';
import type { Admin, ITopicConfig } from 'kafkajs';

/**
 * Creates the topics that are missing, each with `partitions` partitions, and waits for their
 * leaders. Throws when one exists with another number of partitions: keys would move.
 */
export async function createTopics(
  admin: Admin,
  options: { partitions: number; replicationFactor: number },
): Promise<{ created: string[] }> {
  const existing = new Set(await admin.listTopics());
  const missing = topicNames.filter((name) => !existing.has(name));
  await admin.createTopics({
    waitForLeaders: true,
    topics: missing.map((topic) => ({
      topic,
      numPartitions: options.partitions,
      replicationFactor: options.replicationFactor,
      configEntries: configOf(topic),
    })),
  });
  const { topics: described } = await admin.fetchTopicMetadata({ topics: [...topicNames] });
  for (const { name, partitions } of described) {
    if (partitions.length !== options.partitions)
      throw new Error(
        `Topic ${name} has ${partitions.length} partitions, ${options.partitions} are configured. ` +
          'A changed number moves keys to other partitions: set it back, or start with an empty log.',
      );
  }
  return { created: missing };
}

function configOf(topic: keyof typeof topics): NonNullable<ITopicConfig['configEntries']> {
  const forever = [
    { name: 'retention.ms', value: '-1' },
    { name: 'retention.bytes', value: '-1' },
  ];
  switch (topics[topic].retention) {
    case 'compact':
      return [{ name: 'cleanup.policy', value: 'compact' }];
    case 'keep':
    case 'derived':
      return [{ name: 'cleanup.policy', value: 'delete' }, ...forever];
  }
}
