import { mall } from './fill.ts';

const asOf = `${mall.year}-12-24`;

const periods = ['today', 'month_to_date', 'year_to_date'] as const;

/** From which day on a period is, as SQL. */
const firstDays = {
  today: `toDate32('${asOf}')`,
  month_to_date: `toDate32('${asOf.slice(0, 7)}-01')`,
  year_to_date: `toDate32('${asOf.slice(0, 4)}-01-01')`,
} as const;

/** Where standingSales puts them. */
const standingTable = 'bench.standing_sales';

/**
 * The sales of members as they stand, each looked up by its newest posting: what a report has to agree
 * with. For one month, since all facts about a sale lie in the month of its business day.
 */
export const standingSales = (month: string): string => `
INSERT INTO ${standingTable}
SELECT s.member_id, s.category, s.business_day, s.remaining
FROM
(
    SELECT
        member_id,
        business_day,
        any(p.category) AS category,
        argMax(p.remaining, (p.source_offset, p.ordinal)) AS remaining
    FROM semarak.sale_postings AS p
    WHERE programme = '${mall.programme}' AND toYYYYMM(business_day) = ${month.slice(0, 7).replace('-', '')}
        AND business_day <= '${asOf}'
    GROUP BY business_day, transaction_id, member_id
) AS s
WHERE s.remaining > 0 AND s.member_id != ''`;

export const standingTableStatements = [
  'CREATE DATABASE IF NOT EXISTS bench',
  `CREATE OR REPLACE TABLE ${standingTable}
   (member_id String, category LowCardinality(String), business_day Date32, remaining Int64)
   ENGINE = MergeTree ORDER BY business_day`,
];

const inEachPeriod = (select: (period: (typeof periods)[number]) => string): string =>
  periods.map(select).join('\nUNION ALL\n');

const byCategory = (columns: string) =>
  inEachPeriod(
    (period) => `SELECT '${period}' AS period, category, ${columns} FROM ${standingTable}
    WHERE business_day >= ${firstDays[period]} GROUP BY category`,
  );

const age = `dateDiff('year', birth_date, toDate32('${asOf}'))
  - (formatDateTime(birth_date, '%m%d') > '${asOf.slice(5).replace('-', '')}')`;

const ageBand = `multiIf(birth_date IS NULL, 'unknown', age < 18, 'under 18', age < 25, '18-24',
  age < 35, '25-34', age < 45, '35-44', age < 55, '45-54', '55 and over')`;

const byProfile = (column: string) =>
  inEachPeriod(
    (period) => `SELECT '${period}' AS period, ${column} AS value, count() FROM (
      SELECT a.member_id, nullIf(p.zone, '') AS zone, nullIf(p.gender, '') AS gender, p.birth_date AS birth_date, ${age} AS age
      FROM (SELECT DISTINCT member_id FROM ${standingTable} WHERE business_day >= ${firstDays[period]}) AS a
      LEFT JOIN semarak.member_profiles AS p
        ON p.programme = '${mall.programme}' AND p.member_id = a.member_id)
    GROUP BY value`,
  );

const newMembers = inEachPeriod(
  (period) => `SELECT '${period}' AS period, count() FROM (
    SELECT member_id, toDate32(toTimeZone(min(e.enrolled_at), 'Asia/Jakarta')) AS day
    FROM semarak.member_enrolments AS e WHERE programme = '${mall.programme}' GROUP BY member_id)
  WHERE day BETWEEN ${firstDays[period]} AND toDate32('${asOf}')`,
);

/** Each report with a plain query for the same rows, in any order. */
export const reports: Readonly<Record<string, string>> = {
  report_average_spending_by_category: byCategory(
    'uniqExact(member_id) AS customers, sum(remaining) AS spend, spend / customers',
  ),
  report_transactions_by_category: byCategory('count()'),
  report_active_members_by_zone: byProfile(`ifNull(zone, 'unknown')`),
  report_active_members_by_age: byProfile(ageBand),
  report_active_members_by_gender: byProfile(`ifNull(gender, 'unknown')`),
  report_new_members: newMembers,
};

/** The query of a report, of one period or of all. */
export const reportQuery = (report: string, period: 'all' | 'today'): string =>
  `SELECT * FROM semarak.${report}(programme = '${mall.programme}', as_of = '${asOf}')${
    period === 'all' ? '' : ` WHERE period = '${period}'`
  }`;
