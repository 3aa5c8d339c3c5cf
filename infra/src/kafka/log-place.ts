import { hash } from 'node:crypto';
import type { WrittenIn } from './record-reader.ts';

/**
 * A record in the log, and what tells it from any other that ever stood at its offset. A leader gives each offset to one
 * record in its epoch, so two logs that have the same record of the same epoch at an offset are the same below it as well.
 */
export interface LogPlace {
  readonly offset: number;
  /** The leader’s epoch in which it was written; -1: not known. */
  readonly epoch: number;
  /** Of key, value and the time of its batch: logs that began apart have the same epochs. */
  readonly digest: string;
}

/** A record as readers have it. */
interface PlacedRecord {
  readonly offset: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly writtenIn?: WrittenIn | undefined;
  readonly fault?: string;
}

const digestCharacters = 16;
/** Of a batch that could not be read: what it is taken for may change with the limits. */
const unreadDigest = '0';

/** What stands before the first record, for who has passed over nothing that is for readers. */
export const logStart: LogPlace = { offset: -1, epoch: -1, digest: unreadDigest };

/** The place of a record. It costs a sha256: for the last of many alone. */
export function placeOf({ offset, key, value, writtenIn, fault }: PlacedRecord): LogPlace {
  const { leaderEpoch = -1, timestamp = 0 } = writtenIn ?? {};
  if (fault !== undefined) return { offset, epoch: leaderEpoch, digest: unreadDigest };
  return { offset, epoch: leaderEpoch, digest: digestOf(`${timestamp}`, { key, value }) };
}

/** Of key and value, for who has written a record and knows no more of it. */
export const contentDigest = (of: { key: Buffer | null; value: Buffer | null }): string =>
  digestOf('', of);

function digestOf(
  head: string,
  { key, value }: { key: Buffer | null; value: Buffer | null },
): string {
  const lengths = Buffer.from(`${head} ${key?.length ?? -1} ${value?.length ?? -1} `);
  const bytes = Buffer.concat([lengths, key ?? nothing, value ?? nothing]);
  return hash('sha256', bytes, 'hex').slice(0, digestCharacters);
}

const nothing = Buffer.alloc(0);

/** `OFFSET:EPOCH:DIGEST`; the empty text for no place. */
export const encodePlace = (place: LogPlace | undefined): string =>
  place === undefined ? '' : `${place.offset}:${place.epoch}:${place.digest}`;

/** Undefined for the empty text; throws on text that `encodePlace` does not write. */
export function decodePlace(text: string): LogPlace | undefined {
  if (text === '') return undefined;
  const match = /^(-?\d+):(-?\d+):([0-9a-f]+)$/.exec(text);
  if (match === null) throw new Error(`"${text}" is no place in a log`);
  const [, offset, epoch, digest = ''] = match;
  return { offset: Number(offset), epoch: Number(epoch), digest };
}

export const isSamePlace = (a: LogPlace, b: LogPlace): boolean =>
  a.offset === b.offset &&
  a.epoch === b.epoch &&
  (a.digest === b.digest || a.digest === unreadDigest || b.digest === unreadDigest);

/**
 * `stands`: the log has this very record, and with it all that was below it. `lost`: it has another one, or none; `from`
 * is the first offset from which it may differ, undefined when nothing of it is known to be the same.
 */
export type PlaceVerdict =
  { readonly type: 'stands' } | { readonly type: 'lost'; readonly from: number | undefined };
