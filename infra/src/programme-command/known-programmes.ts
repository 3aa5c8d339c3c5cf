import type { ProgrammeDocument } from '@semarak/schemas';
import type { Admin } from 'kafkajs';
import { setTimeout as sleep } from 'node:timers/promises';
import { awakeMs } from '../awake-clock/index.ts';
import { readKnowledge, type PartitionKnowledge } from '../published-programmes/index.ts';
import type { StateRedis } from '../state-store/index.ts';

/** A version and the partitions whose accrual has read its publication. */
export interface KnownVersion {
  readonly document: ProgrammeDocument;
  readonly partitions: readonly number[];
}

const pollMs = 100;

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
  const deadline = awakeMs() + timeoutMs;
  for (;;) {
    const knowledge = await readKnowledge(redis, ends.length);
    const behind = ends.filter(
      ({ partition, high }) => (knowledge[partition]?.position ?? 0) < Number(high),
    );
    if (behind.length === 0) return knowledge;
    if (awakeMs() > deadline)
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
