import type { Typed } from '@semarak/schemas';
import type { BenchStack } from '../stack/bench-stack.ts';
import { eventsOf } from '../stack/derived-events.ts';
import { batchesOf } from '../stack/log-reading.ts';
import { add, unequalSums, type Sums } from '../sums.ts';

/**
 * Compares what ClickHouse has with what the log holds: for each type of record how many there are, and
 * the sums of amounts, of what remains, of points and of tickets' numbers. A sentence for each difference.
 */
export async function differencesInTables(stack: BenchStack): Promise<string[]> {
  return unequalSums(await sumsInTables(stack), await sumsInLog(stack));
}

async function sumsInLog(stack: BenchStack): Promise<Sums> {
  const sums: Sums = new Map();
  for (const topic of ['transactions', 'members'] as const)
    for await (const { records } of batchesOf(stack, topic))
      for (const record of records) addRecord(sums, record);
  for (const topic of ['loyalty-events', 'reward-events'] as const)
    for await (const event of eventsOf(stack, topic)) addRecord(sums, event);
  return sums;
}

function addRecord(sums: Sums, record: Typed): void {
  add(sums, record.type, 1);
  if (record.type === 'TransactionRecorded') add(sums, 'amounts', record.value.amount);
  if (record.type === 'DrawTicketIssued') add(sums, 'numbers', record.value.number);
  if (record.type === 'TransactionPosted') {
    add(sums, 'remaining', record.value.remainingChange);
    add(sums, 'points', record.value.pointsChange);
  }
}

/** Columns have the names of what is added up of the log. */
const queries = [
  'SELECT count() AS TransactionRecorded, sum(amount) AS amounts FROM transactions',
  'SELECT count() AS MemberEnrolled FROM members',
  'SELECT count() AS MemberProfile FROM member_profiles',
  'SELECT count() AS ProgrammePublished FROM programme_publications',
  'SELECT count() AS TransactionPosted FROM sale_postings',
  'SELECT sum(remaining) AS remaining FROM sales',
  'SELECT sum(points) AS points FROM point_entries',
  'SELECT count() AS TierChanged FROM tier_steps',
  `SELECT countIf(type = 'activated') AS MemberActivated,
     countIf(type = 'deactivated') AS MemberDeactivated FROM membership_changes`,
  `SELECT countIf(status = 'granted') AS ParkingGranted,
     countIf(status = 'withdrawn') AS ParkingWithdrawn FROM parking_changes`,
  `SELECT countIf(status = 'rejected') AS TransactionRejected,
     countIf(status = 'withdrawn') AS RejectionWithdrawn FROM rejection_changes`,
  `SELECT count() AS DrawTicketIssued, countIf(status = 'voided') AS DrawTicketVoided,
     sum(number) AS numbers FROM draw_tickets`,
  `SELECT countIf(status = 'earned') AS GiftEarned, countIf(status = 'unavailable') AS GiftUnavailable,
     countIf(status = 'returned') AS GiftReturned, countIf(status = 'claimed') AS GiftClaimed
     FROM gift_changes`,
];

/** What ClickHouse has of each type of record, and the sums of its columns. */
export async function sumsInTables({ clickhouse }: BenchStack): Promise<Sums> {
  const sums: Sums = new Map();
  for (const query of queries)
    for (const row of await clickhouse.query<Record<string, number>>(
      query.replaceAll('FROM ', 'FROM semarak.'),
    ))
      for (const [name, value] of Object.entries(row)) add(sums, name, value);
  return sums;
}
