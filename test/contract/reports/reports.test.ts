import type { ClickHouse } from '@semarak/infra/clickhouse';
import { makeReportDatabase } from '@semarak/infra/report-database';
import { factsOf } from '@semarak/projector/facts';
import { firstGeneration, relationStatements } from '@semarak/schemas';
import { env } from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startClickHouseAlone, type ClickHouseAlone } from '../../system/clickhouse-alone.ts';
import { figuresOf } from './figures.ts';
import { chanceHistory } from './mall.ts';
import { MallRecount } from './recount.ts';
import { insert, writeHistory } from './rows.ts';
import type { Row } from './sales.ts';
import { groupCodes } from './values.ts';

const portBase = 25_100;
const programme = 'pacific-place';
const seed = Number(env['REPORTS_SEED'] ?? Math.trunc(Math.random() * 2 ** 31));
const history = chanceHistory({ programme, seed, members: 60, sales: 1_500 });
const recount = new MallRecount(history);

let alone: ClickHouseAlone;
let clickhouse: ClickHouse;

beforeAll(async () => {
  console.info(`REPORTS_SEED=${String(seed)}`);
  alone = await startClickHouseAlone(portBase);
  clickhouse = alone.owner;
  await makeReportDatabase(clickhouse);
  await writeHistory(clickhouse, history);
  // Another mall with members and tenants of the same names.
  const other = chanceHistory({ programme: 'other-mall', seed: seed + 1, members: 9, sales: 90 });
  await writeHistory(clickhouse, other);
});

afterAll(async () => {
  await alone.close();
});

const report = (name: string, asOf: string) =>
  clickhouse.query<Row>(`SELECT * FROM semarak.${name}(programme='${programme}', as_of='${asOf}')`);

/** Averages to twelve digits, since sums of floats depend on their order. */
const lines = (rows: readonly Row[]) =>
  rows
    .map((row) =>
      Object.entries(row)
        .map(([name, value]) => {
          const isFraction = typeof value === 'number' && !Number.isInteger(value);
          return `${name}=${isFraction ? value.toPrecision(12) : String(value)}`;
        })
        .join(' '),
    )
    .sort();

describe('every report equals the recount', () => {
  it.each([
    ['before anything was sold', '2014-11-30'],
    ['in the first month', '2014-12-24'],
    ['at a year’s end', '2014-12-31'],
    ['at a year’s beginning', '2015-01-01'],
    ['at the end of a February of 28 days', '2015-02-28'],
    ['after it', '2015-03-01'],
    ['at the end of a month that is longer than the one before', '2015-03-31'],
    ['at the end of the next year', '2015-12-31'],
    ['on the day that a new version is in force', '2016-01-01'],
    ['at a month’s end', '2016-01-31'],
    ['on the day before a leap day', '2016-02-28'],
    ['on a leap day', '2016-02-29'],
    ['on the day after it', '2016-03-01'],
    ['on the last day', '2016-03-05'],
  ])('%s, %s', async (_, asOf) => {
    const should = figuresOf(recount, asOf);
    for (const [name, rows] of Object.entries(should))
      expect({ [name]: lines(await report(name, asOf)) }).toEqual({ [name]: lines(rows) });
  });

  it('with a history in which all of it happens', () => {
    const seen = new Set(recount.gifts.map(({ status }) => status));
    expect([...seen].sort()).toEqual([
      'claimed',
      'earned',
      'handed_over',
      'returned',
      'unavailable',
    ]);
    expect(recount.tickets.some(({ voided }) => voided)).toBe(true);
    const kinds = new Set(recount.ledger.map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual(['earned', 'expired', 'reversed']);
    const falls = recount.tierChanges.filter(
      ({ from, to }) => from === 'blue' && to === 'temporary',
    );
    expect(falls.length).toBeGreaterThan(0);
    const figures = figuresOf(recount, '2016-02-29');
    expect(Object.keys(figures).filter((name) => figures[name]?.length === 0)).toEqual([]);
  });
});

describe('the views', () => {
  it('have these columns', async () => {
    const columns: Record<string, string[]> = {};
    for (const name of Object.keys(figuresOf(recount, '2016-02-29'))) {
      const rows = await clickhouse.query<{ name: string; type: string }>(
        `DESCRIBE (SELECT * FROM semarak.${name}(programme='${programme}', as_of='2016-02-29'))`,
      );
      columns[name] = rows.map(
        (row) => `${row.name} ${row.type.replace('LowCardinality(String)', 'String')}`,
      );
    }
    expect(columns).toMatchObject({
      member_value: [
        'member_id String',
        'last_day Date32',
        'recency_days UInt16',
        'sales Int64',
        'spend Int64',
        'recency_score UInt8',
        'frequency_score UInt8',
        'monetary_score UInt8',
        'member_group String',
      ],
      report_gift_stock: [
        'campaign String',
        'gift String',
        'edition String',
        'month String',
        'stock Int64',
        'stock_left Int64',
      ],
      report_gifts_by_day: [
        'day Date32',
        'campaign String',
        'gift String',
        'edition String',
        'earned UInt64',
        'returned UInt64',
        'unavailable UInt64',
        'claimed UInt64',
      ],
      report_hours_by_category: [
        'period String',
        'category String',
        'hour UInt8',
        'transactions Int64',
        'spend Int64',
      ],
      report_member_groups: [
        'member_group String',
        'members UInt64',
        'sales Int64',
        'spend Int64',
        'average_spending Float64',
        'average_recency_days Float64',
      ],
      report_members_near_next_tier: [
        'member_id String',
        'tier String',
        'next_tier String',
        'month_spend Int64',
        'missing Int64',
      ],
      report_new_members_by_day: ['day Date32', 'new_members UInt64'],
      report_points: [
        'period String',
        'given Int64',
        'redeemed Int64',
        'expired Int64',
        'outstanding Int64',
      ],
      report_tenants: [
        'period String',
        'tenant_id String',
        'name String',
        'category String',
        'floor String',
        'spend Int64',
        'visits Int64',
        'members UInt64',
        'previous_spend Int64',
        'previous_visits Int64',
      ],
      report_tickets_by_day: ['day Date32', 'draw String', 'issued UInt64', 'voided UInt64'],
      report_tier_movement_by_month: [
        'month String',
        'from_tier String',
        'to_tier String',
        'changes UInt64',
      ],
    });
  });

  it('agree with the ledger and the members once the months are closed, told or not', async () => {
    const day = (text: string) => Date.parse(`${text}T00:00:00Z`) / 86_400_000;
    const closed = factsOf(
      {
        type: 'BusinessDayClosed',
        value: { programme, businessDay: day('2016-02-29'), closedAt: 0, partitions: 1 },
      },
      { partition: 0, offset: 1_000_000 },
    );
    await insert(clickhouse, closed);
    try {
      const [told] = await clickhouse.query<Row>(
        `SELECT count() AS untold FROM semarak.points_ledger
         WHERE programme = '${programme}' AND source_offset < 0`,
      );
      expect(Number(told?.['untold'])).toBeGreaterThan(0);
      const sums = await clickhouse.query<Row>(
        `SELECT m.points AS points, sum(l.points) AS sum,
           argMax(l.balance, (l.source_offset < 0, if(l.source_offset < 0, toInt64(toInt32(
             l.business_day)), l.source_offset), l.ordinal)) AS balance
         FROM semarak.members AS m
         INNER JOIN semarak.points_ledger AS l ON l.programme = m.programme AND l.member_id = m.member_id
         WHERE m.programme = '${programme}' GROUP BY m.member_id, points`,
      );
      expect(sums.length).toBeGreaterThan(10);
      expect(sums.filter(({ points, sum }) => points !== sum)).toEqual([]);
      expect(sums.filter(({ points, balance }) => points !== balance)).toEqual([]);
      // On the day before the newest lot can have earned more, the report says the same.
      const [outstanding] = await clickhouse.query<Row>(
        `SELECT sum(points) AS points FROM semarak.points_ledger
         WHERE programme = '${programme}' AND member_id != '' AND business_day <= '2016-03-01'`,
      );
      const [row] = await report('report_points', '2016-03-01');
      expect(row?.['outstanding']).toBe(outstanding?.['points']);
      const [example] = await clickhouse.query<Row>(
        `SELECT kind, cause, toString(toTimeZone(occurred_at, 'Asia/Jakarta')) AS at,
           toString(business_day) AS day
         FROM semarak.points_ledger WHERE programme = '${programme}' AND source_offset < 0 LIMIT 1`,
      );
      expect(example).toMatchObject({ kind: 'expired', cause: '' });
      expect(String(example?.['at'])).toBe(`${String(example?.['day'])} 00:00:00.000`);
    } finally {
      await clickhouse.command(
        `ALTER TABLE ${firstGeneration}.business_days_closed DELETE WHERE 1
         SETTINGS mutations_sync = 1`,
      );
    }
  });

  it('tell points that are redeemed from those that are given, once the ledger has them', async () => {
    const ledger = relationStatements().find((each) => each.includes('VIEW semarak.point_entries'));
    if (ledger === undefined) throw new Error('there is no ledger');
    const before = await report('report_points', '2016-02-29');
    const redeemed = (on: string, points: number) =>
      `UNION ALL SELECT '${programme}', 'm1', CAST(NULL, 'Nullable(String)'), ${String(points)}, 0,
         'redeemed', toDate32('${on}'), toDateTime64('${on} 05:00:00', 3, 'UTC'), 1, '', 0, 0, 0`;
    const entries = [
      redeemed('2016-02-29', -7),
      redeemed('2016-02-01', -11),
      redeemed('2015-12-31', -2),
    ];
    try {
      await clickhouse.command([ledger, ...entries].join('\n'));
      const after = await report('report_points', '2016-02-29');
      const outstanding = Number(before[0]?.['outstanding']) - 20;
      expect(after).toEqual(
        before.map((row, index) => ({ ...row, redeemed: [7, 18, 18][index], outstanding })),
      );
    } finally {
      await clickhouse.command(ledger);
    }
  });

  it('give each code of the three scores to one group', () => {
    const digits = [1, 2, 3, 4, 5];
    const all = digits.flatMap((r) => digits.flatMap((f) => digits.map((m) => `${r}${f}${m}`)));
    const listed = Object.values(groupCodes).flatMap((codes) => codes.split(' '));
    expect([...listed].sort()).toEqual(all);
    const view = relationStatements().find((each) => each.includes('semarak.member_value')) ?? '';
    for (const [, codes = '', group = ''] of view.matchAll(/code IN \(([^)]*)\), '(\w+)'/g))
      expect({ [group]: codes.split(/,\s*/).join(' ') }).toEqual({ [group]: groupCodes[group] });
  });
});
