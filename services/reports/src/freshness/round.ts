import { consumerGroups, type TopicName } from '@semarak/schemas';

/** Offsets by `topic/partition`. */
export type Offsets = ReadonlyMap<string, number>;

/** Offsets that a group has committed, with their metadata, by `topic/partition`. */
export type Committed = ReadonlyMap<string, { readonly offset: number; readonly metadata: string }>;

/** What is asked of Kafka; throws when it does not answer. */
export interface LogPorts {
  /** Where each partition of the topics ends. */
  ends(topics: readonly TopicName[]): Promise<Offsets>;
  committed(groupId: keyof typeof consumerGroups, topics: readonly TopicName[]): Promise<Committed>;
  now(): number;
}

/**
 * The pipeline seen once from its beginning to its end. Ends and the offsets that are compared with them are
 * read at once, as neither ever goes back: an offset that has reached an end has, whichever was read first.
 * What a worker has written is read after the worker's offsets.
 */
export interface Round {
  /** Epoch milliseconds, before anything was read. */
  readonly at: number;
  readonly sourceEnds: Offsets;
  readonly accrual: Committed;
  /** Read after accrual’s offsets. */
  readonly derivedEnds: Offsets;
  readonly rewards: Committed;
  /** Read after rewards’ offsets. */
  readonly rewardEnds: Offsets;
  readonly projector: Committed;
}

export async function readRound(ports: LogPorts): Promise<Round> {
  const at = ports.now();
  const [sourceEnds, accrual] = await Promise.all([
    ports.ends(['transactions', 'members']),
    ports.committed('accrual', consumerGroups.accrual),
  ]);
  const [derivedEnds, rewards] = await Promise.all([
    ports.ends(['loyalty-events', 'entitlements']),
    ports.committed('rewards', consumerGroups.rewards),
  ]);
  const [rewardEnds, projector] = await Promise.all([
    ports.ends(['reward-events']),
    ports.committed('projector', consumerGroups.projector),
  ]);
  return { at, sourceEnds, accrual, derivedEnds, rewards, rewardEnds, projector };
}
