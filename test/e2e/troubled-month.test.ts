import { holdingsOf, type MemberHoldings } from '@semarak/programme';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  heldInAnyOrder,
  heldInClickHouse,
  heldInRedis,
  heldInTopics,
  keptInClickHouse,
  histories,
  textRows,
  type Held,
} from '../system/holdings.ts';
import { runSimulator } from '../system/simulator.ts';
import { startSystem, type System } from '../system/system.ts';

const seed = 2014;
const month = ['load', '--seed', String(seed), '--days', '31', '--transactions', '7750'];
const trouble = [
  ...['--members', '700', '--offline-days', '9'],
  ...['refunds=0.1', 'voids=0.02', 'retries=0.05', 'longOfflineTerminals=0.3'].flatMap(share),
  ...['offlineTerminals=0.05', 'refundsElsewhere=0.3', 'tooLate=0.003'].flatMap(share),
];
const asOf = '2014-12-31';

function share(value: string): string[] {
  return ['--share', value];
}

interface Outcome {
  readonly exitCode: number | null;
  readonly output: string;
  readonly clickhouse: Held;
  /** Of it, what is not folded. */
  readonly kept: Held;
  readonly redis: Held;
  readonly topics: Held;
  readonly anyOrder: Held;
  readonly histories: ReadonlyMap<string, MemberHoldings>;
  /** Numbers of the draw, voided ones included. */
  readonly numbers: readonly number[];
  /** Tier changes that do not begin where the one before ended. */
  readonly brokenTierChanges: readonly string[];
}

/** Sends the month to a system of its own and reads everything that it holds then. */
async function send(at: {
  readonly portBase: number;
  readonly order: readonly string[];
}): Promise<Outcome> {
  const system = await startSystem({ portBase: at.portBase });
  try {
    const run = await runSimulator(system, [...month, ...trouble, ...at.order]).ended;
    const held = await histories(system);
    return {
      ...run,
      clickhouse: await heldInClickHouse(system),
      kept: await keptInClickHouse(system),
      redis: await heldInRedis(system),
      topics: await heldInTopics(system),
      anyOrder: await heldInAnyOrder(system, { asOf }),
      histories: new Map([...held].map(([name, state]) => [name, holdingsOf(state)])),
      numbers: (await textRows(system, 'SELECT number FROM draw_tickets ORDER BY number')).map(
        Number,
      ),
      brokenTierChanges: await brokenTierChanges(system),
    };
  } finally {
    await system.close();
  }
}

const brokenTierChanges = (system: System): Promise<string[]> =>
  textRows(
    system,
    `SELECT member_id, from_tier, before FROM (
      SELECT member_id, from_tier, lagInFrame(to_tier, 1, 'none') OVER (PARTITION BY member_id
        ORDER BY source_offset, ordinal ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS before
      FROM tier_changes) WHERE from_tier != before`,
  );

describe(`a month with refunds, voids, retries and terminals offline for days (seed ${seed})`, () => {
  let inOrder: Outcome;
  let shuffled: Outcome;
  beforeAll(async () => {
    inOrder = await send({ portBase: 24_400, order: [] });
    shuffled = await send({ portBase: 24_500, order: ['--shuffle', '7'] });
  });

  const each = [
    ['in order of receivedAt', () => inOrder],
    ['in another order', () => shuffled],
  ] as const;

  it.each(each)('%s equals the recount', (_, outcome) => {
    const { exitCode, output } = outcome();
    expect(exitCode, output).toBe(0);
    expect(output).toContain('Everything equals the recount');
  });

  it.each(each)('%s is the same in Redis and in the topics', (_, outcome) => {
    const { clickhouse, kept, redis, topics } = outcome();
    for (const [relation, rows] of Object.entries(clickhouse)) {
      expect(rows.length, relation).toBeGreaterThan(20);
      expect(topics[relation], `${relation} in the topics`).toEqual(rows);
      if (relation !== 'refusals')
        expect(redis[relation], `${relation} in Redis`).toEqual(kept[relation] ?? rows);
    }
    // None is folded: a record that came too late does not move its member's clock.
    expect(redis['sales']).toHaveLength(clickhouse['sales']?.length ?? 0);
    expect(redis['refusals']?.length).toBeGreaterThan(20);
    expect(clickhouse['refusals']).toEqual(expect.arrayContaining([...(redis['refusals'] ?? [])]));
    expect(clickhouse['refusals']?.join()).toContain('too_late');
  });

  it.each(each)(
    '%s numbers the draw without a gap and changes tiers step by step',
    (_, outcome) => {
      const { numbers, brokenTierChanges } = outcome();
      expect(numbers).toEqual(numbers.map((__, index) => index + 1));
      expect(brokenTierChanges).toEqual([]);
    },
  );

  it('ends in the same holdings in both orders', () => {
    for (const [relation, rows] of Object.entries(inOrder.anyOrder))
      expect(shuffled.anyOrder[relation], relation).toEqual(rows);
    expect(shuffled.histories.size).toBe(inOrder.histories.size);
    for (const [name, held] of inOrder.histories)
      expect(shuffled.histories.get(name), name).toEqual(held);
  });
});
