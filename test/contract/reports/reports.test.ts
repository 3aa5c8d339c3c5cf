import type { ClickHouse } from '@semarak/infra/clickhouse';
import { makeReportDatabase } from '@semarak/infra/report-database';
import { relationStatements } from '@semarak/schemas';
import { env } from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startClickHouseAlone, type ClickHouseAlone } from '../../system/clickhouse-alone.ts';
import { figuresOf } from './figures.ts';
import { chanceHistory } from './mall.ts';
import { MallRecount } from './recount.ts';
import { writeHistory } from './rows.ts';
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

  it('tell points that are redeemed from those that are given, once the ledger has them', async () => {
    const ledger = relationStatements().find((each) => each.includes('VIEW semarak.points_ledger'));
    if (ledger === undefined) throw new Error('there is no ledger');
    const before = await report('report_points', '2016-02-29');
    const redeemed = (on: string, points: number) =>
      `UNION ALL SELECT '${programme}', 'm1', CAST(NULL, 'Nullable(String)'), ${String(points)}, 0,
         'redeemed', toDateTime64('${on} 05:00:00', 3, 'UTC'), 1, '', 0, 0, 0`;
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
