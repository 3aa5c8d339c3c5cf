import { expect } from 'vitest';
import { untilNoLag } from '../system/lag.ts';
import { until } from '../system/until.ts';
import { runVerify } from '../system/verify.ts';
import type { FaultySystem } from './faulty-system.ts';

/** Of the ports from a system’s first on, by the launcher’s plan. */
const reportsPort = 6;
const freshWithinMs = 30_000;

/**
 * Without traffic no lag is left, whoever is asked. Recounts the system from its log alone: what consumers see in the topics, Redis and every relation of
 * ClickHouse must be equal to it.
 */
export async function expectExact(system: FaultySystem): Promise<void> {
  const { portBase, keys } = system;
  await untilNoLag(system.admin);
  const freshness = `http://127.0.0.1:${portBase + reportsPort}/v1/freshness?programme=pacific-place`;
  await until('the reports are complete', freshWithinMs, async () => {
    const answer = await fetch(freshness, { headers: { authorization: `Bearer ${keys.analyst}` } });
    return answer.ok && ((await answer.json()) as { lag_records: number }).lag_records === 0;
  });
  const { exitCode, output } = await runVerify(system);
  expect(exitCode, output).toBe(0);
  expect(output).toContain('Everything is equal.');
  const sums = 'count() AS postings, sum(standing_change) AS sales, sum(remaining_change) AS spend';
  expect(
    await system.rows(
      'SELECT sum(postings) AS postings, sum(sales) AS sales, sum(spend) AS spend FROM tenant_days',
    ),
  ).toEqual(
    // Of every row one by one: no sums that were kept are like these.
    await system.rows(`SELECT ${sums} FROM sale_postings WHERE NOT ignore(transaction_id)`),
  );
}
