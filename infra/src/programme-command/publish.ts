import type { ProgrammeDocument } from '@semarak/schemas';
import { setTimeout as sleep } from 'node:timers/promises';
import { createProducer, LogUnavailable } from '../kafka/index.ts';
import { createMetrics, type Log } from '../observability/index.ts';
import { partitionsWithout, publishProgramme } from '../published-programmes/index.ts';
import { createCodec } from '../records/index.ts';
import { connect } from './connection.ts';
import { readSettledKnowledge } from './known-programmes.ts';
import { verdictOn } from './publication.ts';
import type { Servers } from './servers.ts';

export type Publication =
  | { readonly type: 'published'; readonly written: number; readonly partitions: number }
  | { readonly type: 'refused'; readonly problems: readonly string[] };

/**
 * Writes a version to every partition that does not know it, and returns when accrual knows it in all.
 * Refuses what `verdictOn` refuses. Throws when the servers or accrual do not answer in time; then some
 * partitions may know it, and publishing the same file again completes it.
 */
export async function publish(
  document: ProgrammeDocument,
  { servers, log, clock }: { servers: Servers; log: Log; clock: () => number },
): Promise<Publication> {
  const connection = await connect(servers, log);
  const { admin, redis, kafka } = connection;
  const timeoutMs = servers.SERVER_TIMEOUT_MS;
  const settled = () =>
    readSettledKnowledge({ admin, redis, timeoutMs: servers.ACCRUAL_TIMEOUT_MS });
  try {
    const knowledge = await settled();
    const known = knowledge.flatMap(({ documents }) => documents);
    const verdict = verdictOn(document, { known, nowMs: clock() });
    if (verdict.type === 'refused') return verdict;
    const partitions = knowledge.length;
    const to = partitionsWithout(document, knowledge);
    if (to.length === 0) return { type: 'published', written: 0, partitions };
    const codec = await createCodec({ registryUrl: servers.SCHEMA_REGISTRY_URL });
    const metrics = createMetrics({ service: 'programme' });
    const producer = await createProducer({ kafka, metrics, timeoutMs });
    try {
      await retried(servers, () => publishProgramme({ document, partitions, to, codec, producer }));
    } finally {
      await producer.close();
    }
    const without = partitionsWithout(document, await settled());
    if (without.length > 0)
      throw new Error(
        `Partitions ${without.join(', ')} do not know it though it was written to them: publish it again.`,
      );
    return { type: 'published', written: to.length, partitions };
  } finally {
    await connection.close();
  }
}

/** Repeats what Kafka did not acknowledge: the same records again are harmless. */
async function retried(servers: Servers, write: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await write();
      return;
    } catch (error) {
      if (!(error instanceof LogUnavailable) || attempt >= servers.PUBLISH_ATTEMPTS_MAX)
        throw error;
      await sleep(servers.PUBLISH_RETRY_DELAY_MS * attempt);
    }
  }
}
