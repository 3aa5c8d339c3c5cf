import { expect } from 'vitest';
import { heldInClickHouse, heldInRedis, heldInTopics, textRows } from '../system/holdings.ts';
import type { FaultySystem } from './faulty-system.ts';

/**
 * Recounts a system that has come to rest: ClickHouse, Redis and the topics as their consumers see them
 * hold the same, and the numbers of the draw have no gap.
 */
export async function expectExact(system: FaultySystem): Promise<void> {
  await system.progress.quiet();
  const clickhouse = await heldInClickHouse(system);
  const redis = await heldInRedis(system);
  const topics = await heldInTopics(system);
  for (const [relation, rows] of Object.entries(clickhouse)) {
    expect(topics[relation], `${relation} in the topics`).toEqual(rows);
    expect(redis[relation], `${relation} in Redis`).toEqual(rows);
  }
  const numbers = await textRows(
    system,
    'SELECT draw, number FROM draw_tickets ORDER BY draw, number',
  );
  const counted = new Map<string, number>();
  for (const row of numbers) {
    const [draw = '', number] = row.split(' ');
    const expected = (counted.get(draw) ?? 0) + 1;
    expect(Number(number), `${draw} has no gap`).toBe(expected);
    counted.set(draw, expected);
  }
}
