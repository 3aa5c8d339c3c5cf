import { clickhouseStatements } from '@semarak/schemas';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startClickHouseAlone, type ClickHouseAlone } from '../system/clickhouse-alone.ts';

/*
 * Statements as people and tools write them who know SQL and not how the relations are made: names of
 * relations in front of columns, joins without aliases.
 */
let clickhouse: ClickHouseAlone;

beforeAll(async () => {
  clickhouse = await startClickHouseAlone(22_870);
  for (const statement of clickhouseStatements()) await clickhouse.owner.command(statement);
});

afterAll(() => clickhouse.close());

interface Relation {
  readonly name: string;
  readonly columns: readonly string[];
}

const relations = (): Promise<Relation[]> =>
  clickhouse.analyst.query<Relation>(
    `SELECT c.table AS name, groupArray(c.name) AS columns
     FROM (SELECT * FROM system.columns WHERE database = 'semarak' ORDER BY table, position) AS c
     JOIN system.tables AS t ON t.database = c.database AND t.name = c.table
     WHERE empty(t.parameterized_view_parameters)
     GROUP BY c.table ORDER BY c.table`,
  );

describe('the analyst', () => {
  it('may put the name of every relation before its columns', async () => {
    const found = await relations();
    expect(found.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['sales', 'members', 'points_ledger', 'draw_tickets', 'gifts']),
    );
    for (const { name, columns } of found) {
      const list = columns.map((column) => `${name}.${column}`).join(', ');
      await clickhouse.analyst.query(`SELECT ${list} FROM semarak.${name} LIMIT 1`);
      const full = columns.map((column) => `semarak.${name}.${column}`).join(', ');
      await clickhouse.analyst.query(`SELECT ${full} FROM semarak.${name} LIMIT 1`);
    }
  });

  it.each([
    `SELECT sales.category, sum(points_ledger.points)
     FROM semarak.sales JOIN semarak.points_ledger
       ON sales.programme = points_ledger.programme AND sales.transaction_id = points_ledger.transaction_id
     GROUP BY sales.category`,
    `SELECT members.tier, count(*) FROM semarak.sales
     LEFT JOIN semarak.members USING (programme, member_id) GROUP BY members.tier`,
    `SELECT tenants.name, sales.amount FROM semarak.sales, semarak.tenants
     WHERE sales.programme = tenants.programme AND sales.tenant_id = tenants.tenant_id`,
    `SELECT * FROM semarak.sales JOIN semarak.members ON sales.member_id = members.member_id
     JOIN semarak.gifts ON gifts.member_id = members.member_id`,
    `SELECT category FROM semarak.sales WHERE EXISTS
       (SELECT 1 FROM semarak.gifts WHERE gifts.transaction_id = sales.transaction_id)`,
  ])('joins relations without aliases: %s', async (statement) => {
    expect(await clickhouse.analyst.query(statement)).toEqual([]);
  });
});
