import { topicNames } from '@semarak/schemas';
import type { Admin } from 'kafkajs';
import { settingsOf } from './topic-settings.ts';

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
      configEntries: settingsOf(topic, options.replicationFactor).map(({ name, value }) => ({
        name,
        value,
      })),
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
