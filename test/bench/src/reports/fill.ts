import type { ClickHouse } from '@semarak/infra/clickhouse';
import { readFileSync } from 'node:fs';

/** The mall that is filled in; its year is 2014. */
export const mall = {
  programme: 'pacific-place',
  year: 2014,
  tenants: 60,
  categories: 12,
} as const;

const partitions = 8;
/** How busy each month is: December half as much again as any other. */
const monthWeights = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 33, 50];

interface Month {
  readonly firstDay: string;
  readonly days: number;
  readonly from: number;
  readonly sales: number;
}

/** The sales divided among the months of the year, numbered throughout. */
export function monthsOf(transactions: number): Month[] {
  const total = monthWeights.reduce((sum, weight) => sum + weight, 0);
  let weightBefore = 0;
  return monthWeights.map((weight, index) => {
    const from = Math.floor((transactions * weightBefore) / total);
    weightBefore += weight;
    return {
      firstDay: `${mall.year}-${String(index + 1).padStart(2, '0')}-01`,
      days: new Date(Date.UTC(mall.year, index + 1, 0)).getUTCDate(),
      from,
      sales: Math.floor((transactions * weightBefore) / total) - from,
    };
  });
}

/** Fills the empty generation `facts`. Throws what the client throws. */
export async function fill(
  clickhouse: Pick<ClickHouse, 'command'>,
  of: {
    readonly facts: string;
    readonly transactions: number;
    readonly members: number;
    readonly say: (line: string) => void;
  },
): Promise<void> {
  const { facts, transactions, members, say } = of;
  const common = { ...mall, facts, members, partitions };
  for (const statement of statements('members.sql', common)) await clickhouse.command(statement);
  for (const { firstDay, days, from, sales } of monthsOf(transactions)) {
    if (sales === 0) continue;
    const month = { ...common, month: firstDay, days, from, sales };
    for (const statement of statements('sales.sql', month)) await clickhouse.command(statement);
    say(`${firstDay.slice(0, 7)}: ${from + sales} of ${transactions} sales are in`);
  }
}

function statements(file: string, values: Readonly<Record<string, string | number>>): string[] {
  const text = readFileSync(new URL(`../../fill/${file}`, import.meta.url), 'utf8');
  return text
    .split(/;[ \t]*(?:\n|$)/)
    .filter((statement) => statement.replace(/^--.*$/gm, '').trim() !== '')
    .map((statement) =>
      statement.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole)),
    );
}
