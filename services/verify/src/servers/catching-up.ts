import { awakeMs } from '@semarak/infra/awake-clock';
import { currentGeneration } from '@semarak/infra/report-database';
import { partitionKey } from '@semarak/infra/state-store';
import type { TopicName } from '@semarak/schemas';
import { setTimeout as sleep } from 'node:timers/promises';
import { Cuts } from '../comparison/cuts.ts';
import type { Connection } from './connection.ts';

const pollMs = 100;

/** It cannot be told whether all is equal; the message says why and what to do. */
export class CannotVerify extends Error {}

/** A place in the log up to which every service has taken in everything. */
export interface Cut {
  readonly partitions: number;
  /** Of `transactions`, `entitlements` and `members`. */
  readonly cuts: Cuts;
  /** By topic, how far to read: whatever lies below the cuts has caused nothing behind these. */
  readonly readTo: Readonly<Record<TopicName, readonly number[]>>;
  readonly readFrom: Readonly<Record<TopicName, readonly number[]>>;
}

/** Where the log ends now, in the topics that others are caused by. */
export async function endsOf({ admin }: Connection): Promise<Cuts> {
  const highs = async (topic: TopicName) => (await watermarks(admin, topic)).highs;
  return new Cuts({
    transactions: await highs('transactions'),
    entitlements: await highs('entitlements'),
    members: await highs('members'),
  });
}

/**
 * Takes the end of the log as it is now and waits until accrual, rewards and the projector have come
 * there. Throws CannotVerify when they have not within `waitMs`, and when the log has lost its beginning.
 */
export async function cutNow(connection: Connection, waitMs: number): Promise<Cut> {
  const { admin } = connection;
  const deadline = awakeMs() + waitMs;
  const transactions = await watermarks(admin, 'transactions');
  const positions = (worker: string) => () => positionsOf(connection, worker, transactions.highs);
  await reached('accrual', transactions.highs, positions('accrual'), deadline);
  const entitlements = await watermarks(admin, 'entitlements');
  await reached('rewards', entitlements.highs, positions('rewards'), deadline);
  const members = await watermarks(admin, 'members');
  const loyalty = await watermarks(admin, 'loyalty-events');
  const rewards = await watermarks(admin, 'reward-events');
  const projected = {
    transactions,
    members,
    'loyalty-events': loyalty,
    'reward-events': rewards,
  } as const;
  for (const [topic, { highs }] of Object.entries(projected))
    await reached(
      `the projector of ${topic}`,
      highs,
      () => projectedTo(connection, { topic, partitions: highs.length }),
      deadline,
    );
  const all = {
    ...projected,
    entitlements,
    'dead-letters': await watermarks(admin, 'dead-letters'),
  };
  for (const topic of ['transactions', 'entitlements', 'loyalty-events', 'reward-events'] as const)
    if (all[topic].lows.some((low) => low > 0))
      throw new CannotVerify(
        `${topic} has lost its beginning: restore it from a copy, nothing can be recounted without it.`,
      );
  const part = (name: 'lows' | 'highs') =>
    Object.fromEntries(
      Object.entries(all).map(([topic, ends]) => [topic, ends[name]]),
    ) as unknown as Record<TopicName, readonly number[]>;
  return {
    partitions: transactions.highs.length,
    cuts: new Cuts({
      transactions: transactions.highs,
      entitlements: entitlements.highs,
      members: members.highs,
    }),
    readTo: part('highs'),
    readFrom: part('lows'),
  };
}

async function watermarks(admin: Connection['admin'], topic: string) {
  const offsets = await admin.fetchTopicOffsets(topic);
  offsets.sort((a, b) => a.partition - b.partition);
  return {
    lows: offsets.map(({ low }) => Number(low)),
    highs: offsets.map(({ high }) => Number(high)),
  };
}

async function positionsOf(
  { redis }: Connection,
  worker: string,
  partitions: readonly number[],
): Promise<number[]> {
  return await Promise.all(
    partitions.map(async (_, partition) =>
      Number((await redis.hget(partitionKey({ worker, partition }), 'position')) ?? 0),
    ),
  );
}

/**
 * Up to where ClickHouse has everything. An insert that is open is not done: the offset is that of its
 * beginning. A bookmark that names another database than the one that is read says nothing of it.
 */
async function projectedTo(
  { admin, clickhouse }: Connection,
  { topic, partitions }: { topic: string; partitions: number },
): Promise<number[]> {
  const generation = await currentGeneration(clickhouse);
  const [found] = await admin.fetchOffsets({ groupId: 'projector', topics: [topic] });
  const positions = Array.from({ length: partitions }, () => 0);
  for (const { partition, offset, metadata } of found?.partitions ?? []) {
    const [, named] = (metadata ?? '').split(' ');
    if (named === generation?.id) positions[partition] = Math.max(0, Number(offset));
  }
  return positions;
}

async function reached(
  who: string,
  ends: readonly number[],
  positions: () => Promise<readonly number[]>,
  deadline: number,
): Promise<void> {
  for (;;) {
    const now = await positions();
    const behind = ends.flatMap((end, partition) =>
      (now[partition] ?? 0) < end ? [`${partition} (${now[partition] ?? 0} of ${end})`] : [],
    );
    if (behind.length === 0) return;
    if (awakeMs() > deadline)
      throw new CannotVerify(
        `Nothing can be compared: ${who} has not come to where the log ended, in partitions ${behind.join(', ')}. See whether it runs, and try again or give it longer with --wait-seconds.`,
      );
    await sleep(pollMs);
  }
}
