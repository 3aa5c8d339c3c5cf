import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin, ConsumerConfig, Kafka } from 'kafkajs';
import { awakeMs } from '../awake-clock/index.ts';
import { createCluster } from '../kafka/index.ts';
import type { Log } from '../observability/index.ts';

interface Membership {
  readonly kafka: Kafka;
  readonly groupId: string;
  readonly log: Log;
}

interface Predecessors extends Membership {
  readonly admin: Pick<Admin, 'describeGroups'>;
  readonly clientId: string;
  /** How long the group is tried for while it cannot be reached; once, if absent. */
  readonly patienceMs?: number;
  /** Nothing is tried once it is aborted. */
  readonly signal?: AbortSignal;
}

/** The cluster is gone long before. */
const metadataMaxAgeMs = 300_000;
/** Between two attempts to reach the group of a Kafka that is away. */
const attemptDelayMs = 200;

/**
 * For a consumer of kafkajs. One that has lost its broker begins again as a new member and leaves the old one
 * behind, which a Kafka that was killed knows from its log: before that it is taken out, as soon as the group can be
 * reached, for at most `patienceMs`. Once the signal is aborted the consumer does not begin again.
 */
export const beginningAgain = (
  options: Predecessors & Required<Pick<Predecessors, 'patienceMs' | 'signal'>>,
): NonNullable<ConsumerConfig['retry']> => ({
  // As kafkajs has it without a word.
  retries: 5,
  async restartOnFailure() {
    await removePredecessors(options);
    return !options.signal.aborted;
  },
});

/**
 * Takes the group's members of this client id out of it, before this process joins under the same id.
 * A process that was killed says no goodbye, and the group would wait for it until its session is
 * over; kafkajs has no static membership, which would know the successor by its name. Should a member
 * be alive all the same, it finds itself outside and joins again: what it does meanwhile is fenced as
 * any stale owner's work is. A failure is logged, since the end of the session comes anyway.
 */
export async function removePredecessors(options: Predecessors): Promise<void> {
  const { patienceMs = 0, signal, log } = options;
  const end = awakeMs() + patienceMs;
  while (signal?.aborted !== true) {
    try {
      await takeOut(options);
      return;
    } catch (error) {
      if (awakeMs() >= end) {
        log.warn({ err: error }, 'predecessors stay in the group until their sessions are over');
        return;
      }
      await sleep(attemptDelayMs, undefined, { signal }).catch(() => undefined);
    }
  }
}

async function takeOut(options: Predecessors): Promise<void> {
  const { admin, groupId, clientId } = options;
  const { groups } = await admin.describeGroups([groupId]);
  const memberIds = groups
    .flatMap((group) => group.members)
    .filter((member) => member.clientId === clientId)
    .map(({ memberId }) => memberId);
  if (memberIds.length > 0) await leave(options, memberIds);
}

async function leave(
  { kafka, groupId, log }: Membership,
  memberIds: readonly string[],
): Promise<void> {
  const cluster = createCluster(kafka, { metadataMaxAgeMs });
  try {
    await cluster.connect();
    const coordinator = await cluster.findGroupCoordinator({ groupId });
    for (const memberId of memberIds) await coordinator.leaveGroup({ groupId, memberId });
  } finally {
    await cluster.disconnect();
  }
  log.info({ memberIds }, 'took dead members out of the group');
}
