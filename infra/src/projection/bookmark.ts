import { Filter } from '../stream-processor/filter.ts';

/** Kafka refuses longer metadata by default (offset.metadata.max.bytes). */
export const metadataBytesMax = 4_096;

/** What is kept with a committed offset. */
export interface Bookmark {
  /** The database that has everything below the offset: another one is filled from the beginning. */
  readonly database: string;
  /** Set while an insert is open: [offset, openTo) may be in ClickHouse, in whole, in part or not. */
  readonly openTo: number | undefined;
  /** What has been applied below the offset. */
  readonly filter: Filter;
}

/** `v1 DATABASE OPEN_TO FILTER`, `-` for what is not there. Throws when it is longer than Kafka takes. */
export function encodeBookmark({ database, openTo, filter }: Bookmark): string {
  const metadata = `v1 ${database} ${openTo ?? '-'} ${filter.encode() || '-'}`;
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
  const match = /^v1 (\S+) (-|\d+) (\S+)$/.exec(metadata);
  if (match === null) return undefined;
  const [, database, openTo, filter] = match as unknown as [string, string, string, string];
  return {
    database,
    openTo: openTo === '-' ? undefined : Number(openTo),
    filter: Filter.decode(filter === '-' ? '' : filter),
  };
}
