import { decodePlace, encodePlace, type LogPlace } from '../kafka/log-place.ts';
import { Filter } from '../stream-processor/filter.ts';

/** Kafka refuses longer metadata by default (offset.metadata.max.bytes). */
export const metadataBytesMax = 4_096;

/** A range whose rows are being inserted. */
export interface OpenRange {
  /** [offset, to) may be in ClickHouse, in whole, in part or not. */
  readonly to: number;
  /** Its last record. */
  readonly last: LogPlace | undefined;
  /** The insert in which its rows went first, perhaps with those of other partitions: names their token. */
  readonly insert: string;
}

/** What is kept with a committed offset. */
export interface Bookmark {
  /** The database that has everything below the offset: another one is filled from the beginning. */
  readonly database: string;
  /** Set while an insert is open. */
  readonly open: OpenRange | undefined;
  /** The last record below the offset; undefined: there is none, or it is not known. */
  readonly last: LogPlace | undefined;
  /** What has been applied below the offset. */
  readonly filter: Filter;
}

/**
 * `v3 DATABASE LAST TO/LAST-OF-RANGE/INSERT FILTER`, `-` for what is not there. Throws when it is longer than Kafka takes.
 */
export function encodeBookmark({ database, last, open, filter }: Bookmark): string {
  const range = open === undefined ? '-' : `${open.to}/${placeText(open.last)}/${open.insert}`;
  const metadata = `v3 ${database} ${placeText(last)} ${range} ${filter.encode() || '-'}`;
  const bytes = Buffer.byteLength(metadata);
  if (bytes > metadataBytesMax)
    throw new Error(
      `The filter needs ${bytes} bytes of offset metadata and Kafka takes ${metadataBytesMax}: ` +
        'too many source partitions in one input partition.',
    );
  return metadata;
}

const placeText = (place: LogPlace | undefined): string => encodePlace(place) || '-';
const placeIn = (text: string | undefined): LogPlace | undefined =>
  decodePlace(text === undefined || text === '-' ? '' : text);

/** Undefined for text that is no bookmark of a version known here. */
export function decodeBookmark(metadata: string): Bookmark | undefined {
  const match = /^v3 (\S+) ([-:0-9a-f]+) (?:-|(\d+)\/([-:0-9a-f]+)\/(\S+)) (\S+)$/.exec(
    withPlaces(metadata),
  );
  if (match === null) return undefined;
  const [, database = '', last, to, lastOfRange, insert = '', filter = ''] = match;
  return {
    database,
    last: placeIn(last),
    open: to === undefined ? undefined : { to: Number(to), last: placeIn(lastOfRange), insert },
    filter: Filter.decode(filter === '-' ? '' : filter),
  };
}

/** The version before, `v2 DATABASE TO/INSERT FILTER`, had no records: the log is believed once. */
const withPlaces = (metadata: string): string =>
  metadata.replace(/^v2 (\S+) -/, 'v3 $1 - -').replace(/^v2 (\S+) (\d+)\//, 'v3 $1 - $2/-/');
