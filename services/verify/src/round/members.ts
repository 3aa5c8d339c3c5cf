import { partitionOf as partitionOfKey } from '@semarak/infra/kafka';
import { memberKey, memberOfKey } from '@semarak/schemas';
import { keyText } from '../comparison/columns.ts';
import { digest } from '../comparison/dead-letters.ts';
import type { Excuse } from '../comparison/placed-rows.ts';
import { placedRelations, type PlacedName } from '../comparison/relations.ts';
import { AccrualRecount, type ExpectedEvent } from '../recount/accrual-recount.ts';
import { rowsOfEvent, rowsOfTransaction } from '../recount/rows.ts';
import { MemberStandings } from '../recount/standings.ts';
import { accrualStates } from '../recount/states.ts';
import type { Read } from '../servers/log.ts';
import type { RoundContext } from './context.ts';
import type { Entitled } from './entitled.ts';

/** A partition of `transactions` and `members`, and all that should have come of it. */
export async function compareMembers(
  context: RoundContext,
  partition: number,
  entitled: Entitled,
): Promise<void> {
  const { cut, progress } = context.options;
  const recount = new AccrualRecount(
    partition,
    (key) => partitionOfKey({ key, partitions: cut.partitions }) === partition,
  );
  const standings = new MemberStandings();
  const rebuilt = rebuiltRow(context, partition);
  await readProfiles(context, partition, standings);
  const loyalty = context.consumedEvents('loyalty-events', partition);
  const byCampaign = entitled.map((bySource, to) =>
    context.entitledEvents(bySource[partition], { from: partition, to }),
  );
  const to = cut.cuts.of('transactions')[partition] ?? 0;
  for await (const batch of context.read('transactions', { partition, from: 0, to })) {
    for (const read of batch) {
      if (read.record?.type === 'TransactionRecorded') standings.takeTransaction(read.record.value);
      const caused = await takeRecord(context, read, partition, recount);
      for (const { topic, event, to: target } of caused) {
        context.compared.events++;
        if (topic === 'loyalty-events') {
          await loyalty.expect(event);
          standings.takeEvent(event);
          for (const row of rowsOfEvent(event))
            await context.placed.expect(partition, 'transactions', row, rebuilt);
        } else await byCampaign[partitionOf(context, target)]?.expect(event);
      }
    }
    context.compared.transactions += batch.length;
    progress.advance(batch.length);
  }
  await loyalty.finish();
  for (const events of byCampaign) await events.finish();
  await context.placed.finishPartition(partition, 'transactions', rebuilt);
  await compareStandings(context, { partition, standings, recount });
  await context.compareRedis({
    worker: 'accrual',
    partition,
    states: accrualStates(recount),
    from: to,
    take: ({ record, offset }: Read<'transactions'>) => {
      if (record !== undefined) recount.apply(record, offset);
    },
    topic: 'transactions',
    filter: () => new Map(),
  });
}

/** Counts one record of `transactions` and its own rows; the events that it should have caused. */
async function takeRecord(
  context: RoundContext,
  read: Read<'transactions'>,
  partition: number,
  recount: AccrualRecount,
): Promise<readonly ExpectedEvent[]> {
  const { record, offset } = read;
  if (record === undefined) {
    context.deadLetters.expect('transactions', partition, read);
    return [];
  }
  const { deadLetters } = context;
  const origin = { topic: 'transactions', partition, offset };
  const own = rowsOfTransaction(record, { partition, offset }, context.versions.categoryOf);
  const isUnprojected = own !== undefined && deadLetters.isAside(origin, 'projector', read.value);
  const isUncounted = deadLetters.isAside(origin, 'accrual', read.value) && recount.canTake(record);
  if (isUnprojected || isUncounted) deadLetters.expectReadable(origin, read, digest(read.value));
  else deadLetters.takenIn(origin, () => digest(read.value));
  if (!isUnprojected)
    for (const row of own ?? [])
      await context.placed.expect(partition, 'transactions', row, rebuiltRow(context, partition));
  if (isUncounted) return [];
  const caused = recount.apply(record, offset);
  if (own === undefined || caused.type === 'unreadable')
    context.deadLetters.expect('transactions', partition, read);
  return caused.type === 'events' ? caused.events : [];
}

async function readProfiles(
  context: RoundContext,
  partition: number,
  standings: MemberStandings,
): Promise<void> {
  const { cut } = context.options;
  const to = cut.cuts.of('members')[partition] ?? 0;
  const from = cut.readFrom.members[partition] ?? 0;
  for await (const batch of context.read('members', { partition, from, to }))
    for (const read of batch) {
      const { record, offset } = read;
      const origin = { topic: 'members', partition, offset };
      const removed = read.value === null ? memberOfKey(read.key?.toString() ?? '') : undefined;
      if (removed !== undefined && !context.deadLetters.isAside(origin, 'projector', read.value)) {
        context.deadLetters.takenIn(origin, () => memberKey(removed));
        standings.removeProfile(removed);
      } else if (record === undefined) context.deadLetters.expect('members', partition, read);
      else if (context.deadLetters.isAside(origin, 'projector', read.value))
        context.deadLetters.expectReadable(origin, read, memberKey(record.value));
      else {
        context.deadLetters.takenIn(origin, () => memberKey(record.value));
        standings.takeProfile(record.value, offset);
      }
    }
}

/** Rows that are a record of the log themselves. */
const ownRows = [
  'transaction_records',
  'transactions',
  'programme_publications',
] as const satisfies readonly PlacedName[];

/**
 * A projector that fills a new database reads the log with today's schemas: it then writes also the row of
 * what it once put aside.
 */
function rebuiltRow({ deadLetters }: RoundContext, partition: number): Excuse {
  return ({ name, text }) => {
    const own = ownRows.find((one) => one === name);
    if (own === undefined) return false;
    const offset = Number(keyText(placedRelations[own].columns, text, ['source_offset']));
    return deadLetters.isAside({ topic: 'transactions', partition, offset }, 'projector');
  };
}

async function compareStandings(
  context: RoundContext,
  of: { partition: number; standings: MemberStandings; recount: AccrualRecount },
): Promise<void> {
  const { partition, standings, recount } = of;
  await context.standing.compare('sales', partition, standings.salesRows());
  await context.standing.compare('parking_grants', partition, standings.parkingRows());
  const rulesOf = (programme: string) => recount.rulesOf(programme);
  const members = [...standings.memberRows(recount.histories, rulesOf)];
  await context.standing.compare('members', partition, members);
  context.refusals.push(...standings.refusalRows());
  const enrolments = members.map((row) => ({
    programme: String(row['programme']),
    enrolledAt: row.enrolled_at,
  }));
  const { sales, profiles } = standings;
  for (const report of context.reports) report.add({ sales, profiles, enrolments });
}

function partitionOf(context: RoundContext, target: ExpectedEvent['to']): number {
  if (target === undefined) throw new Error('an entitlement has no partition');
  if ('partition' in target) return target.partition;
  return partitionOfKey({ key: target.key, partitions: context.options.cut.partitions });
}
