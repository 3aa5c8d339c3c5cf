import { topicNames, type ProgrammeDocument, type Records, type TopicName } from '@semarak/schemas';
import { compareKeys } from '../comparison/redis-states.ts';
import { compareReports } from '../comparison/reports.ts';
import { ReportRecount } from '../recount/reports.ts';
import { endsOf } from '../servers/catching-up.ts';
import { RoundContext, type Compared, type Readers, type RoundOptions } from './context.ts';
import { SourcedEntitlements, type Entitled } from './entitled.ts';
import { compareMembers } from './members.ts';
import { compareRewards } from './rewards.ts';

/** Recounts the whole log up to the cut and compares everything with it. Throws what the servers throw. */
export async function compareAll(options: RoundOptions): Promise<Compared> {
  const { connection, cut } = options;
  const opening = await Promise.allSettled(
    topicNames.map(
      async (topic) => [topic, await connection.openReader(topic, cut.partitions)] as const,
    ),
  );
  const opened = opening.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  try {
    const failed = opening.find((one) => one.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    const readers = Object.fromEntries(opened) as Readers;
    return await compareInto(new RoundContext(options, readers, await endsOf(connection)));
  } finally {
    await Promise.all(opened.map(([, reader]) => reader.close()));
  }
}

async function compareInto(context: RoundContext): Promise<Compared> {
  const { connection, cut, wanted } = context.options;
  const { clickhouse, redis } = connection;
  await learnProgrammes(context);
  await context.placed.load();
  await context.standing.load();
  const partitions = Array.from({ length: cut.partitions }, (_, partition) => partition);
  await learnDeadLetters(context, partitions);
  const entitled: Entitled = partitions.map(() => partitions.map(() => new SourcedEntitlements()));
  for (const partition of partitions) await compareRewards(context, partition, entitled);
  for (const partition of partitions) await compareMembers(context, partition, entitled);
  await compareWhatIsOfNoPartition(context);
  if (wanted === undefined) await findSharedIds(context);
  for (const recount of context.reports)
    await compareReports(recount, {
      clickhouse,
      cuts: cut.cuts,
      endsNow: () => endsOf(connection),
      wanted,
      report: context.report,
      unsettled: context.options.unsettled,
    });
  await readDeadLetters(context, partitions);
  await context.placed.finish(() => endsOf(connection));
  await context.standing.finish();
  await compareKeys({ redis, report: context.report, partitions: cut.partitions });
  context.compared.rows = context.placed.rowsCompared + context.standing.rowsCompared;
  return context.compared;
}

/** Categories and report dates must be known before the first row is compared. */
async function learnProgrammes(context: RoundContext): Promise<void> {
  for (const [partition, to] of context.options.cut.cuts.of('transactions').entries())
    for await (const batch of context.read('transactions', { partition, from: 0, to })) {
      for (const { record } of batch) if (record !== undefined) context.versions.take(record);
      context.options.progress.advance(batch.length);
    }
  context.reports = context.versions.newest.flatMap((newest) =>
    context.versions.reportDays(newest.programme).map((day) => new ReportRecount({ newest, day })),
  );
}

async function compareWhatIsOfNoPartition(context: RoundContext): Promise<void> {
  const { newest } = context.versions;
  await context.standing.compare('rejected_transactions', 0, context.refusals);
  await context.standing.compare('programme_versions', 0, context.versions.all.map(versionRow));
  await context.standing.compare('programmes', 0, newest.map(versionRow));
  await context.standing.compare(
    'tenants',
    0,
    newest.flatMap(({ programme, tenants }) =>
      tenants.map(({ tenantId, name, category, floor }) => ({
        programme,
        tenant_id: tenantId,
        name,
        category,
        floor,
      })),
    ),
  );
}

const versionRow = (document: ProgrammeDocument) => ({
  programme: document.programme,
  version: document.version,
  name: document.name,
  effective_from: document.effectiveFrom,
  time_zone: document.timeZone,
  currency: document.currency,
});

/**
 * Ids under which sales stand for more than one member: each history is right by itself, and one payment is
 * counted twice.
 */
async function findSharedIds(context: RoundContext): Promise<void> {
  const found = await context.options.connection.clickhouse.query<{
    key: string;
    sales: number;
    members: string;
  }>(
    `SELECT concat(programme, ' ', transaction_id) AS key, toUInt32(sales) AS sales,
       arrayStringConcat(member_ids, ', ') AS members
     FROM semarak.shared_transaction_ids ORDER BY key`,
  );
  for (const { key, sales, members } of found)
    context.report({
      in: 'shared_transaction_ids',
      key,
      says: `${sales} sales stand under one id, of ${members}: void those that were not paid`,
    });
}

/** What was put aside by now: who did is to be known before the first record is counted. */
async function learnDeadLetters(
  context: RoundContext,
  partitions: readonly number[],
): Promise<void> {
  for await (const letter of deadLettersOf(context, partitions)) context.deadLetters.learn(letter);
}

async function readDeadLetters(
  context: RoundContext,
  partitions: readonly number[],
): Promise<void> {
  const { cut } = context.options;
  for await (const letter of deadLettersOf(context, partitions)) {
    const { sourceTopic, sourcePartition, sourceOffset } = letter;
    const topic = topicNames.find((name) => name === sourceTopic);
    const end = topic === undefined ? undefined : cut.readTo[topic][sourcePartition];
    if (end !== undefined && sourceOffset >= end) continue;
    context.deadLetters.found(letter, topic !== undefined && comparedByRows.has(topic));
  }
  context.deadLetters.finish();
}

/**
 * Of these topics a dead letter may be there although its record can be read today: it is compacted
 * away, or its row was written by a rebuild. Whether the row is there is compared.
 */
const comparedByRows: ReadonlySet<TopicName> = new Set([
  'members',
  'loyalty-events',
  'reward-events',
]);

async function* deadLettersOf(
  context: RoundContext,
  partitions: readonly number[],
): AsyncGenerator<Records['DeadLetter']> {
  const { readFrom, readTo } = context.options.cut;
  for (const partition of partitions) {
    const from = readFrom['dead-letters'][partition] ?? 0;
    const to = readTo['dead-letters'][partition] ?? 0;
    for await (const batch of context.read('dead-letters', { partition, from, to }))
      for (const { record } of batch) if (record !== undefined) yield record.value;
  }
}
