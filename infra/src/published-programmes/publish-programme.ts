import type { ProgrammeDocument } from '@semarak/schemas';
import type { RecordProducer } from '../kafka/index.ts';
import type { RecordCodec } from '../records/index.ts';
import { appendControlRecord } from './control-record.ts';

/**
 * The partition of `transactions` that decides between two publications of one version: a version is
 * written to the others once it is known there.
 */
export const decidingPartition = 0;

/**
 * Writes a version to partitions of `transactions`; resolves when all of them have it. `partitions` is
 * how many there are in all. A partition whose newest version is not the one before refuses it.
 */
export async function publishProgramme(options: {
  document: ProgrammeDocument;
  partitions: number;
  to: readonly number[];
  codec: RecordCodec;
  producer: RecordProducer;
}): Promise<void> {
  const { document, partitions, to, codec, producer } = options;
  const value = {
    programme: document.programme,
    version: document.version,
    publishedAt: Date.now(),
    partitions,
    document: JSON.stringify(document),
    supersedes: document.version - 1,
  };
  const record = { type: 'ProgrammePublished', value } as const;
  await appendControlRecord(record, { partitions: to, codec, producer });
}
