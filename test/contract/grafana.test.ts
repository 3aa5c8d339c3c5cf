import { createClient, type ClickHouseClient } from '@clickhouse/client';
import { clickhouseStatements, firstGeneration } from '@semarak/schemas';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startClickHouseAlone, type ClickHouseAlone } from '../system/clickhouse-alone.ts';

const directory = fileURLToPath(new URL('../../infra/grafana/dashboards/', import.meta.url));

interface Variable {
  readonly name: string;
  readonly type: string;
  readonly query: string;
}

interface Dashboard {
  readonly title: string;
  readonly panels: readonly {
    readonly title: string;
    readonly targets: readonly { readonly rawSql: string }[];
  }[];
  readonly templating: { readonly list: readonly Variable[] };
}

const dashboards = readdirSync(directory).map(
  (file) => JSON.parse(readFileSync(join(directory, file), 'utf8')) as Dashboard,
);
const statements = dashboards.flatMap(({ title, panels, templating }) =>
  panels.flatMap((panel) =>
    panel.targets.map(({ rawSql }) => ({
      place: `${title} / ${panel.title}`,
      sql: rawSql,
      variables: templating.list,
    })),
  ),
);

const programme = 'pacific-place';
const dayMs = 86_400_000;

/** The times at which somebody looks, on the mall’s clock: both are 24 December there. */
const looks = [
  { clock: '03:00', at: Date.parse('2014-12-24T03:00:00+07:00') },
  { clock: '23:30', at: Date.parse('2014-12-24T23:30:00+07:00') },
];

/** What Grafana and its ClickHouse plugin put in the place of variables and macros, variable by variable. */
async function filledIn(
  { sql, variables }: { sql: string; variables: readonly Variable[] },
  at: number,
): Promise<string> {
  const seconds = (ms: number) => String(Math.floor(ms / 1_000));
  const values: Record<string, string> = {
    '${programme}': programme,
    '${period}': 'month_to_date',
    '${__to:date:seconds}': seconds(at),
    $__fromTime: `toDateTime(${seconds(at - 2 * dayMs)})`,
    $__toTime: `toDateTime(${seconds(at)})`,
  };
  const filled = (text: string): string =>
    Object.entries(values).reduce((all, [name, value]) => all.replaceAll(name, value), text);
  for (const { name, type, query } of variables) {
    const place = `\${${name}}`;
    if (type !== 'query' || place in values) continue;
    const [row] = await rows<Record<string, string>>(filled(query));
    values[place] = Object.values(row ?? {})[0] ?? '';
  }
  const query = filled(sql);
  expect(query).not.toContain('$');
  return query;
}

async function rows<Row>(query: string): Promise<Row[]> {
  const answer = await analyst.query({ query, format: 'JSONEachRow' });
  return await answer.json<Row>();
}

let clickhouse: ClickHouseAlone;
let analyst: ClickHouseClient;

beforeAll(async () => {
  clickhouse = await startClickHouseAlone(22_850);
  for (const statement of clickhouseStatements()) await clickhouse.owner.command(statement);
  const { url, password } = clickhouse;
  analyst = createClient({ url, username: 'analyst', password });
  await clickhouse.owner.command(`INSERT INTO ${firstGeneration}.programme_publications
      (programme, version, effective_from, time_zone)
    VALUES ('${programme}', 1, '2014-12-01T00:00', 'Asia/Jakarta')`);
  // Late in the evening of the mall’s 23rd, early on its 24th, and that afternoon.
  await clickhouse.owner.command(`INSERT INTO ${firstGeneration}.member_enrolments
      (programme, member_id, enrolled_at, source_offset)
    VALUES ('${programme}', 'A', '2014-12-23 16:30:00', 1), ('${programme}', 'B', '2014-12-23 19:00:00', 2),
      ('${programme}', 'C', '2014-12-24 08:00:00', 3)`);
});

afterAll(async () => {
  await analyst.close();
  await clickhouse.close();
});

describe('Grafana’s dashboards', () => {
  it('are there, for management and for analysts', () => {
    expect(dashboards.map(({ title }) => title.split(':')[0])).toEqual(['Analysts', 'Management']);
  });

  describe.each(looks)('looked at when the mall’s clock says $clock', ({ at }) => {
    it.each(statements)('ask what the database answers the analyst: $place', async (statement) => {
      await expect(rows(await filledIn(statement, at))).resolves.toBeInstanceOf(Array);
    });

    it('ask for the mall’s day, whatever clock the viewer has', async () => {
      const asked = await Promise.all(statements.map((statement) => filledIn(statement, at)));
      const dates = asked.flatMap((query) =>
        [...query.matchAll(/as_of = '([^']*)'/g)].map(([, date]) => date),
      );
      expect(new Set(dates)).toEqual(new Set(['2014-12-24']));
    });

    it('begin the mall’s day at its midnight', async () => {
      const daily = statements.filter(({ sql }) => sql.includes('report_new_members_by_day'));
      expect(daily).not.toEqual([]);
      for (const statement of daily) {
        const found = await rows<{ time: string; members: string }>(
          `SELECT toString(toUnixTimestamp(time)) AS time, toString(new_members) AS members
           FROM (${await filledIn(statement, at)}) WHERE new_members > 0`,
        );
        const seconds = (text: string) => String(Date.parse(text) / 1_000);
        expect(found).toEqual([
          { time: seconds('2014-12-23T00:00:00+07:00'), members: '1' },
          { time: seconds('2014-12-24T00:00:00+07:00'), members: '2' },
        ]);
      }
    });
  });

  it('ask the variables of each dashboard', async () => {
    const variables = dashboards.flatMap(({ templating }) =>
      templating.list.map((variable) => ({ sql: variable.query, variables: templating.list })),
    );
    const queries = variables.filter(({ sql }) => sql.startsWith('SELECT'));
    expect(queries.length).toBeGreaterThan(2);
    for (const query of queries)
      expect(await rows(await filledIn(query, looks[0]?.at ?? 0))).toHaveLength(1);
  });

  it('show every report', async () => {
    const answer = await analyst.query({
      query: `SELECT name FROM system.tables WHERE database = 'semarak' AND name LIKE 'report\\_%'`,
      format: 'JSONEachRow',
    });
    const reports = (await answer.json<{ name: string }>()).map(({ name }) => name);
    expect(reports.length).toBeGreaterThan(5);
    const asked = statements.map(({ sql }) => sql).join('\n');
    expect(reports.filter((name) => !asked.includes(`semarak.${name}(`))).toEqual([]);
  });
});
