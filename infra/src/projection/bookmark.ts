import { Filter } from '../stream-processor/filter.ts';

/** Kafka refuses longer metadata by default (offset.metadata.max.bytes). */
export const metadataBytesMax = 4_096;

/** A range whose rows are being inserted. */
export interface OpenRange {
  /** [offset, to) may be in ClickHouse, in whole, in part or not. */
  readonly to: number;
  /** The insert in which its rows went first, perhaps with those of other partitions: names their token. */
  readonly insert: string;
}

/** What is kept with a committed offset. */
export interface Bookmark {
  /** The database that has everything below the offset: another one is filled from the beginning. */
  readonly database: string;
  /** Set while an insert is open. */
  readonly open: OpenRange | undefined;
  /** What has been applied below the offset. */
  readonly filter: Filter;
}

/** `v2 DATABASE TO/INSERT FILTER`, `-` for what is not there. Throws when it is longer than Kafka takes. */
export function encodeBookmark({ database, open, filter }: Bookmark): string {
  const range = open === undefined ? '-' : `${open.to}/${open.insert}`;
  const metadata = `v2 ${database} ${range} ${filter.encode() || '-'}`;
  const bytes = Buffer.byteLength(metadata);
  if (bytes > metadataBytesMax)
    throw new Error(
      `The filter needs ${bytes} bytes of offset metadata and Kafka takes ${metadataBytesMax}: ` +
        'too many source partitions in one input partition.',
    );
  return metadata;
}

/** Undefined for text that is no bookmark of a version known here. */
export function decodeBookmark(metadata: string): Bookmark | undefined {
  const match = /^v2 (\S+) (?:-|(\d+)\/(\S+)) (\S+)$/.exec(metadata);
  if (match === null) return undefined;
  const [, database = '', to, insert = '', filter = ''] = match;
  return {
    database,
    open: to === undefined ? undefined : { to: Number(to), insert },
    filter: Filter.decode(filter === '-' ? '' : filter),
  };
}
