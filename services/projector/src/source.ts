import type { Projection } from '@semarak/infra/projection';
import type { SourcePosition } from '@semarak/infra/stream-processor';
import { consumerGroups, type TopicName, type Typed } from '@semarak/schemas';
import { factsOf, profileRemovalFacts } from './facts.ts';
import { tables } from './tables.ts';

/** The topics that the projector reads. */
export const projectedTopics = consumerGroups.projector;

export type ProjectedTopic = (typeof projectedTopics)[number];

/** What each topic is derived from; null: from outside, where a record is never written again. */
const causes = {
  transactions: null,
  members: null,
  'loyalty-events': 'transactions',
  'reward-events': 'entitlements',
} as const satisfies Record<ProjectedTopic, TopicName | null>;

/** What the records of a topic say to the report database. */
export const projectionOf = (topic: ProjectedTopic): Projection => ({
  tables,
  factsOf,
  sourceOf: (record) => sourceOf(record, topic),
  // Of a compacted topic a record without a value removes its key.
  ...(topic === 'members' && { removalFactsOf: profileRemovalFacts }),
});

/** By what a derived event is told from its repeats; undefined for a record from outside. */
function sourceOf(record: Typed, topic: ProjectedTopic): SourcePosition | undefined {
  const cause = causes[topic];
  if (cause === null || !('sourceOffset' in record.value) || record.type === 'DeadLetter')
    return undefined;
  const { sourcePartition, sourceOffset, ordinal } = record.value;
  return { topic: cause, partition: sourcePartition, offset: sourceOffset, ordinal };
}
