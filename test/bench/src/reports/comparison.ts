import type { ClickHouse } from '@semarak/infra/clickhouse';
import { ask } from './answers.ts';
import { reportQuery, reports, standingSales, standingTableStatements } from './queries.ts';

/** The rows of each report, sorted, as a plain query over every sale of these months gives them. */
export async function plainAnswers(
  clickhouse: Pick<ClickHouse, 'command'>,
  { url, months }: { readonly url: string; readonly months: readonly string[] },
): Promise<ReadonlyMap<string, readonly string[]>> {
  for (const statement of standingTableStatements) await clickhouse.command(statement);
  for (const firstDay of months) await clickhouse.command(standingSales(firstDay));
  const answers = new Map<string, readonly string[]>();
  for (const [report, plain] of Object.entries(reports))
    answers.set(report, (await ask(url, plain)).rows);
  return answers;
}

/** A sentence for each report that says something else than the plain query. */
export async function unequalReports(
  clickhouse: Pick<ClickHouse, 'command'>,
  of: { readonly url: string; readonly months: readonly string[] },
): Promise<string[]> {
  const unequal: string[] = [];
  for (const [report, rows] of await plainAnswers(clickhouse, of)) {
    const answer = await ask(of.url, reportQuery(report, 'all'));
    if (!isEqual(answer.rows, rows)) unequal.push(`${report} differs`);
  }
  return unequal;
}

export const isEqual = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((row, index) => row === other[index]);
