import { expect } from 'vitest';
import { runVerify } from '../system/verify.ts';
import type { FaultySystem } from './faulty-system.ts';

/**
 * Recounts the system from its log alone: what consumers see in the topics, Redis and every relation of
 * ClickHouse must be equal to it.
 */
export async function expectExact(system: FaultySystem): Promise<void> {
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
