import { consumerGroups, topicNames, topics } from '@semarak/schemas';
import type { Admin } from 'kafkajs';
import { setTimeout as sleep } from 'node:timers/promises';
import { awakeMs } from '../awake-clock/index.ts';
import { z } from 'zod';
import { bounded, serverUrls } from '../configuration/index.ts';
import { createTopics } from '../kafka/index.ts';

/** What the command reads from its environment beside the servers' URLs. */
export const rebuildAllConfiguration = z.object({
  KAFKA_BROKERS: serverUrls.KAFKA_BROKERS,
  /** For a member that was killed to leave its group: its session is 30 s unless configured otherwise. */
  WORKERS_LEFT_MS_MAX: bounded({ min: 0, max: 3_600_000, default: 60_000 }),
  /** For Kafka to delete the topics of derived events. */
  TOPICS_DELETED_MS_MAX: bounded({ min: 100, max: 3_600_000, default: 60_000 }),
});

type Limits = z.infer<typeof rebuildAllConfiguration>;

const pollMs = 200;

/** Resolves once nobody is in the groups of the pipeline; throws a sentence when somebody stays. */
export async function untilNobodyWorks(
  admin: Admin,
  limits: Pick<Limits, 'WORKERS_LEFT_MS_MAX'>,
): Promise<void> {
  const names = Object.keys(consumerGroups);
  const deadline = awakeMs() + limits.WORKERS_LEFT_MS_MAX;
  for (;;) {
    const { groups } = await admin.describeGroups(names);
    const isBusy = ({ state }: { state: string }): boolean => state !== 'Empty' && state !== 'Dead';
    const busy = new Set(groups.filter(isBusy).map(({ groupId }) => groupId));
    if (busy.size === 0) return;
    if (awakeMs() > deadline)
      throw new Error(
        `${names.filter((name) => busy.has(name)).join(', ')} must not run meanwhile: stop the services, and start ` +
          'the servers alone with "npm start -- --servers".',
      );
    await sleep(pollMs);
  }
}

/** Deletes the topics of derived events and makes them again as they were, without a record. */
export async function emptyDerivedTopics(
  admin: Admin,
  limits: Pick<Limits, 'TOPICS_DELETED_MS_MAX'>,
): Promise<void> {
  const derived = topicNames.filter((name) => topics[name].retention === 'derived');
  const { topics: described } = await admin.fetchTopicMetadata({ topics: ['transactions'] });
  const partitions = described[0]?.partitions ?? [];
  const existing = new Set(await admin.listTopics());
  await admin.deleteTopics({ topics: derived.filter((name) => existing.has(name)) });
  const deadline = awakeMs() + limits.TOPICS_DELETED_MS_MAX;
  for (;;) {
    const left = await admin.listTopics();
    if (!derived.some((name) => left.includes(name))) break;
    if (awakeMs() > deadline) throw new Error(`Kafka has not deleted ${derived.join(', ')} yet.`);
    await sleep(pollMs);
  }
  await createTopics(admin, {
    partitions: partitions.length,
    replicationFactor: partitions[0]?.replicas.length ?? 1,
  });
}
