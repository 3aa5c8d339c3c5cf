import type { LogPlaces, LogRecord } from '@semarak/infra/kafka';
import { UnreadableRecord, valueOf, type RecordCodec } from '@semarak/infra/records';
import { contentHash, type ContentHash } from '../duplicates/content.ts';
import type { Known } from '../duplicates/known.ts';

const topic = 'transactions';

/** Of a record; undefined: it is no transaction. */
export type ContentOf = (record: LogRecord) => Promise<ContentHash | undefined>;

/** Reads records as the gateway wrote them. */
export const contentWith =
  (codec: Pick<RecordCodec, 'prepare' | 'decode'>): ContentOf =>
  async (record) => {
    await codec.prepare([record.value]);
    try {
      const { type, value } = codec.decode(valueOf(record));
      return type === 'TransactionRecorded' ? contentHash(value) : undefined;
    } catch (error) {
      if (error instanceof UnreadableRecord) return undefined;
      throw error;
    }
  };

/**
 * Looks for transactions where they were accepted, and tells of those that are there the leader's epoch in which they were
 * written. What lies close together is read at once; behind the end of the log nothing is looked for.
 */
export async function readBack(
  known: readonly Known[],
  by: { readonly places: Pick<LogPlaces, 'recordsFrom'>; readonly contentOf: ContentOf },
): Promise<ReadonlyMap<Known, number>> {
  const epochs = new Map<Known, number>();
  let read: { readonly partition: number; readonly end: number } | undefined;
  let records = new Map<number, LogRecord>();
  for (const one of [...known].sort(inOrder)) {
    const { partition, offset } = one.at;
    if (read?.partition !== partition || offset >= read.end) {
      const found = await by.places.recordsFrom({ topic, partition }, offset);
      records = new Map(found.map((record) => [record.offset, record]));
      const end = (found.at(-1)?.offset ?? Infinity) + 1;
      read = { partition, end };
    }
    const record = records.get(offset);
    if (record !== undefined && (await by.contentOf(record)) === one.content)
      epochs.set(one, record.writtenIn.leaderEpoch);
  }
  return epochs;
}

const inOrder = (a: Known, b: Known): number =>
  a.at.partition - b.at.partition || a.at.offset - b.at.offset;
