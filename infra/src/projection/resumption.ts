import { Halt } from '../consumer-group/partition-task.ts';
import type { CommittedOffset } from '../consumer-group/offset-requests.ts';
import type { Log } from '../observability/index.ts';
import { Filter } from '../stream-processor/filter.ts';
import { decodeBookmark, encodeBookmark, type Bookmark } from './bookmark.ts';

export interface Database {
  readonly name: string;
  /** Another one after the database was dropped and made again. */
  readonly id: string;
}

/**
 * The bookmark with which somebody else, who has stopped, has filled this database so far; no offset when
 * nobody has. Throws as long as that somebody may still be at it.
 */
export type HandedOver = (databaseId: string) => Promise<CommittedOffset>;

/** From where a partition is projected. */
export interface Start {
  readonly position: number;
  readonly bookmark: Bookmark;
  /** `new`: the group does not have the bookmark yet. */
  readonly inGroup: 'kept' | 'new';
}

/**
 * What is known of a partition’s rows in this database: from the group’s own bookmark when it names the
 * database, from what was handed over, or nothing, and it is filled from the beginning. Throws Halt when
 * rows may be there and it is not known which.
 */
export async function resume(
  { offset, metadata }: CommittedOffset,
  around: {
    readonly topic: string;
    readonly partition: number;
    readonly database: Database;
    readonly handedOver: HandedOver;
    readonly log: Log;
  },
): Promise<Start> {
  const { topic, partition, database, log } = around;
  if (offset === undefined || (offset === 0 && metadata === ''))
    return (await adopt(around)) ?? beginning(database, 'kept');
  const bookmark = decodeBookmark(metadata);
  const version = versionOf(metadata);
  const own = versionOf(encodeBookmark(beginning(database, 'kept').bookmark));
  if (bookmark === undefined && version !== undefined && version !== own)
    throw new Halt(
      `The committed offset of ${topic}/${partition} has a bookmark of version ${version}, and this projector ` +
        `writes version ${own ?? 'none'}: deploy the version that wrote it again. To go on with this one, stop all ` +
        'projectors, delete the group’s offsets and run "npm run rebuild -- clickhouse".',
    );
  if (bookmark === undefined)
    throw new Halt(
      `The committed offset of ${topic}/${partition} has no bookmark, so what ClickHouse has is unknown: ` +
        'stop all projectors, delete the group’s offsets and run "npm run rebuild -- clickhouse".',
    );
  if (bookmark.database === database.id) return { position: offset, bookmark, inGroup: 'kept' };
  const adopted = await adopt(around);
  if (adopted !== undefined) return adopted;
  log.warn({ topic, partition }, 'the database is a new one, filling it from the beginning');
  return beginning(database, 'new');
}

/** The number that a bookmark of any version begins with. */
const versionOf = (metadata: string): string | undefined => /^v(\d+) /.exec(metadata)?.[1];

async function adopt({
  topic,
  partition,
  database,
  handedOver,
  log,
}: Parameters<typeof resume>[1]): Promise<Start | undefined> {
  const { offset, metadata } = await handedOver(database.id);
  if (offset === undefined) return undefined;
  const bookmark = decodeBookmark(metadata);
  if (bookmark?.database !== database.id)
    throw new Halt(
      `What was handed over of ${topic}/${partition} is no bookmark of ${database.name}: ` +
        'run "npm run rebuild -- clickhouse" again.',
    );
  log.info(
    { topic, partition, database: database.name, offset },
    'going on with a database that another group has filled',
  );
  return { position: offset, bookmark, inGroup: 'new' };
}

function beginning({ id }: Database, inGroup: Start['inGroup']): Start {
  const filter = Filter.decode('');
  return {
    position: 0,
    bookmark: { database: id, last: undefined, open: undefined, filter },
    inGroup,
  };
}
