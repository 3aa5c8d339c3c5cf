import type { Admin, Kafka } from 'kafkajs';
import type { Log } from '../observability/index.ts';

/** kafkajs has this for its own consumers; version 2.2.4 is pinned. */
interface Coordinator {
  leaveGroup(member: { groupId: string; memberId: string }): Promise<unknown>;
}
interface Cluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  findGroupCoordinator(of: { groupId: string }): Promise<Coordinator>;
}

interface Membership {
  readonly kafka: Kafka;
  readonly groupId: string;
  readonly log: Log;
}

/**
 * Takes the group's members of this client id out of it, before this process joins under the same id.
 * A process that was killed says no goodbye, and the group would wait for it until its session is
 * over; kafkajs has no static membership, which would know the successor by its name. Should a member
 * be alive all the same, it finds itself outside and joins again: what it does meanwhile is fenced as
 * any stale owner's work is. A failure is logged, since the end of the session comes anyway.
 */
export async function removePredecessors(
  options: Membership & {
    readonly admin: Pick<Admin, 'describeGroups'>;
    readonly clientId: string;
  },
): Promise<void> {
  const { admin, groupId, clientId, log } = options;
  try {
    const { groups } = await admin.describeGroups([groupId]);
    const memberIds = groups
      .flatMap((group) => group.members)
      .filter((member) => member.clientId === clientId)
      .map(({ memberId }) => memberId);
    if (memberIds.length > 0) await leave(options, memberIds);
  } catch (error) {
    log.warn({ err: error }, 'predecessors stay in the group until their sessions are over');
  }
}

async function leave(
  { kafka, groupId, log }: Membership,
  memberIds: readonly string[],
): Promise<void> {
  const cluster = clusterOf(kafka);
  try {
    await cluster.connect();
    const coordinator = await cluster.findGroupCoordinator({ groupId });
    for (const memberId of memberIds) await coordinator.leaveGroup({ groupId, memberId });
  } finally {
    await cluster.disconnect();
  }
  log.info({ memberIds }, 'took dead members out of the group');
}

function clusterOf(kafka: Kafka): Cluster {
  const name = Object.getOwnPropertySymbols(kafka).find(
    ({ description }) => description === 'private:Kafka:createCluster',
  );
  const create = name === undefined ? undefined : (Reflect.get(kafka, name) as unknown);
  if (typeof create !== 'function') throw new Error('this kafkajs does not give its cluster');
  return (create as (options: { metadataMaxAge: number }) => Cluster)({ metadataMaxAge: 300_000 });
}
