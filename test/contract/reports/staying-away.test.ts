import type { ClickHouse } from '@semarak/infra/clickhouse';
import { makeReportDatabase } from '@semarak/infra/report-database';
import {
  compileRules,
  holdingsOf,
  withClosedDay,
  type MemberState,
  type ProgrammeRules,
} from '@semarak/programme';
import { factsOf } from '@semarak/projector/facts';
import { isoDate, type ProgrammeDocument } from '@semarak/schemas';
import { env } from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startClickHouseAlone, type ClickHouseAlone } from '../../system/clickhouse-alone.ts';
import { chanceHistory } from './mall.ts';
import { insert, writeHistory } from './rows.ts';
import type { Row } from './sales.ts';

const portBase = 25_120;
const programme = 'pacific-place';
const seed = Number(env['REPORTS_SEED'] ?? Math.trunc(Math.random() * 2 ** 31));

/** Tiers end as points do, the higher ones sooner, and are reached by what members spend here. */
const endingTiers = (document: ProgrammeDocument): ProgrammeDocument => ({
  ...document,
  tiers: document.tiers.map((tier, rank) => ({
    ...tier,
    monthSpend: rank === 0 ? 0 : tier.monthSpend / (rank === 2 ? 10 : 1),
    keep: rank === 0 ? 'forever' : { months: 3 - rank },
  })),
});

let alone: ClickHouseAlone;
let clickhouse: ClickHouse;
let members: ReadonlyMap<string, MemberState>;
let rules: ProgrammeRules;
let lastDay = 0;

beforeAll(async () => {
  console.info(`REPORTS_SEED=${String(seed)}`);
  alone = await startClickHouseAlone(portBase);
  clickhouse = alone.owner;
  await makeReportDatabase(clickhouse);
  const chance = chanceHistory({ programme, seed, members: 60, sales: 900 });
  const history = { ...chance, documents: chance.documents.map(endingTiers) };
  const states = await writeHistory(clickhouse, history);
  rules = compileRules(history.documents);
  members = new Map(
    [...states].flatMap(([name, state]) =>
      name.split('/').length === 2 ? [[name.split('/')[1] ?? '', state as MemberState]] : [],
    ),
  );
  for (const { type, value } of history.arrivals)
    if (type === 'TransactionRecorded') lastDay = Math.max(lastDay, value.businessDay);
});

afterAll(async () => {
  await alone.close();
});

const enrolled = () =>
  [...members].filter(([, state]) => holdingsOf(state).enrolledAt !== null).sort();

/** What each member holds once a day is closed, by the engine; undefined: as it was told last. */
const held = (closed?: number) =>
  enrolled().map(([memberId, state]) => {
    const by = closed === undefined ? undefined : withClosedDay(rules, closed);
    const { tier, points } = holdingsOf(state, by);
    return `${memberId} ${tier} ${String(points)}`;
  });

const inClickHouse = async () => {
  const rows = await clickhouse.query<Row>(
    `SELECT member_id, tier, points FROM semarak.members WHERE programme = '${programme}'`,
  );
  return rows.map((row) => Object.values(row).join(' ')).sort();
};

describe('members who stay away', () => {
  it('have lost in ClickHouse what the ends of closed months have taken, and no more', async () => {
    expect(await inClickHouse()).toEqual(held());
    let before = held();
    let changes = 0;
    for (const [index, days] of [0, 28, 59, 90, 150, 400].entries()) {
      const businessDay = lastDay + days;
      const value = { programme, businessDay, closedAt: 0, partitions: 1 };
      const at = { partition: 0, offset: 1_000_000 + index };
      await insert(clickhouse, factsOf({ type: 'BusinessDayClosed', value }, at));
      const now = held(businessDay);
      if (now.join() !== before.join()) changes++;
      before = now;
      expect({ [isoDate(businessDay)]: await inClickHouse() }).toEqual({
        [isoDate(businessDay)]: now,
      });
    }
    expect(changes).toBeGreaterThan(1);
  });

  it('have a ledger and steps of tiers that come to the same', async () => {
    const [sums] = await clickhouse.query<Row>(
      `SELECT sum(points) AS points, countIf(source_offset < 0) > 0 AS has_untold
       FROM semarak.points_ledger WHERE programme = '${programme}' AND member_id IN (
         SELECT member_id FROM semarak.members WHERE programme = '${programme}')`,
    );
    const [of] = await clickhouse.query<Row>(
      `SELECT sum(points) AS points FROM semarak.members WHERE programme = '${programme}'`,
    );
    expect(sums).toEqual({ points: of?.['points'], has_untold: 1 });
    const last = await clickhouse.query<Row>(
      `SELECT c.member_id AS member_id, argMax(c.to_tier, (c.source_offset < 0, c.occurred_at * (
           c.source_offset < 0), c.source_offset, c.ordinal)) AS tier
       FROM (SELECT *, toUnixTimestamp64Milli(occurred_at) AS occurred_at FROM semarak.tier_changes) AS c
       WHERE c.programme = '${programme}' GROUP BY member_id`,
    );
    const tiers = new Map(last.map(({ member_id, tier }) => [member_id, tier]));
    const now = held(lastDay + 400).map((line) => line.split(' '));
    expect(now.map(([member]) => tiers.get(member ?? '') ?? 'none')).toEqual(
      now.map(([, tier]) => tier),
    );
  });
});
