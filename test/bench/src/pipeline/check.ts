import { unlikeStates } from '../accrual/check.ts';
import { differencesInLog } from '../gateway/check.ts';
import type { Mall } from '../mall/mall.ts';
import { differencesInTables, sumsInTables } from '../projector/check.ts';
import { unequalReports } from '../reports/comparison.ts';
import type { BenchStack } from '../stack/bench-stack.ts';
import { unequalSums, type Sums } from '../sums.ts';

/** The month of the mall. */
const months = ['2014-12-01'];

/**
 * Compares each part with the one before it, from what was posted to the reports, and what members hold with the
 * rules. Requests at the same moment come in any order: what follows from the order of sales, such as a balance
 * on the way, is not compared. A sentence for each difference.
 */
export async function differencesOnTheWay(stack: BenchStack, mall: Mall): Promise<string[]> {
  const { clickhouse, urls } = stack;
  const byRules: Sums = new Map();
  const states = await unlikeStates(stack, mall, byRules);
  return [
    ...(await differencesInLog(stack, mall)),
    ...states,
    ...(await differencesInTables(stack)),
    ...unequalSums(inAnyOrder(await sumsInTables(stack)), inAnyOrder(byRules)),
    ...(await unequalReports(clickhouse, { url: urls.CLICKHOUSE_URL, months })),
  ];
}

const inAnyOrder = (sums: Sums): Sums =>
  new Map(['remaining', 'points'].map((name) => [name, sums.get(name) ?? 0]));
