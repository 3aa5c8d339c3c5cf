import { createClient, type ClickHouseClient } from '@clickhouse/client';
import { clickhouseStatements } from '@semarak/schemas';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startClickHouseAlone, type ClickHouseAlone } from '../system/clickhouse-alone.ts';

const directory = fileURLToPath(new URL('../../infra/grafana/dashboards/', import.meta.url));

interface Dashboard {
  readonly title: string;
  readonly panels: readonly {
    readonly title: string;
    readonly targets: readonly { readonly rawSql: string }[];
  }[];
  readonly templating: {
    readonly list: readonly { readonly type: string; readonly query: string }[];
  };
}

const dashboards = readdirSync(directory).map(
  (file) => JSON.parse(readFileSync(join(directory, file), 'utf8')) as Dashboard,
);
const statements = dashboards.flatMap(({ title, panels, templating }) => [
  ...panels.flatMap((panel) =>
    panel.targets.map(({ rawSql }) => ({ place: `${title} / ${panel.title}`, sql: rawSql })),
  ),
  ...templating.list
    .filter(({ type }) => type === 'query')
    .map(({ query }) => ({ place: `${title} / a variable`, sql: query })),
]);

/** What Grafana and its ClickHouse plugin put in the place of variables and macros. */
const values: Readonly<Record<string, string>> = {
  '${programme}': 'pacific-place',
  '${period}': 'month_to_date',
  '${__to:date:YYYY-MM-DD}': '2014-12-24',
  $__fromTime: 'toDateTime(1417392000)',
  $__toTime: 'toDateTime(1419465599)',
};

const filledIn = (sql: string): string =>
  Object.entries(values).reduce((text, [name, value]) => text.replaceAll(name, value), sql);

let clickhouse: ClickHouseAlone;
let analyst: ClickHouseClient;

beforeAll(async () => {
  clickhouse = await startClickHouseAlone(22_850);
  for (const statement of clickhouseStatements()) await clickhouse.owner.command(statement);
  const { url, password } = clickhouse;
  analyst = createClient({ url, username: 'analyst', password });
});

afterAll(async () => {
  await analyst.close();
  await clickhouse.close();
});

describe('Grafana’s dashboards', () => {
  it('are there, for management and for analysts', () => {
    expect(dashboards.map(({ title }) => title.split(':')[0])).toEqual(['Analysts', 'Management']);
  });

  it.each(statements)('ask what the database answers the analyst: $place', async ({ sql }) => {
    const query = filledIn(sql);
    expect(query).not.toContain('$');
    const answer = await analyst.query({ query, format: 'JSON' });
    expect(await answer.json()).toHaveProperty('data');
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
