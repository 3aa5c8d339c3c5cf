import {
  createClickHouse,
  dateTime64,
  defineTable,
  int64,
  text,
  uint16,
  type ClickHouse,
  type ExactBlock,
} from '@semarak/infra/clickhouse';
import { serverPorts, startLocalStack, type LocalStack } from '@semarak/infra/local-stack';
import { clickhouseStatements, firstGeneration } from '@semarak/schemas';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ToldFirsts } from './told-firsts.ts';

/** Ports of this file's own. */
const ports = serverPorts(21_300);
const programme = 'pacific-place';

type Row = Readonly<Record<string, unknown>>;

let dataDir: string;
let stack: LocalStack;
let clickhouse: ClickHouse;
let offset = 0;

const limits = {
  requestTimeoutMs: 30_000,
  connectionsMax: 4,
  attemptsMax: 3,
  retryDelayMs: 10,
  retryDelayMsMax: 100,
  tokensMax: 2,
};

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'semarak-relations-'));
  stack = await startLocalStack({
    dataDir,
    ports,
    servers: ['clickhouse'],
    keys: { analyst: 'a-password' },
  });
  clickhouse = createClickHouse({ url: stack.urls.CLICKHOUSE_URL, limits });
  // Twice, since every statement can be run again without effect.
  for (const statement of [...clickhouseStatements(), ...clickhouseStatements()])
    await clickhouse.command(statement);
  await insert('programme_publications', programmes());
  await insert('member_enrolments', enrolments());
  await insert('member_profiles', profiles());
  await insert('sale_postings', postings());
  await insert('member_firsts', memberFirsts);
});

afterAll(async () => {
  await clickhouse.close();
  await stack.stop();
  await rm(dataDir, { recursive: true, force: true });
});

/** Inserts rows in log order, each with a place of its own. */
async function insert(table: string, rows: readonly Row[]): Promise<void> {
  const placed = rows.map((row) => ({
    programme,
    source_partition: 0,
    source_offset: offset++,
    ordinal: 0,
    ...row,
  }));
  const lines = placed.map((row) => JSON.stringify(row)).join('\n');
  const columns = Object.keys(placed[0] ?? {}).join(', ');
  await clickhouse.command(
    `INSERT INTO ${firstGeneration}.${table} (${columns}) FORMAT JSONEachRow\n${lines}`,
  );
}

function programmes(): Row[] {
  const base = {
    name: 'Pacific Place',
    effective_from: '2014-12-01T00:00',
    time_zone: 'Asia/Jakarta',
    currency: 'IDR',
    published_at: '2014-11-30 00:00:00.000',
  };
  const tenant = (tenantId: string, category: string) => ({
    tenant_id: tenantId,
    name: `Shop ${tenantId}`,
    category,
    floor: 'G',
  });
  const first = {
    ...base,
    version: 1,
    tenants: [tenant('T1', 'Food'), tenant('T2', 'Fashion'), tenant('GONE', 'Books')],
  };
  const second = {
    ...base,
    version: 2,
    tenants: [tenant('T1', 'Groceries'), tenant('T2', 'Fashion')],
  };
  // Each version is written to every partition of the log, in any order.
  return [first, second, { ...second, source_partition: 1 }, { ...first, source_partition: 1 }];
}

/** Jakarta is seven hours ahead: 17:00 UTC begins the next day. */
function enrolments(): Row[] {
  const enrolled = (member: string, at: string): Row => ({
    member_id: member,
    enrolled_at: at,
    received_at: at,
  });
  return [
    enrolled('ani', '2014-12-23 17:00:00.000'),
    enrolled('budi', '2014-12-23 16:59:59.999'),
    enrolled('citra', '2014-11-30 17:00:00.000'),
    enrolled('dewi', '2014-11-30 16:59:59.999'),
    enrolled('eko', '2013-12-31 17:00:00.000'),
    enrolled('fajar', '2013-12-31 16:59:59.999'),
    enrolled('gita', '2014-12-24 17:00:00.000'),
    // The first enrolment of a member stands.
    enrolled('ani', '2014-12-24 10:00:00.000'),
  ];
}

/** Ages at 24 December 2014. */
function profiles(): Row[] {
  const profile = (member: string, birthDate: string, more: Row): Row => ({
    member_id: member,
    gender: 'female',
    birth_date: birthDate,
    zone: 'South',
    received_at: '2014-12-01 00:00:00.000',
    ...more,
  });
  return [
    profile('ani', '1990-01-01', { zone: 'North', gender: 'male' }),
    profile('ani', '1996-12-25', {}),
    profile('budi', '1996-12-24', { gender: 'male' }),
    profile('citra', '1945-08-17', { zone: 'North', gender: 'other' }),
    profile('dewi', '1959-12-25', { zone: '' }),
  ];
}

interface Sale {
  readonly member: string;
  readonly day: string;
  readonly amount: number;
  readonly tenant?: string;
  /** What remains after each further change. */
  readonly then?: readonly number[];
}

let sequence = 0;
const firsts = new ToldFirsts();
/** The version that decides names no other. */
const categories: Record<string, string> = { T1: 'Groceries', T2: 'Fashion', GONE: 'Books' };

/**
 * The postings of a sale: one when it is made, one for each change, and one for each other sale that is the
 * first of something else by that. A point for each 1,000.
 */
function postingsOf({ member, day, amount, tenant = 'T1', then = [] }: Sale): Row[] {
  const place = ++sequence;
  const id = `till-1/${day}/${String(place)}`;
  const category = categories[tenant] ?? '';
  const sale = { id, member, day, category, place, remaining: 0 };
  return [amount, ...then].flatMap((remaining, index) => {
    const before = sale.remaining;
    sale.remaining = remaining;
    const { own, others } = firsts.changed(sale);
    const row = {
      programme_version: 1,
      transaction_id: id,
      member_id: member,
      tenant_id: tenant,
      category,
      business_day: day,
      sold_at: `${day} 05:00:00.000`,
      amount,
      remaining,
      remaining_change: remaining - before,
      ...own.columns,
      points: Math.trunc(remaining / 1_000),
      points_change: Math.trunc(remaining / 1_000) - Math.trunc(before / 1_000),
      balance: 0,
      tickets: 0,
      gift: '',
      parking: false,
      cause: index === 0 ? id : `till-1/${day}/${String(++sequence)}`,
      occurred_at: `${day} 05:00:00.000`,
      received_at: `${day} 05:00:00.000`,
    };
    posted.set(id, row);
    noteFirsts(row, own.rows);
    return [row, ...others.map((other) => againstFirsts(other))];
  });
}

/** For member_firsts, filled while the postings are made. */
const memberFirsts: Row[] = [];

function noteFirsts(posting: Row, rows: readonly object[]): void {
  const { business_day, member_id } = posting;
  memberFirsts.push(...rows.map((row) => ({ business_day, member_id, ...row })));
}

/** The newest posting of each sale. */
const posted = new Map<string, Row>();

function againstFirsts({ id, says }: ReturnType<ToldFirsts['changed']>['others'][number]): Row {
  const row = { ...posted.get(id), remaining_change: 0, points_change: 0, ...says.columns };
  posted.set(id, row);
  noteFirsts(row, says.rows);
  return row;
}

function postings(): Row[] {
  const sales: Sale[] = [
    { member: 'ani', day: '2014-12-24', amount: 10_000, then: [4_000] },
    { member: 'ani', day: '2014-12-24', amount: 3_001, tenant: 'T2' },
    { member: 'ani', day: '2014-12-24', amount: 9_000, tenant: 'T2', then: [0] },
    { member: 'budi', day: '2014-12-24', amount: 1_000 },
    { member: 'budi', day: '2014-12-01', amount: 2_000, tenant: 'GONE' },
    { member: 'citra', day: '2014-11-30', amount: 5_000, then: [0, 5_000] },
    { member: 'dewi', day: '2014-01-01', amount: 6_000, tenant: 'T2' },
    { member: 'dewi', day: '2013-12-31', amount: 60_000 },
    { member: 'eko', day: '2014-12-25', amount: 70_000 },
    { member: 'never-enrolled', day: '2014-12-24', amount: 500, tenant: 'T2' },
    { member: '', day: '2014-12-24', amount: 80_000 },
  ];
  return sales.flatMap(postingsOf);
}

const report = (name: string, asOf = '2014-12-24') =>
  clickhouse.query<Row>(
    `SELECT * FROM semarak.report_${name}(programme='${programme}', as_of='${asOf}')`,
  );

/** `period dimension: values`, for reading. */
const lines = (rows: readonly Row[]) => rows.map((row) => Object.values(row).join(' '));

describe('a tenant’s days', () => {
  const byTenant = `SELECT tenant_id, has_member, sum(postings) AS postings, sum(sales) AS sales,
      sum(spend) AS spend
    FROM semarak.tenant_days WHERE programme = '${programme}'
    GROUP BY tenant_id, has_member ORDER BY tenant_id, has_member`;

  it('are the sums of what stands', async () => {
    const recount = `SELECT tenant_id, (member_id IS NOT NULL)::Bool AS has_member,
        sum(postings) AS postings, countIf(remaining > 0) AS sales, sum(remaining) AS spend
      FROM semarak.sales AS s
      JOIN (SELECT transaction_id, count() AS postings FROM semarak.sale_postings
            GROUP BY transaction_id) AS p USING (transaction_id)
      WHERE programme = '${programme}'
      GROUP BY tenant_id, has_member ORDER BY tenant_id, has_member`;
    const found = await clickhouse.query(byTenant);
    expect(found.length).toBeGreaterThan(2);
    expect(found).toEqual(await clickhouse.query(recount));
  });

  it('are read from their projection, not from the postings', async () => {
    const plan = await clickhouse.query(
      `EXPLAIN ${byTenant} SETTINGS force_optimize_projection = 1`,
    );
    expect(JSON.stringify(plan)).toContain('ReadFromMergeTree (tenant_days)');
  });
});

describe('the reports', () => {
  it('give the average spending by category', async () => {
    expect(await report('average_spending_by_category')).toEqual([
      row('today', 'Fashion', 2, 3_501, 1_750.5),
      row('today', 'Groceries', 2, 5_000, 2_500),
      row('month_to_date', 'Books', 1, 2_000, 2_000),
      row('month_to_date', 'Fashion', 2, 3_501, 1_750.5),
      row('month_to_date', 'Groceries', 2, 5_000, 2_500),
      row('year_to_date', 'Books', 1, 2_000, 2_000),
      row('year_to_date', 'Fashion', 3, 9_501, 3_167),
      row('year_to_date', 'Groceries', 3, 10_000, 10_000 / 3),
    ]);
    function row(
      period: string,
      category: string,
      customers: number,
      spend: number,
      average_spending: number,
    ) {
      return { period, category, customers, spend, average_spending };
    }
  });

  it('count transactions by category', async () => {
    expect(lines(await report('transactions_by_category'))).toEqual([
      'today Fashion 2',
      'today Groceries 2',
      'month_to_date Books 1',
      'month_to_date Fashion 2',
      'month_to_date Groceries 2',
      'year_to_date Books 1',
      'year_to_date Fashion 3',
      'year_to_date Groceries 3',
    ]);
  });

  it('count active members by zone', async () => {
    expect(lines(await report('active_members_by_zone'))).toEqual([
      'today South 2',
      'today unknown 1',
      'month_to_date South 2',
      'month_to_date unknown 1',
      'year_to_date North 1',
      'year_to_date South 2',
      'year_to_date unknown 2',
    ]);
  });

  it('count active members by their age at the date', async () => {
    expect(lines(await report('active_members_by_age'))).toEqual([
      'today under 18 1',
      'today 18-24 1',
      'today unknown 1',
      'month_to_date under 18 1',
      'month_to_date 18-24 1',
      'month_to_date unknown 1',
      'year_to_date under 18 1',
      'year_to_date 18-24 1',
      'year_to_date 45-54 1',
      'year_to_date 55 and over 1',
      'year_to_date unknown 1',
    ]);
  });

  it('count active members by gender', async () => {
    expect(lines(await report('active_members_by_gender'))).toEqual([
      'today female 1',
      'today male 1',
      'today unknown 1',
      'month_to_date female 1',
      'month_to_date male 1',
      'month_to_date unknown 1',
      'year_to_date female 2',
      'year_to_date male 1',
      'year_to_date other 1',
      'year_to_date unknown 1',
    ]);
  });

  it.each([
    { asOf: '2014-12-24', today: 1, month: 3, year: 5 },
    { asOf: '2014-12-23', today: 1, month: 2, year: 4 },
    { asOf: '2014-12-01', today: 1, month: 1, year: 3 },
    { asOf: '2014-11-30', today: 1, month: 1, year: 2 },
    { asOf: '2014-01-01', today: 1, month: 1, year: 1 },
    { asOf: '2013-12-31', today: 1, month: 1, year: 1 },
    { asOf: '2012-02-29', today: 0, month: 0, year: 0 },
  ])('count new members by the mall’s date: $asOf', async ({ asOf, today, month, year }) => {
    expect(lines(await report('new_members', asOf))).toEqual([
      `today ${String(today)}`,
      `month_to_date ${String(month)}`,
      `year_to_date ${String(year)}`,
    ]);
  });

  it('have no row for another programme, but three of new members', async () => {
    const other = (name: string) =>
      clickhouse.query(`SELECT * FROM semarak.report_${name}(programme='x', as_of='2014-12-24')`);
    expect(await other('transactions_by_category')).toEqual([]);
    expect(await other('new_members')).toHaveLength(3);
  });
});

describe('the relations', () => {
  it('give the tenants of the newest version', async () => {
    expect(await clickhouse.query('SELECT * FROM semarak.tenants ORDER BY tenant_id')).toEqual([
      { programme, tenant_id: 'T1', name: 'Shop T1', category: 'Groceries', floor: 'G' },
      { programme, tenant_id: 'T2', name: 'Shop T2', category: 'Fashion', floor: 'G' },
    ]);
  });

  it('give a sale as it stands now', async () => {
    const sales = await clickhouse.query<Row>(
      `SELECT transaction_id, member_id, tenant_id, category, amount, remaining, points
       FROM semarak.sales WHERE business_day = '2014-12-24' AND tenant_id = 'T1' ORDER BY amount`,
    );
    expect(sales.map(({ member_id, remaining, points }) => [member_id, remaining, points])).toEqual(
      [
        ['budi', 1_000, 1],
        ['ani', 4_000, 4],
        [null, 80_000, 80],
      ],
    );
    expect(sales[1]).toMatchObject({ category: 'Groceries', amount: 10_000 });
  });

  it('take expired points off the ledger and the members’ points', async () => {
    const expiry = {
      programme_version: 1,
      member_id: 'eko',
      last_day: '2015-12-31',
      points: 70,
      points_change: -70,
      balance: 0,
      cause: 'till-1/2016-01-02/1',
      occurred_at: '2015-12-31 17:00:00.000',
      received_at: '2016-01-02 05:00:00.000',
    };
    await insert('point_expiries', [expiry]);
    const of = `FROM semarak.points_ledger WHERE member_id = 'eko' ORDER BY source_offset`;
    expect(
      await clickhouse.query<Row>(`SELECT points, kind, transaction_id IS NULL AS none ${of}`),
    ).toMatchObject([
      { points: 70, kind: 'earned', none: 0 },
      { points: -70, kind: 'expired', none: 1 },
    ]);
    const eko = `SELECT points FROM semarak.members WHERE member_id = 'eko'`;
    expect(await clickhouse.query<Row>(eko)).toEqual([{ points: 0 }]);
    await insert('point_expiries', [{ ...expiry, points: 0, points_change: 70, balance: 70 }]);
    expect(await clickhouse.query<Row>(eko)).toEqual([{ points: 70 }]);
  });

  it('give the ledger, which sums to the members’ points', async () => {
    const ledger = await clickhouse.query<Row>(
      `SELECT member_id, points, kind FROM semarak.points_ledger
       WHERE member_id = 'citra' ORDER BY source_offset`,
    );
    expect(lines(ledger)).toEqual(['citra 5 earned', 'citra -5 reversed', 'citra 5 earned']);
    const members = await clickhouse.query<Row>(
      'SELECT member_id, points FROM semarak.members ORDER BY member_id',
    );
    expect(lines(members)).toEqual([
      'ani 7',
      'budi 3',
      'citra 5',
      'dewi 66',
      'eko 70',
      'fajar 0',
      'gita 0',
    ]);
  });

  it('give members with tier, activation and the newest profile', async () => {
    const change = (member: string, more: Row): Row => ({
      programme_version: 1,
      member_id: member,
      type: 'tier_changed',
      activated_at: null,
      from_tier: '',
      to_tier: '',
      reason: '',
      cause: 'till-1/2014-12-24/1',
      occurred_at: '2014-12-24 05:00:00.000',
      received_at: '2014-12-24 05:00:00.000',
      ...more,
    });
    const activated = { type: 'activated', activated_at: '2014-12-24 05:00:00.000' };
    const temporary = { from_tier: 'none', to_tier: 'temporary', reason: 'activated' };
    await insert('membership_changes', [
      change('ani', activated),
      change('ani', { ...temporary, source_offset: offset - 1, ordinal: 1 }),
      change('ani', {
        from_tier: 'temporary',
        to_tier: 'blue',
        reason: 'spend_reached',
        source_offset: offset - 1,
        ordinal: 2,
      }),
      change('budi', activated),
      change('budi', temporary),
      change('budi', { type: 'deactivated' }),
      change('budi', { from_tier: 'temporary', to_tier: 'none', reason: 'deactivated' }),
      change('eko', { ...temporary, cause: 'eko' }),
    ]);
    const members = await clickhouse.query<Row>(
      `SELECT * EXCEPT (programme, enrolled_at, points) FROM semarak.members
       WHERE member_id IN ('ani', 'budi', 'eko') ORDER BY member_id`,
    );
    expect(members).toEqual([
      {
        member_id: 'ani',
        activated_at: '2014-12-24 05:00:00.000',
        tier: 'blue',
        gender: 'female',
        birth_date: '1996-12-25',
        zone: 'South',
      },
      {
        member_id: 'budi',
        activated_at: null,
        tier: 'none',
        gender: 'male',
        birth_date: '1996-12-24',
        zone: 'South',
      },
      {
        member_id: 'eko',
        activated_at: null,
        tier: 'temporary',
        gender: 'unknown',
        birth_date: null,
        zone: 'unknown',
      },
    ]);
    const changes = await clickhouse.query<Row>(
      `SELECT member_id, from_tier, to_tier, transaction_id, reason FROM semarak.tier_changes
       WHERE member_id IN ('ani', 'eko') ORDER BY member_id, source_offset, ordinal`,
    );
    expect(lines(changes)).toEqual([
      'ani none temporary till-1/2014-12-24/1 activated',
      'ani temporary blue till-1/2014-12-24/1 spend_reached',
      'eko none temporary  activated',
    ]);
  });

  it('give tickets, gifts and parking by their newest status', async () => {
    const common = {
      programme_version: 1,
      member_id: 'ani',
      transaction_id: 'till-1/2014-12-24/1',
      business_day: '2014-12-24',
      cause: 'till-1/2014-12-24/1',
      occurred_at: '2014-12-24 05:00:00.000',
      received_at: '2014-12-24 05:00:00.000',
    };
    const ticket = (number: number, status: string): Row => ({
      ...common,
      draw: 'opening-draw',
      number,
      ticket: 0,
      status,
    });
    await insert('draw_ticket_changes', [
      ticket(1, 'issued'),
      ticket(2, 'issued'),
      ticket(1, 'voided'),
    ]);
    const gift = (giftId: string, status: string): Row => ({
      ...common,
      campaign: 'teddy-bear',
      gift: 'teddy-bear',
      edition: 'christmas',
      gift_id: giftId,
      stock_left: 1,
      status,
    });
    await insert('gift_changes', [
      gift('teddy-bear~1', 'earned'),
      gift('teddy-bear~2', 'earned'),
      gift('teddy-bear~3', 'unavailable'),
      gift('teddy-bear~1', 'claimed'),
      gift('teddy-bear~2', 'returned'),
    ]);
    await insert('parking_changes', [
      { ...common, status: 'granted' },
      { ...common, transaction_id: 'till-1/2014-12-24/2', status: 'granted' },
      { ...common, status: 'withdrawn' },
    ]);
    const read = async (query: string) => lines(await clickhouse.query<Row>(query));
    expect(
      await read('SELECT draw, number, status FROM semarak.draw_tickets ORDER BY number'),
    ).toEqual(['opening-draw 1 voided', 'opening-draw 2 issued']);
    expect(await read('SELECT gift, edition, status FROM semarak.gifts ORDER BY gift_id')).toEqual([
      'teddy-bear christmas claimed',
      'teddy-bear christmas returned',
      'teddy-bear christmas unavailable',
    ]);
    expect(
      await read(
        'SELECT transaction_id, status FROM semarak.parking_grants ORDER BY transaction_id',
      ),
    ).toEqual(['till-1/2014-12-24/1 withdrawn', 'till-1/2014-12-24/2 granted']);
  });

  it('give the refusals that stand, one for each record', async () => {
    const refusal = (content: number, status: string, reason: string): Row => ({
      programme_version: 1,
      transaction_id: 'till-9/2014-12-24/1',
      content,
      member_id: '',
      business_day: '2014-12-24',
      status,
      reason,
      cause: 'till-9/2014-12-24/1',
      occurred_at: '2014-12-24 05:00:00.000',
      received_at: '2014-12-24 05:00:00.000',
    });
    await insert('rejection_changes', [
      refusal(1, 'rejected', 'refund_exceeds_sale'),
      refusal(2, 'rejected', 'conflict'),
      refusal(1, 'withdrawn', 'refund_exceeds_sale'),
      refusal(3, 'rejected', 'too_late'),
      refusal(3, 'withdrawn', 'too_late'),
      refusal(3, 'rejected', 'sale_voided'),
    ]);
    const standing = await clickhouse.query<Row>(
      `SELECT transaction_id, reason, member_id FROM semarak.rejected_transactions
       ORDER BY content`,
    );
    expect(standing).toEqual([
      { transaction_id: 'till-9/2014-12-24/1', reason: 'conflict', member_id: null },
      { transaction_id: 'till-9/2014-12-24/1', reason: 'sale_voided', member_id: null },
    ]);
  });

  it('give no refusal of a copy that came after all memory of what it copies', async () => {
    const id = (n: number) => `till-8/2014-12-24/${String(n)}`;
    const sent = (n: number, amount = 5): Row => ({
      transaction_id: id(n),
      type: 'sale',
      terminal_id: 'till-8',
      tenant_id: 'T1',
      member_id: 'ani',
      business_day: '2014-12-24',
      occurred_at: '2014-12-24 05:00:00.000',
      received_at: '2015-03-24 05:00:01.000',
      amount,
      currency: 'IDR',
      original_id: '',
    });
    const refused = (record: Row, reason: string): Row => ({
      programme_version: 1,
      transaction_id: record['transaction_id'],
      content: record['amount'],
      member_id: 'ani',
      business_day: '2014-12-24',
      status: 'rejected',
      reason,
      cause: record['transaction_id'],
      occurred_at: '2014-12-24 05:00:00.000',
      received_at: '2015-03-24 05:00:01.000',
    });
    // As the log has them: a record, and what accrual said of it, at the same place.
    const inLog = async (record: Row, reason?: string) => {
      const at = { source_offset: offset };
      await insert('transaction_records', [record]);
      if (reason !== undefined)
        await insert('rejection_changes', [{ ...refused(record, reason), ...at }]);
    };
    await inLog(sent(1));
    await inLog(sent(1), 'too_late');
    await inLog(sent(2), 'too_late');
    await inLog(sent(2), 'too_late');
    await inLog(sent(3));
    await inLog(sent(3, 6), 'conflict');
    await inLog(sent(3, 7), 'too_late');
    const standing = await clickhouse.query<Row>(
      `SELECT transaction_id, content, reason FROM semarak.rejected_transactions
       WHERE transaction_id LIKE 'till-8/%' ORDER BY transaction_id, content`,
    );
    expect(lines(standing)).toEqual([
      `${id(2)} 5 too_late`,
      `${id(3)} 6 conflict`,
      `${id(3)} 7 too_late`,
    ]);
    await clickhouse.command(
      `ALTER TABLE ${firstGeneration}.transaction_records DELETE WHERE terminal_id = 'till-8'
       SETTINGS mutations_sync = 1`,
    );
  });

  it('give a record as it was sent, with the tenant’s category', async () => {
    const common = {
      terminal_id: 'till-1',
      business_day: '2014-12-24',
      occurred_at: '2014-12-24 05:00:00.000',
      received_at: '2014-12-24 05:00:01.000',
      amount: 5,
      currency: 'IDR',
      original_id: '',
    };
    const id = (n: number) => `till-1/2014-12-24/${String(n)}`;
    await insert('transaction_records', [
      { ...common, transaction_id: id(1), type: 'sale', tenant_id: 'T1', member_id: 'ani' },
      { ...common, transaction_id: id(2), type: 'sale', tenant_id: 'T9', member_id: '' },
      {
        ...common,
        transaction_id: id(3),
        type: 'void',
        tenant_id: '',
        member_id: '',
        currency: '',
        amount: 0,
        original_id: id(2),
      },
    ]);
    const rows = await clickhouse.query<Row>(
      `SELECT type, member_id, tenant_id, category, currency, original_id
       FROM semarak.transactions ORDER BY transaction_id`,
    );
    expect(rows.map((row) => Object.values(row))).toEqual([
      ['sale', 'ani', 'T1', 'Groceries', 'IDR', null],
      ['sale', null, 'T9', 'unknown', 'IDR', null],
      ['void', null, null, null, null, id(2)],
    ]);
  });
});

describe('what waits and what is shared', () => {
  const till = 'till-7';
  const id = (n: number) => `${till}/2014-12-26/${String(n)}`;
  const sent = (n: number, type: string, member: string, original = ''): Row => ({
    transaction_id: id(n),
    type,
    terminal_id: till,
    tenant_id: type === 'void' ? '' : 'T1',
    member_id: member,
    business_day: '2014-12-26',
    occurred_at: '2014-12-26 05:00:00.000',
    received_at: `2014-12-26 05:00:${String(n).padStart(2, '0')}.000`,
    amount: 5,
    currency: 'IDR',
    original_id: original,
  });
  const posted = (n: number, member: string, remaining = 5): Row => ({
    programme_version: 1,
    transaction_id: id(n),
    member_id: member,
    tenant_id: 'T1',
    category: 'Groceries',
    business_day: '2014-12-26',
    sold_at: '2014-12-26 05:00:00.000',
    amount: 5,
    remaining,
    remaining_change: remaining,
    cause: id(n),
    occurred_at: '2014-12-26 05:00:00.000',
    received_at: `2014-12-26 05:00:${String(n).padStart(2, '0')}.000`,
  });
  const refused = (n: number, reason: string, content = n): Row => ({
    programme_version: 1,
    transaction_id: id(n),
    content,
    member_id: 'ani',
    business_day: '2014-12-26',
    status: 'rejected',
    reason,
    cause: id(n),
    occurred_at: '2014-12-26 05:00:00.000',
    received_at: '2014-12-26 05:00:01.000',
  });

  beforeAll(async () => {
    await insert('transaction_records', [
      sent(1, 'sale', 'ani'),
      sent(2, 'refund', 'ani', id(1)),
      sent(3, 'refund', '', id(1)),
      sent(4, 'refund', 'budi', id(1)),
      sent(5, 'refund', 'ani', id(99)),
      sent(6, 'void', 'ani', id(98)),
      // Sent twice, and once with other content: one row.
      sent(6, 'void', 'ani', id(98)),
      sent(6, 'refund', 'ani', id(98)),
      sent(7, 'sale', 'ani'),
      sent(8, 'refund', 'ani', id(7)),
      sent(9, 'refund', 'ani', id(2)),
      // A void of a void has no effect and waits for nothing; a refund that is voided neither.
      sent(10, 'void', 'ani', id(6)),
      sent(11, 'refund', 'ani', id(97)),
      sent(12, 'void', 'ani', id(11)),
      sent(13, 'refund', 'ani', id(1)),
      sent(14, 'sale', 'nobody-yet'),
      sent(15, 'sale', 'nobody-yet'),
      sent(16, 'sale', ''),
      { ...sent(17, 'refund', '', id(16)), transaction_id: 'till-6/2014-12-26/17' },
      sent(18, 'void', '', 'till-6/2014-12-26/17'),
      // One id for two members, one for a member and nobody, one of which nothing remains for one.
      ...[20, 21, 22].flatMap((n) => [
        sent(n, 'sale', 'ani'),
        sent(n, 'sale', n === 21 ? '' : 'budi'),
      ]),
    ]);
    await insert('rejection_changes', [
      refused(6, 'conflict', 1),
      refused(7, 'too_late'),
      refused(13, 'refund_exceeds_sale'),
    ]);
    await insert('sale_postings', [
      posted(1, 'ani'),
      posted(14, 'nobody-yet'),
      posted(15, 'nobody-yet', 0),
      posted(16, ''),
      ...[20, 21, 22].map((n) => posted(n, 'ani')),
      posted(20, 'budi'),
      posted(21, ''),
      posted(22, 'budi', 0),
    ]);
  });

  afterAll(async () => {
    for (const table of ['transaction_records', 'rejection_changes', 'sale_postings'])
      await clickhouse.command(
        `ALTER TABLE ${firstGeneration}.${table} DELETE WHERE business_day = '2014-12-26'
         SETTINGS mutations_sync = 1`,
      );
  });

  it('name what waits for a record that may never come, and why', async () => {
    const waiting = await clickhouse.query<Row>(
      `SELECT transaction_id, type, reason, ifNull(member_id, '-') FROM semarak.waiting_records
       WHERE business_day = '2014-12-26' ORDER BY waiting_since`,
    );
    expect(lines(waiting)).toEqual([
      `${id(3)} refund member_missing -`,
      `${id(4)} refund other_member budi`,
      `${id(5)} refund original_missing ani`,
      `${id(6)} void original_missing ani`,
      `${id(8)} refund original_refused ani`,
      `${id(9)} refund original_is_no_sale ani`,
      `${id(14)} sale not_enrolled nobody-yet`,
      `${id(18)} void other_till -`,
    ]);
  });

  it('tell since when each waits', async () => {
    const [first] = await clickhouse.query<Row>(
      `SELECT waiting_since, waiting_seconds > 300000000 AS is_long FROM semarak.waiting_records
       WHERE transaction_id = '${id(5)}'`,
    );
    expect(first).toEqual({ waiting_since: '2014-12-26 05:00:05.000', is_long: 1 });
  });

  it('count what waits of the business days up to a date', async () => {
    const counted = await report('waiting_records', '2014-12-26');
    const before = await report('waiting_records', '2014-12-25');
    const added = (reason: string) => {
      const of = (rows: readonly Row[]) =>
        Number(rows.find((row) => row['reason'] === reason)?.['records'] ?? 0);
      return of(counted) - of(before);
    };
    expect(added('original_missing')).toBe(2);
    expect(added('not_enrolled')).toBe(1);
    expect(counted.find(({ reason }) => reason === 'member_missing')).toEqual({
      reason: 'member_missing',
      records: 1,
      oldest_day: '2014-12-26',
    });
  });

  it('name the ids under which more than one sale stands', async () => {
    const shared = await clickhouse.query<Row>(
      `SELECT transaction_id, sales, member_ids, remaining
       FROM semarak.shared_transaction_ids ORDER BY transaction_id`,
    );
    expect(shared).toEqual([
      { transaction_id: id(20), sales: 2, member_ids: ['ani', 'budi'], remaining: 10 },
      { transaction_id: id(21), sales: 2, member_ids: ['ani'], remaining: 10 },
    ]);
  });
});

describe('an exact insert', () => {
  const table = defineTable(`${firstGeneration}.membership_changes`, {
    programme: text,
    member_id: text,
    occurred_at: dateTime64,
    source_partition: uint16,
    source_offset: int64,
    ordinal: uint16,
  });
  const rows = Array.from({ length: 100 }, (_, index) => ({
    programme: 'exact',
    member_id: `anggota-é-${String(index)}`,
    occurred_at: Date.UTC(2014, 11, 1) + index,
    source_partition: 7,
    source_offset: 1_000 + index,
    ordinal: 0,
  }));
  const block: ExactBlock = {
    table: table.name,
    tablePartition: 'all',
    columns: table.columns,
    body: table.encode(rows),
    rows: rows.length,
    token: 'exact/0-100',
    ownToken: 'exact/0-100',
    sources: [
      {
        partition: 7,
        first: { offset: 1_000, ordinal: 0 },
        last: { offset: 1_099, ordinal: 0 },
      },
    ],
    history: 'new',
    repeats: 'doubled',
  };
  const found = () =>
    clickhouse.query(
      `SELECT count() AS rows, uniqExact(member_id) AS members,
         toUnixTimestamp64Milli(max(occurred_at)) AS last
       FROM semarak.membership_changes WHERE programme = 'exact'`,
    );
  const once = [{ rows: 100, members: 100, last: Date.UTC(2014, 11, 1) + 99 }];

  it('writes rows as they are', async () => {
    expect(await clickhouse.insertExactly([block])).toBe('first_try');
    expect(await found()).toEqual(once);
  });

  it('drops a repeat by its token', async () => {
    await clickhouse.insertExactly([block]);
    expect(await found()).toEqual(once);
  });

  it('finds the rows when it is in doubt', async () => {
    expect(await clickhouse.insertExactly([{ ...block, history: 'in_doubt' }])).toBe('found');
  });

  it('inserts under a new token when the token is known and the rows are not there', async () => {
    await clickhouse.command(
      `ALTER TABLE ${firstGeneration}.membership_changes DELETE WHERE programme = 'exact'
       SETTINGS mutations_sync = 2`,
    );
    expect(await clickhouse.insertExactly([{ ...block, history: 'in_doubt' }])).toBe('new_token');
    expect(await found()).toEqual(once);
  });

  it('survives a kill of ClickHouse and a restart', async () => {
    await stack.kill('clickhouse');
    const late = clickhouse.insertExactly([{ ...block, history: 'in_doubt' }]);
    await expect(late).rejects.toMatchObject({ code: 'clickhouse_unavailable' });
    await stack.restart('clickhouse');
    expect(await clickhouse.insertExactly([{ ...block, history: 'in_doubt' }])).toBe('found');
    expect(await found()).toEqual(once);
  });

  it('says what ClickHouse refuses', async () => {
    const unknown = clickhouse.insertExactly([{ ...block, table: 'semarak.nothing' }]);
    await expect(unknown).rejects.toMatchObject({ code: 'clickhouse_refused', serverCode: '60' });
  });
});

describe('an insert whose repeats are harmless', () => {
  const table = defineTable(
    `${firstGeneration}.member_profiles`,
    {
      programme: text,
      member_id: text,
      zone: text,
      source_partition: uint16,
      source_offset: int64,
      ordinal: uint16,
    },
    'harmless',
  );
  const block = (zone: string, at: number): ExactBlock => {
    const row = { programme: 'exact', member_id: 'ani', zone };
    const place = { source_partition: 7, source_offset: at, ordinal: 0 };
    return {
      table: table.name,
      tablePartition: 'all',
      columns: table.columns,
      body: table.encode([{ ...row, ...place }]),
      rows: 1,
      token: `exact/${at}`,
      ownToken: `exact/${at}`,
      sources: [],
      history: 'new',
      repeats: table.repeats,
    };
  };
  const zones = () =>
    clickhouse.query(`SELECT zone FROM semarak.member_profiles WHERE programme = 'exact'`);

  it('leaves the newest, in whatever order and how often they come', async () => {
    await clickhouse.insertExactly([block('North', 1)]);
    await clickhouse.insertExactly([block('South', 2)]);
    expect(await zones()).toEqual([{ zone: 'South' }]);
    expect(await clickhouse.insertExactly([{ ...block('North', 1), history: 'in_doubt' }])).toBe(
      'retried',
    );
    await clickhouse.insertExactly([block('South', 2)]);
    expect(await zones()).toEqual([{ zone: 'South' }]);
    await clickhouse.command(`OPTIMIZE TABLE ${firstGeneration}.member_profiles FINAL`);
    expect(await zones()).toEqual([{ zone: 'South' }]);
  });

  it('is written again though the same rows were there before', async () => {
    await clickhouse.insertExactly([block('South', 2)]);
    await clickhouse.command(
      `ALTER TABLE ${firstGeneration}.member_profiles DELETE WHERE programme = 'exact'
       SETTINGS mutations_sync = 2`,
    );
    expect(await zones()).toEqual([]);
    await clickhouse.insertExactly([{ ...block('South', 2), history: 'in_doubt' }]);
    expect(await zones()).toEqual([{ zone: 'South' }]);
  });
});
