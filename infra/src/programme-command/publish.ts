import type { ProgrammeDocument } from '@semarak/schemas';
import { setTimeout as sleep } from 'node:timers/promises';
import { createProducer, LogUnavailable } from '../kafka/index.ts';
import { createMetrics, type Log } from '../observability/index.ts';
import {
  decidingPartition,
  newestClosedDay,
  partitionsWithout,
  publishProgramme,
  type PartitionKnowledge,
} from '../published-programmes/index.ts';
import { createCodec } from '../records/index.ts';
import { clockProblem, type ClockConfiguration } from '../trusted-clock/index.ts';
import { connect } from './connection.ts';
import { readSettledKnowledge } from './known-programmes.ts';
import { changedFrom, verdictOn, type Verdict } from './publication.ts';
import type { Servers } from './servers.ts';

export type Publication =
  | { readonly type: 'published'; readonly written: number; readonly partitions: number }
  | { readonly type: 'refused'; readonly problems: readonly string[] };

/**
 * Publishes a version: it is compared with what is known and written to the deciding partition; when it is
 * what accrual has taken there, of two publications at the same moment one, it is written to the others.
 * Returns when accrual knows it in all. Versions before it that a partition lacks are completed first, or
 * it would be refused there. Throws when the servers or accrual do not answer in time; then some partitions
 * may know it, and publishing the same file again completes it.
 */
export async function publish(
  document: ProgrammeDocument,
  { servers, log, clock }: { servers: Servers; log: Log; clock: () => number },
): Promise<Publication> {
  const connection = await connect(servers, log);
  const { admin, redis, kafka } = connection;
  const settled = () =>
    readSettledKnowledge({ admin, redis, timeoutMs: servers.ACCRUAL_TIMEOUT_MS });
  try {
    const knowledge = await settled();
    const verdict = verdictNow(document, { knowledge, configuration: servers, clock });
    if (verdict.type === 'refused') return verdict;
    const partitions = knowledge.length;
    if (partitionsWithout(document, knowledge).length === 0)
      return { type: 'published', written: 0, partitions };
    const codec = await createCodec({ registryUrl: servers.SCHEMA_REGISTRY_URL });
    const metrics = createMetrics({ service: 'programme' });
    const timeoutMs = servers.SERVER_TIMEOUT_MS;
    const producer = await createProducer({ kafka, metrics, timeoutMs });
    const write = (version: ProgrammeDocument, to: readonly number[]) =>
      retried(servers, () =>
        publishProgramme({ document: version, partitions, to, codec, producer }),
      );
    try {
      return await publishEverywhere(document, { knowledge, settled, write });
    } finally {
      await producer.close();
    }
  } finally {
    await connection.close();
  }
}

/**
 * Whether a version may be published now, by a clock that is believed: the version takes effect after it, and
 * what it says goes into the log.
 */
export function verdictNow(
  document: ProgrammeDocument,
  by: {
    readonly knowledge: readonly PartitionKnowledge[];
    readonly configuration: ClockConfiguration;
    readonly clock: () => number;
  },
): Verdict {
  const { knowledge, configuration, clock } = by;
  const newestClosed = newestClosedDay(knowledge);
  const problem = clockProblem({ configuration, newestClosed, wallMs: clock });
  if (problem !== undefined) return { type: 'refused', problems: [problem] };
  const known = knowledge.flatMap(({ documents }) => documents);
  return verdictOn(document, { known, nowMs: clock() });
}

/** Throws when a partition does not know the version though it was written there. */
export async function publishEverywhere(
  document: ProgrammeDocument,
  log: {
    readonly knowledge: readonly PartitionKnowledge[];
    /** What is known once accrual has read what is written by now. */
    readonly settled: () => Promise<readonly PartitionKnowledge[]>;
    readonly write: (version: ProgrammeDocument, to: readonly number[]) => Promise<void>;
  },
): Promise<Publication> {
  let { knowledge } = log;
  let written = 0;
  const write = async (version: ProgrammeDocument, to: readonly number[]): Promise<void> => {
    if (to.length === 0) return;
    await log.write(version, to);
    written += to.length;
    knowledge = await log.settled();
  };
  const decided = knowledge[decidingPartition]?.documents ?? [];
  const before = decided
    .filter(
      ({ programme, version }) => programme === document.programme && version < document.version,
    )
    .sort((a, b) => a.version - b.version);
  for (const version of before) await write(version, partitionsWithout(version, knowledge));
  written = 0;
  const lacking = partitionsWithout(document, knowledge);
  await write(
    document,
    lacking.filter((partition) => partition === decidingPartition),
  );
  const problems = whatIsKnownInstead(document, knowledge.slice(decidingPartition, 1));
  if (problems.length > 0) return { type: 'refused', problems };
  await write(document, partitionsWithout(document, knowledge));
  const elsewhere = whatIsKnownInstead(document, knowledge);
  if (elsewhere.length > 0) return { type: 'refused', problems: elsewhere };
  const without = partitionsWithout(document, knowledge);
  if (without.length > 0)
    throw new Error(
      `Partitions ${without.join(', ')} do not know it though it was written to them: see "npm run dead-letters -- list", and publish it again.`,
    );
  return { type: 'published', written, partitions: knowledge.length };
}

/** That the same version is known with another content, by whoever was first. */
function whatIsKnownInstead(
  document: ProgrammeDocument,
  knowledge: readonly PartitionKnowledge[],
): string[] {
  const { programme, version } = document;
  const same = knowledge
    .flatMap(({ documents }) => documents)
    .filter((known) => known.programme === programme && known.version === version);
  return changedFrom(same, document);
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
