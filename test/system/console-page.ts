import type { Page } from 'playwright-core';
import type { System } from './system.ts';

type Period = 'today' | 'month_to_date' | 'year_to_date';
export const sections = ['overview', 'tenants', 'members', 'rewards'] as const;
export type Section = (typeof sections)[number];

/** What a person chose on the page. */
export interface Chosen {
  readonly programme: string;
  readonly asOf: string;
  readonly period: Period;
}

type Row = Readonly<Record<string, string | number | null>>;
type Cells = Readonly<Record<string, string>>;

/** A card of the page: its rows by their keys, and the texts that its chart draws. */
export interface ShownCard {
  readonly report: string;
  readonly state: string;
  readonly rows: Readonly<Record<string, Cells>>;
  readonly drawn: readonly string[];
}

/** Runs in the page; text, because the tests are compiled without the types of a browser. */
const readCards = `
  [...document.querySelectorAll('[data-report]')].map((card) => ({
    report: card.dataset.report,
    state: card.dataset.state,
    rows: Object.fromEntries([...card.querySelectorAll('[data-row]')].map((row) => [
      row.dataset.row,
      Object.fromEntries(
        [...row.querySelectorAll('data[data-column]')].map((cell) => [cell.dataset.column, cell.value]),
      ),
    ])),
    drawn: [...card.querySelectorAll('svg text')].map((text) => text.textContent),
  }))`;

const readHighlights = `
  Object.fromEntries([...document.querySelectorAll('[data-highlight]')].map((one) => [
    one.dataset.highlight, one.querySelector('data')?.value ?? '',
  ]))`;

export const shownCards = (page: Page): Promise<ShownCard[]> => page.evaluate(readCards);

/** How a report's rows stand on the page: the key of each, and the columns of the view it shows. */
interface Layout {
  readonly section: Section;
  readonly key: (row: Row) => string;
  readonly columns: readonly string[];
  /** The column whose values are written on the chart as well. */
  readonly drawn?: string;
}

const by =
  (...columns: string[]) =>
  (row: Row): string =>
    columns.map((column) => String(row[column])).join(' ');

const layouts: Readonly<Record<string, Layout>> = {
  report_average_spending_by_category: {
    section: 'overview',
    key: by('category'),
    columns: ['category', 'average_spending', 'customers', 'spend'],
  },
  report_transactions_by_category: {
    section: 'overview',
    key: by('category'),
    columns: ['category', 'transactions'],
    drawn: 'transactions',
  },
  report_active_members_by_zone: {
    section: 'overview',
    key: by('zone'),
    columns: ['zone', 'active_members'],
    drawn: 'active_members',
  },
  report_active_members_by_age: {
    section: 'overview',
    key: by('age_band'),
    columns: ['age_band', 'active_members'],
    drawn: 'active_members',
  },
  report_active_members_by_gender: {
    section: 'overview',
    key: by('gender'),
    columns: ['gender', 'active_members'],
  },
  report_new_members_by_day: {
    section: 'overview',
    key: by('day'),
    columns: ['day', 'new_members'],
  },
  report_tenants: {
    section: 'tenants',
    key: by('tenant_id'),
    columns: ['spend', 'visits', 'members'],
  },
  report_tier_movement_by_month: {
    section: 'members',
    key: by('month', 'from_tier', 'to_tier'),
    columns: ['month', 'from_tier', 'to_tier', 'changes'],
  },
  report_member_groups: {
    section: 'members',
    key: by('member_group'),
    columns: ['member_group', 'members', 'spend', 'average_spending'],
    drawn: 'members',
  },
  report_members_near_next_tier: {
    section: 'members',
    key: by('member_id'),
    columns: ['month_spend', 'missing'],
  },
  report_gift_stock: {
    section: 'rewards',
    key: by('campaign', 'gift', 'edition'),
    columns: ['gift', 'edition', 'stock_left'],
  },
  report_tickets_by_day: {
    section: 'rewards',
    key: by('day', 'draw'),
    columns: ['day', 'draw', 'issued', 'voided'],
  },
  report_gifts_by_day: {
    section: 'rewards',
    key: by('day', 'campaign', 'gift', 'edition'),
    columns: ['day', 'gift', 'edition', 'earned', 'claimed', 'returned', 'unavailable'],
  },
};

/** Rows of a view as the analyst reads them, without the page and its services. */
export const viewRows = (
  system: System,
  { report, programme, asOf }: Pick<Chosen, 'programme' | 'asOf'> & { report: string },
): Promise<Row[]> =>
  system.rows<Row>(`SELECT * FROM ${report}(programme = '${programme}', as_of = '${asOf}')`);

/**
 * Every difference between what a section of the page shows and what its views say, each as a line;
 * none when they are equal. What the page leaves out on purpose is left out here too: other periods,
 * and days before the two weeks (or the period) that a chart of days shows.
 */
export async function differences(
  page: Page,
  { system, section, chosen }: { system: System; section: Section; chosen: Chosen },
): Promise<string[]> {
  const cards = await shownCards(page);
  const found: string[] = [];
  for (const [report, layout] of Object.entries(layouts)) {
    if (layout.section !== section) continue;
    const card = cards.find((one) => one.report === report);
    const rows = ofPeriod(await viewRows(system, { report, ...chosen }), chosen);
    found.push(...compareCard({ report, card, layout, rows }));
  }
  if (section === 'tenants') found.push(...(await compareHours({ system, cards, chosen })));
  if (section === 'rewards') found.push(...(await comparePoints({ system, cards, chosen })));
  if (section === 'overview') found.push(...(await compareHighlights(page, { system, chosen })));
  return found;
}

const text = (value: string | number | null | undefined): string => String(value);

function ofPeriod(rows: readonly Row[], chosen: Chosen): Row[] {
  const first = firstDayShown(chosen);
  return rows.filter((row) => {
    if ('period' in row && row['period'] !== chosen.period) return false;
    if ('changes' in row && Number(row['changes']) === 0) return false;
    return !('day' in row) || text(row['day']) >= first;
  });
}

function firstDayShown({ asOf, period }: Chosen): string {
  const twoWeeks = new Date(Date.parse(asOf) - 13 * 86_400_000).toISOString().slice(0, 10);
  const begin = {
    today: asOf,
    month_to_date: `${asOf.slice(0, 7)}-01`,
    year_to_date: `${asOf.slice(0, 4)}-01-01`,
  }[period];
  return begin < twoWeeks ? begin : twoWeeks;
}

function compareCard(of: {
  report: string;
  card: ShownCard | undefined;
  layout: Layout;
  rows: readonly Row[];
}): string[] {
  const { report, card, layout, rows } = of;
  if (card === undefined) return [`${report}: there is no card`];
  if (card.state !== (rows.length === 0 ? 'empty' : 'ready'))
    return [`${report}: ${card.state} with ${rows.length} rows`];
  const found = compareRows(report, { shown: card.rows, rows, layout });
  const { drawn } = layout;
  if (drawn !== undefined)
    for (const row of rows) {
      const written = Number(row[drawn]).toLocaleString('en-GB');
      if (!card.drawn.includes(written)) found.push(`${report}: ${written} is not drawn`);
    }
  return found;
}

function compareRows(
  report: string,
  of: { shown: Readonly<Record<string, Cells>>; rows: readonly Row[]; layout: Layout },
): string[] {
  const { shown, rows, layout } = of;
  const found: string[] = [];
  for (const row of rows) {
    const key = layout.key(row);
    for (const column of layout.columns) {
      const [is, should] = [shown[key]?.[column], text(row[column])];
      if (is !== should) found.push(`${report} ${key} ${column}: ${text(is)}, not ${should}`);
    }
  }
  const known = new Set(rows.map(layout.key));
  for (const key of Object.keys(shown))
    if (!known.has(key)) found.push(`${report}: ${key} is shown and is in no row`);
  return found;
}

interface Compared {
  readonly system: System;
  readonly cards: readonly ShownCard[];
  readonly chosen: Chosen;
}

async function compareHours({ system, cards, chosen }: Compared): Promise<string[]> {
  const report = 'report_hours_by_category';
  const shown = cards.find((card) => card.report === report)?.rows ?? {};
  const rows = ofPeriod(await viewRows(system, { report, ...chosen }), chosen);
  const found: string[] = [];
  let total = 0;
  for (const row of rows) {
    const [category, column] = [text(row['category']), `transactions ${text(row['hour'])}`];
    total += Number(row['transactions']);
    const is = shown[category]?.[column] ?? '0';
    if (is !== text(row['transactions']))
      found.push(`${report} ${category} ${column}: ${is}, not ${text(row['transactions'])}`);
  }
  const all = Object.values(shown).flatMap((cells) => Object.values(cells).map(Number));
  const shownTotal = all.reduce((sum, value) => sum + value, 0);
  if (shownTotal !== total) found.push(`${report}: ${shownTotal} in all, not ${total}`);
  return found;
}

async function comparePoints({ system, cards, chosen }: Compared): Promise<string[]> {
  const report = 'report_points';
  const shown = cards.find((card) => card.report === report)?.rows ?? {};
  const [row] = ofPeriod(await viewRows(system, { report, ...chosen }), chosen);
  return ['given', 'redeemed', 'expired', 'outstanding']
    .filter((kind) => shown[kind]?.['points'] !== text(row?.[kind]))
    .map((kind) => `${report} ${kind}: ${text(shown[kind]?.['points'])}, not ${text(row?.[kind])}`);
}

async function compareHighlights(
  page: Page,
  { system, chosen }: { system: System; chosen: Chosen },
): Promise<string[]> {
  const shown: Record<string, string> = await page.evaluate(readHighlights);
  const total = async (report: string, column: string): Promise<string> => {
    const rows = ofPeriod(await viewRows(system, { report, ...chosen }), chosen);
    return text(rows.reduce((sum, row) => sum + Number(row[column]), 0));
  };
  const should: Record<string, string> = {
    spend: await total('report_tenants', 'spend'),
    visits: await total('report_tenants', 'visits'),
    active_members: await total('report_active_members_by_gender', 'active_members'),
    new_members: await total('report_new_members', 'new_members'),
    outstanding: await total('report_points', 'outstanding'),
  };
  return Object.keys(should)
    .filter((name) => shown[name] !== should[name])
    .map((name) => `highlight ${name}: ${text(shown[name])}, not ${text(should[name])}`);
}
