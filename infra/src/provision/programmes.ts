import {
  decodePublishedProgrammes,
  publishedProgrammesName,
  type ProgrammeDocument,
} from '@semarak/schemas';
import type { RecordProducer } from '../kafka/index.ts';
import type { RecordCodec } from '../records/index.ts';
import { partitionKey, readStates, type StateRedis } from '../state-store/index.ts';

/**
 * The partitions of `transactions` of which accrual does not say that they have the version. It may
 * have it all the same, unread or forgotten; publishing is idempotent, so once more does no harm.
 */
export async function missingPublications(
  redis: StateRedis,
  { document, partitions }: { document: ProgrammeDocument; partitions: number },
): Promise<number[]> {
  const missing: number[] = [];
  for (let partition = 0; partition < partitions; partition++) {
    const key = partitionKey({ worker: 'accrual', partition });
    const { states } = await readStates(redis, { key, names: [publishedProgrammesName] });
    const { documents } = decodePublishedProgrammes(states[0] ?? null);
    const known = documents.some(
      ({ programme, version }) => programme === document.programme && version === document.version,
    );
    if (!known) missing.push(partition);
  }
  return missing;
}

/** Writes a version to partitions of `transactions`; resolves when all of them have it. */
export async function publishProgramme(options: {
  document: ProgrammeDocument;
  partitions: number;
  to: readonly number[];
  codec: RecordCodec;
  producer: RecordProducer;
}): Promise<void> {
  const { document, partitions, to, codec, producer } = options;
  const value = codec.encode({
    type: 'ProgrammePublished',
    value: {
      programme: document.programme,
      version: document.version,
      publishedAt: Date.now(),
      partitions,
      document: JSON.stringify(document),
    },
  });
  await producer.append(
    to.map((partition) => ({
      topic: 'transactions',
      partition,
      key: document.programme,
      value,
    })),
  );
}
