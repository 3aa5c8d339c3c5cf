import { consumerGroups, topicNames, topics } from '@semarak/schemas';
import type { Admin } from 'kafkajs';
import { setTimeout as sleep } from 'node:timers/promises';
import { awakeMs } from '../awake-clock/index.ts';
import { createTopics } from '../kafka/index.ts';

/** A member that was killed is in its group until its session is over: 30 s unless configured otherwise. */
const leftWithinMs = 60_000;
const deletedWithinMs = 60_000;
const pollMs = 200;

/** Resolves once nobody is in the groups of the pipeline; throws a sentence when somebody stays. */
export async function untilNobodyWorks({ admin }: { readonly admin: Admin }): Promise<void> {
  const names = Object.keys(consumerGroups);
  const deadline = awakeMs() + leftWithinMs;
  for (;;) {
    const { groups } = await admin.describeGroups(names);
    const busy = groups.filter(({ state }) => state !== 'Empty' && state !== 'Dead');
    if (busy.length === 0) return;
    if (awakeMs() > deadline)
      throw new Error(
        `${busy.map(({ groupId }) => groupId).join(', ')} must not run meanwhile: stop the services, and start ` +
          'the servers alone with "npm start -- --servers".',
      );
    await sleep(pollMs);
  }
}

/** Deletes the topics of derived events and makes them again as they were, without a record. */
export async function emptyDerivedTopics({ admin }: { readonly admin: Admin }): Promise<void> {
  const derived = topicNames.filter((name) => topics[name].retention === 'derived');
  const { topics: described } = await admin.fetchTopicMetadata({ topics: ['transactions'] });
  const partitions = described[0]?.partitions ?? [];
  const existing = new Set(await admin.listTopics());
  await admin.deleteTopics({ topics: derived.filter((name) => existing.has(name)) });
  const deadline = awakeMs() + deletedWithinMs;
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
