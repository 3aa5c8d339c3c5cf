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

/** The pipeline seen once from its beginning to its end, each step read after the one before it. */
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
  /** Read last. */
  readonly projector: Committed;
}

export async function readRound(ports: LogPorts): Promise<Round> {
  const at = ports.now();
  const sourceEnds = await ports.ends(['transactions', 'members']);
  const accrual = await ports.committed('accrual', consumerGroups.accrual);
  const derivedEnds = await ports.ends(['loyalty-events', 'entitlements']);
  const rewards = await ports.committed('rewards', consumerGroups.rewards);
  const rewardEnds = await ports.ends(['reward-events']);
  const projector = await ports.committed('projector', consumerGroups.projector);
  return { at, sourceEnds, accrual, derivedEnds, rewards, rewardEnds, projector };
}
