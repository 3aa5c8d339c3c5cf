import {
  decodePublishedProgrammes,
  publishedProgrammesName,
  type ProgrammeDocument,
} from '@semarak/schemas';
import type { Admin } from 'kafkajs';
import { setTimeout as sleep } from 'node:timers/promises';
import { partitionKey, readStates, type StateRedis } from '../state-store/index.ts';

/** What accrual has read in one partition of `transactions`. */
export interface PartitionKnowledge {
  readonly partition: number;
  /** Offset of the next record that is not folded yet. */
  readonly position: number;
  readonly documents: readonly ProgrammeDocument[];
}

/** A version and the partitions whose accrual has read its publication. */
export interface KnownVersion {
  readonly document: ProgrammeDocument;
  readonly partitions: readonly number[];
}

const pollMs = 100;

/** Reads what each partition knows, from accrual's states. Throws StoreUnavailable. */
export async function readKnowledge(
  redis: StateRedis,
  partitions: number,
): Promise<PartitionKnowledge[]> {
  const all = Array.from({ length: partitions }, (_, partition) => partition);
  return await Promise.all(
    all.map(async (partition) => {
      const key = partitionKey({ worker: 'accrual', partition });
      const { position, states } = await readStates(redis, {
        key,
        names: [publishedProgrammesName],
      });
      const { documents } = decodePublishedProgrammes(states[0] ?? null);
      return { partition, position, documents };
    }),
  );
}

/**
 * What each partition knows once accrual has folded everything that was in `transactions` when this was
 * called. Throws when accrual has not after `timeoutMs`: then nobody can say what is published.
 */
export async function readSettledKnowledge(options: {
  admin: Admin;
  redis: StateRedis;
  timeoutMs: number;
}): Promise<PartitionKnowledge[]> {
  const { admin, redis, timeoutMs } = options;
  const ends = await admin.fetchTopicOffsets('transactions');
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const knowledge = await readKnowledge(redis, ends.length);
    const behind = ends.filter(
      ({ partition, high }) => (knowledge[partition]?.position ?? 0) < Number(high),
    );
    if (behind.length === 0) return knowledge;
    if (Date.now() > deadline)
      throw new Error(
        `accrual has not read partitions ${behind.map(({ partition }) => partition).join(', ')} of transactions to what was their end ${timeoutMs} ms ago: see whether it runs, and try again.`,
      );
    await sleep(pollMs);
  }
}

/** The versions by programme and number, each once for each content that a partition has of it. */
export function knownVersions(knowledge: readonly PartitionKnowledge[]): KnownVersion[] {
  const found = new Map<string, { document: ProgrammeDocument; partitions: number[] }>();
  for (const { partition, documents } of knowledge)
    for (const document of documents) {
      const text = JSON.stringify(document);
      const version = found.get(text) ?? { document, partitions: [] };
      version.partitions.push(partition);
      found.set(text, version);
    }
  return [...found.values()].sort(
    ({ document: a }, { document: b }) =>
      a.programme.localeCompare(b.programme) || a.version - b.version,
  );
}
