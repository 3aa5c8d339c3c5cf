import type { ClickHouse } from '@semarak/infra/clickhouse';
import { makeReportDatabase } from '@semarak/infra/report-database';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startClickHouseAlone, type ClickHouseAlone } from '../system/clickhouse-alone.ts';
import { ToldFirsts, type ToldSale } from './told-firsts.ts';

/** Reports of made-up histories against a recount that knows nothing of ClickHouse. */
const portBase = 25_940;
const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);

let alone: ClickHouseAlone;
let clickhouse: ClickHouse;

beforeAll(async () => {
  console.info(`SEED=${seed}`);
  alone = await startClickHouseAlone(portBase);
  clickhouse = alone.owner;
  await makeReportDatabase(clickhouse);
});

afterAll(async () => {
  await alone.close();
});

let state = seed;
/** A whole number below the bound. */
function below(bound: number): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((state / 2 ** 32) * bound);
}
const oneOf = <Item>(items: readonly Item[]): Item => items[below(items.length)] as Item;

type Row = Readonly<Record<string, unknown>>;

const insert = (table: string, rows: readonly Row[]) =>
  clickhouse.command(
    `INSERT INTO semarak_1.${table} (${Object.keys(rows[0] ?? {}).join(', ')}) FORMAT JSONEachRow ${rows
      .map((row) => JSON.stringify(row))
      .join('\n')}`,
  );

const days = ['2015-12-30', '2015-12-31', '2016-01-01', '2016-01-31', '2016-02-01', '2016-02-28'];
days.push('2016-02-29', '2016-03-01', '2016-12-30', '2016-12-31', '2017-01-01');
/** By the version that decides. */
const categories: Record<string, string> = { A: 'Shoes', B: 'Books', C: 'Books', D: 'Shoes' };

interface Sale extends ToldSale {
  readonly tenant: string;
  readonly amount: number;
}
interface Profile {
  readonly gender: string;
  readonly zone: string;
  readonly birthDate: string | null;
}

/** One programme with its history, put in a few postings at a time. */
class Mall {
  readonly programme: string;
  readonly #sales: Sale[] = [];
  readonly #firsts = new ToldFirsts();
  /** Of the postings that are not inserted yet. */
  readonly #memberFirsts: Row[] = [];
  readonly #profiles = new Map<string, Profile>();
  readonly #enrolled = new Map<string, string>();
  #offset = 0;

  constructor(programme: string) {
    this.programme = programme;
  }

  async open(): Promise<void> {
    const tenant = (tenant_id: string, category: string) => ({
      tenant_id,
      name: tenant_id,
      category,
      floor: 'G',
    });
    const version = { programme: this.programme, name: 'A mall', time_zone: 'Asia/Jakarta' };
    await insert('programme_publications', [
      { ...version, version: 1, tenants: [tenant('A', 'Books'), tenant('B', 'Books')] },
      {
        ...version,
        version: 2,
        tenants: [tenant('A', 'Shoes'), tenant('C', 'Books'), tenant('D', 'Shoes')],
      },
    ]);
  }

  async goOn(): Promise<void> {
    await insert(
      'sale_postings',
      Array.from({ length: 1 + below(30) }, () => this.#postings()).flat(),
    );
    const firsts = this.#memberFirsts.splice(0);
    if (firsts.length > 0) await insert('member_firsts', firsts);
    const member = `m${below(12)}`;
    const profile = {
      gender: oneOf(['female', 'male', 'other', 'unknown']),
      zone: oneOf(['North', 'South', '']),
      birthDate: oneOf([
        null,
        '1998-02-28',
        '1998-03-01',
        '1961-12-31',
        '1996-02-29',
        '1930-01-01',
        '2016-02-29',
        '2040-01-01',
      ]),
    };
    this.#profiles.set(member, profile);
    const place = { programme: this.programme, member_id: member, source_offset: this.#offset++ };
    const { birthDate, ...kept } = profile;
    await insert('member_profiles', [{ ...place, ...kept, birth_date: birthDate }]);
    // Noon in Jakarta, or past midnight there while it is the day before in UTC.
    const day = oneOf(days);
    const late = below(2) === 0;
    const before = new Date(Date.parse(day) - 86_400_000).toISOString().slice(0, 10);
    const enrolled_at = late ? `${before} 17:30:00.000` : `${day} 05:00:00.000`;
    const earlier = this.#enrolled.get(member);
    if (earlier === undefined || day < earlier) this.#enrolled.set(member, day);
    await insert('member_enrolments', [{ ...place, enrolled_at }]);
  }

  /** A sale, or a change of one: a refund, a void, or a refund that is voided itself. */
  #postings(): Row[] {
    const before = below(3) === 0 ? oneOf(this.#sales) : undefined;
    const sale = this.#sales.length > 0 && before !== undefined ? before : this.#newSale();
    const previous = sale.remaining;
    if (sale === before) sale.remaining = oneOf([0, 0, sale.amount, Math.floor(sale.amount / 2)]);
    else sale.remaining = sale.amount;
    const { own, others } = this.#firsts.changed(sale);
    return [
      this.#row(sale, own, { remaining_change: sale.remaining - previous }),
      ...others.flatMap(({ id, says }) => {
        const other = this.#sales.find((each) => each.id === id);
        return other === undefined ? [] : [this.#row(other, says, { remaining_change: 0 })];
      }),
    ];
  }

  #row(sale: Sale, says: ReturnType<ToldFirsts['changed']>['own'], changes: Row): Row {
    const of = { programme: this.programme, business_day: sale.day, member_id: sale.member };
    this.#memberFirsts.push(...says.rows.map((row) => ({ ...of, ...row })));
    return {
      programme: this.programme,
      transaction_id: sale.id,
      member_id: sale.member,
      tenant_id: sale.tenant,
      category: sale.category,
      business_day: sale.day,
      amount: sale.amount,
      remaining: sale.remaining,
      source_offset: this.#offset++,
      ...says.columns,
      ...changes,
    };
  }

  #newSale(): Sale {
    const member = oneOf(['', ...Array.from({ length: 12 }, (_, index) => `m${index}`)]);
    const tenant = oneOf(['A', 'B', 'C', 'D', 'nobody-knows']);
    const day = oneOf(days);
    const place = this.#sales.length;
    const id = `till/${day}/${place}`;
    const category = categories[tenant] ?? '';
    const amount = 2 + below(1_000);
    const sale = { id, member, day, category, place, tenant, amount, remaining: 0 };
    this.#sales.push(sale);
    return sale;
  }

  /** What each report should say, a line a row. */
  recount(asOf: string): Record<string, string[]> {
    const first = {
      today: asOf,
      month_to_date: `${asOf.slice(0, 7)}-01`,
      year_to_date: `${asOf.slice(0, 4)}-01-01`,
    };
    const lines: Record<string, string[]> = {};
    const put = (report: string, line: readonly (string | number)[]) =>
      (lines[report] ??= []).push(line.join(' '));
    for (const [period, from] of Object.entries(first)) {
      const isIn = (day: string) => day >= from && day <= asOf;
      const sales = this.#sales.filter((s) => s.remaining > 0 && s.member !== '' && isIn(s.day));
      for (const [category, of] of grouped(sales, (s) => categories[s.tenant] ?? 'unknown')) {
        const customers = new Set(of.map((s) => s.member)).size;
        const spend = of.reduce((sum, s) => sum + s.remaining, 0);
        put('average_spending_by_category', [
          period,
          category,
          customers,
          spend,
          spend / customers,
        ]);
        put('transactions_by_category', [period, category, of.length]);
      }
      const active = [...new Set(sales.map((s) => s.member))];
      const by = (report: string, keyOf: (profile: Profile | undefined) => string) => {
        const groups = grouped(active, (member) => keyOf(this.#profiles.get(member)) || 'unknown');
        for (const [key, members] of groups) put(report, [period, key, members.length]);
      };
      by('active_members_by_zone', (profile) => profile?.zone ?? '');
      by('active_members_by_gender', (profile) => profile?.gender ?? '');
      by('active_members_by_age', (profile) => ageBand(profile?.birthDate ?? null, asOf));
      put('new_members', [period, [...this.#enrolled.values()].filter(isIn).length]);
    }
    return lines;
  }
}

function grouped<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

function ageBand(birthDate: string | null, asOf: string): string {
  if (birthDate === null) return 'unknown';
  const birthdayIsToCome = asOf.slice(5) < birthDate.slice(5) ? 1 : 0;
  const age = Number(asOf.slice(0, 4)) - Number(birthDate.slice(0, 4)) - birthdayIsToCome;
  if (age < 18) return 'under 18';
  const bands = [25, 35, 45, 55].map((to, index) => ({
    to,
    name: `${[18, 25, 35, 45][index] ?? ''}-${to - 1}`,
  }));
  return bands.find(({ to }) => age < to)?.name ?? '55 and over';
}

const reports = ['average_spending_by_category', 'transactions_by_category', 'new_members'];
reports.push('active_members_by_zone', 'active_members_by_gender', 'active_members_by_age');

async function answer(mall: Mall, of: { report: string; asOf: string; where: string }) {
  const rows = await clickhouse.query<Row>(
    `SELECT * FROM semarak.report_${of.report}(programme='${mall.programme}', as_of='${of.asOf}') ${of.where}`,
  );
  return rows.map((row) => Object.values(row).join(' ')).sort();
}

it('say what a recount of the history says, at every step and for every period', async () => {
  const malls = [new Mall('one'), new Mall('other')];
  for (const mall of malls) await mall.open();
  for (let step = 0; step < 12; step++) {
    const mall = oneOf(malls);
    await mall.goOn();
    const asOf = oneOf(days);
    const expected = mall.recount(asOf);
    for (const report of reports) {
      const lines = (expected[report] ?? []).sort();
      const where = { '': lines, ...periodsOf(lines) };
      for (const [condition, wanted] of Object.entries(where))
        expect(
          await answer(mall, { report, asOf, where: condition }),
          `SEED=${seed} step ${step} ${report} ${asOf} ${condition}`,
        ).toEqual(wanted);
    }
  }
});

const periodsOf = (lines: readonly string[]): Record<string, string[]> =>
  Object.fromEntries(
    ['today', 'month_to_date', 'year_to_date'].map((period) => [
      `WHERE period = '${period}'`,
      lines.filter((line) => line.startsWith(`${period} `)),
    ]),
  );
