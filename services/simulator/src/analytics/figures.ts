import { reportNames, type ReportName, type ReportRow } from '../recount/reports.ts';
import type { Recount } from '../recount/recount.ts';
import type { Row } from './analyst.ts';
import { giftDifferences } from './gifts.ts';
import { isCounted, memberRows, programmeRows, tillRows, type Scope } from './scope.ts';

/** A question to ClickHouse and what its answer should be. */
export interface Figure {
  readonly title: string;
  readonly sql: string;
  /** What is wrong with the answer, in words; empty when it is right. Undefined: not to be compared. */
  readonly differences: ((rows: readonly Row[]) => string[]) | undefined;
}

/** What the recount expects of ClickHouse, question by question. */
export function figuresOf(expected: {
  readonly recount: Recount;
  readonly scope: Scope;
  /** The day of the reports, YYYY-MM-DD. */
  readonly asOf: string;
}): Figure[] {
  return [...transactionFigures(expected), ...holdingFigures(expected), ...reportFigures(expected)];
}

interface Expected {
  readonly recount: Recount;
  readonly scope: Scope;
}

function transactionFigures({ recount, scope }: Expected): Figure[] {
  const counted = [...recount.records.values()].filter(({ memberId }) =>
    isCounted(scope, memberId),
  );
  const sales = recount.sales.filter(({ memberId }) => isCounted(scope, memberId));
  const pointsOf = (memberId: string | undefined, sale: string): number =>
    recount.members.get(memberId ?? '')?.pointsBySale.get(sale) ?? 0;
  const refused = [...recount.refused].filter(([id]) =>
    isCounted(scope, recount.records.get(id)?.memberId),
  );
  return [
    {
      title: 'Transactions as they were sent',
      sql: `SELECT type, uniqExact(transaction_id) AS transactions FROM semarak.transactions
WHERE ${tillRows(scope)} GROUP BY type ORDER BY type`,
      differences: equalTo(
        tally(
          'type',
          'transactions',
          counted.map(({ type }) => type),
        ),
      ),
    },
    {
      title: 'Sales as they stand now',
      sql: `SELECT count() AS sales, sum(remaining) AS net_spend, sum(points) AS points FROM semarak.sales
WHERE ${tillRows(scope)}`,
      differences: equalTo([
        {
          sales: sales.length,
          net_spend: sum(sales.map(({ remaining }) => remaining)),
          points: sum(sales.map((sale) => pointsOf(sale.memberId, sale.transactionId))),
        },
      ]),
    },
    {
      title: 'Refused transactions',
      sql: `SELECT reason, uniqExact(transaction_id) AS transactions FROM semarak.rejected_transactions
WHERE ${tillRows(scope)} GROUP BY reason ORDER BY reason`,
      differences: equalTo(
        tally(
          'reason',
          'transactions',
          refused.map(([, reason]) => reason),
        ),
      ),
    },
  ];
}

function holdingFigures({ recount, scope }: Expected): Figure[] {
  const members = [...recount.members]
    .filter(([id]) => isCounted(scope, id))
    .map(([, held]) => held);
  const points = sum(members.map((member) => member.points));
  const tickets = members.flatMap((member) => [...member.tickets.values()].flat());
  const gifts = members.flatMap((member) => [...member.gifts.values()]);
  const parking = members.flatMap((member) => [...member.parking]);
  // The stock is everybody's, so all items of the programme are counted; the rights are the scope's.
  const ownRight =
    scope.type === 'all' ? "status != 'returned'" : `status != 'returned' AND ${memberRows(scope)}`;
  const daysOf = new Map(recount.sales.map((sale) => [sale.transactionId, sale.businessDay]));
  return [
    {
      title: 'Members by tier',
      sql: `SELECT tier, count() AS members FROM semarak.members
WHERE ${memberRows(scope)} GROUP BY tier ORDER BY tier`,
      differences: equalTo(
        tally(
          'tier',
          'members',
          members.map(({ tier }) => tier),
        ),
      ),
    },
    {
      title: 'Points of all members',
      sql: `SELECT sum(points) AS points FROM semarak.members
WHERE ${memberRows(scope)}`,
      differences: equalTo([{ points }]),
    },
    {
      title: 'The points ledger, and members whose ledger is not their balance',
      sql: `SELECT sum(ledger) AS points, countIf(ledger != balance) AS wrong_balances FROM
(SELECT member_id, sum(points) AS ledger, argMax(balance, (source_offset, ordinal)) AS balance
FROM semarak.points_ledger WHERE ${memberRows(scope)} GROUP BY member_id)`,
      differences: equalTo([{ points, wrong_balances: 0 }]),
    },
    {
      title: 'Numbers in the lucky draw',
      sql: `SELECT draw, count() AS tickets FROM semarak.draw_tickets
WHERE status = 'issued' AND ${memberRows(scope)} GROUP BY draw ORDER BY draw`,
      differences: equalTo(tally('draw', 'tickets', tickets)),
    },
    {
      title: 'Numbers run from 1 without a gap, each once',
      sql: `SELECT draw, max(number) AS last_number, last_number - uniqExact(number) AS missing,
count() - uniqExact(number) AS twice FROM semarak.draw_tickets
WHERE ${programmeRows(scope)} GROUP BY draw ORDER BY draw`,
      differences: (rows) =>
        rows
          .filter((row) => row['missing'] !== 0 || row['twice'] !== 0)
          .map((row) => `${show(row)}: expected missing 0, twice 0`),
    },
    {
      title: 'Gifts: rights and what became of them',
      sql: `SELECT campaign, gift, edition, substring(toString(business_day), 1, 7) AS month,
countIf(${ownRight}) AS rights,
countIf(status IN ('earned', 'claimed')) AS handed_out, countIf(status = 'unavailable') AS unavailable,
countIf(status = 'returned') AS returned FROM semarak.gifts
WHERE ${programmeRows(scope)} GROUP BY campaign, gift, edition, month ORDER BY campaign, month`,
      differences: (rows) => giftDifferences({ gifts, rows }),
    },
    {
      title: 'Parking',
      sql: `SELECT toString(business_day) AS day, count() AS grants FROM semarak.parking_grants
WHERE status = 'granted' AND ${memberRows(scope)} GROUP BY day ORDER BY day`,
      differences: equalTo(
        tally(
          'day',
          'grants',
          parking.map((sale) => daysOf.get(sale) ?? ''),
        ),
      ),
    },
  ];
}

const reportTitles: Record<ReportName, string> = {
  report_average_spending_by_category: 'Report 1: average spending per customer by category',
  report_transactions_by_category: 'Report 2: transactions by category',
  report_active_members_by_zone: 'Report 3: active members by zone',
  report_active_members_by_age: 'Report 3: active members by age',
  report_active_members_by_gender: 'Report 4: active members by gender',
  report_new_members: 'Report 5: new members',
};

/** Reports are about the whole programme; with others' records in it there is nothing to compare. */
function reportFigures(expected: Expected & { readonly asOf: string }): Figure[] {
  const { recount, scope, asOf } = expected;
  return reportNames.map((name) => ({
    title: reportTitles[name],
    sql: `SELECT * FROM semarak.${name}(programme='${scope.programme}', as_of='${asOf}')`,
    differences: scope.type === 'all' ? equalTo(recount.reports[name]) : undefined,
  }));
}

function tally(label: string, count: string, values: readonly string[]): ReportRow[] {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].map(([value, times]) => ({ [label]: value, [count]: times }));
}

const sum = (values: readonly number[]): number => values.reduce((total, each) => total + each, 0);

const show = (row: Row): string =>
  Object.entries(row)
    .map(([column, value]) => `${column} ${value}`)
    .join(', ');

/** Relative; averages are 64-bit floats that two programs may round differently in the last place. */
const floatTolerance = 1e-12;

/** Compares without regard to order: texts name a row, numbers are what it says. */
function equalTo(expected: readonly ReportRow[]): (rows: readonly Row[]) => string[] {
  const keyOf = (row: Row): string =>
    Object.values(row)
      .filter((value) => typeof value === 'string')
      .join(' ');
  return (rows) => {
    const left = new Map(rows.map((row) => [keyOf(row), row]));
    if (left.size !== rows.length) return [`${rows.length - left.size} rows are there twice`];
    const differences = expected.flatMap((row) => {
      const actual = left.get(keyOf(row));
      left.delete(keyOf(row));
      if (actual === undefined) return [`missing: ${show(row)}`];
      return sameNumbers(row, actual) ? [] : [`expected ${show(row)}; found ${show(actual)}`];
    });
    return [...differences, ...[...left.values()].map((row) => `unexpected: ${show(row)}`)];
  };
}

const sameNumbers = (expected: Row, actual: Row): boolean =>
  Object.entries(expected).every(([column, value]) => {
    const found = actual[column];
    if (typeof value !== 'number' || typeof found !== 'number') return value === found;
    return Math.abs(value - found) <= Math.abs(value) * floatTolerance;
  });
