import type { CommittedOffset, InputPartition } from '@semarak/infra/consumer-group';
import type { createKafka } from '@semarak/infra/kafka';
import { decodeBookmark } from '@semarak/infra/projection';
import { projectedTopics } from './source.ts';

export type Admin = ReturnType<ReturnType<typeof createKafka>['admin']>;

/** The projector's consumer group. */
export const liveGroup = 'projector';

/** The group that fills a database that nobody reads yet. */
export const rebuildGroup = (databaseId: string): string => `projector-${databaseId}`;

/** Whether nobody is in the group: a member that was killed is until its session is over. */
export async function isLeft(admin: Admin, groupId: string): Promise<boolean> {
  const { groups } = await admin.describeGroups([groupId]);
  return groups.every(({ state }) => state === 'Empty' || state === 'Dead');
}

/**
 * The bookmark that a rebuild of this database has left. Throws while the rebuild is in its group, since it
 * may still write; once it is out, what it still writes is known by its tokens, and nothing it commits counts.
 */
export async function handedOver(
  admin: Admin,
  at: InputPartition & {
    readonly databaseId: string;
    /** The group that asks. */
    readonly groupId: string;
  },
): Promise<CommittedOffset> {
  const nothing = { offset: undefined, metadata: '' };
  const groupId = rebuildGroup(at.databaseId);
  // A rebuild has its own bookmarks already.
  if (groupId === at.groupId) return nothing;
  if (!(await isLeft(admin, groupId)))
    throw new Error(`The rebuild has not left its group ${groupId} yet.`);
  const bookmarks = await bookmarksOf(admin, groupId);
  return bookmarks.get(placeOf(at)) ?? nothing;
}

export const placeOf = (at: { readonly topic: string; readonly partition: number }): string =>
  `${at.topic}/${at.partition}`;

/** What a group has committed, by place; nothing for a partition of which it has not. */
export async function bookmarksOf(
  admin: Admin,
  groupId: string,
): Promise<Map<string, CommittedOffset & { readonly offset: number }>> {
  const found = await admin.fetchOffsets({ groupId, topics: [...projectedTopics] });
  const bookmarks = new Map<string, CommittedOffset & { readonly offset: number }>();
  for (const { topic, partitions } of found)
    for (const { partition, offset, metadata } of partitions)
      if (Number(offset) >= 0)
        bookmarks.set(placeOf({ topic, partition }), {
          offset: Number(offset),
          metadata: metadata ?? '',
        });
  return bookmarks;
}

/** Where each partition of the projected topics ends now, and its first record, by place. */
export async function watermarksByPlace(
  admin: Admin,
): Promise<Map<string, { readonly low: number; readonly high: number }>> {
  const all = new Map<string, { readonly low: number; readonly high: number }>();
  for (const topic of projectedTopics)
    for (const { partition, low, high } of await admin.fetchTopicOffsets(topic))
      all.set(placeOf({ topic, partition }), { low: Number(low), high: Number(high) });
  return all;
}

/** The database that a bookmark names; undefined for text that is none. */
export const databaseOf = (bookmark: CommittedOffset | undefined): string | undefined =>
  bookmark === undefined ? undefined : decodeBookmark(bookmark.metadata)?.database;
