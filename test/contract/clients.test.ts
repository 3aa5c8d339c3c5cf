import { createClient } from '@clickhouse/client';
import { clickhouseStatements } from '@semarak/schemas';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startClickHouseAlone, type ClickHouseAlone } from '../system/clickhouse-alone.ts';
import { prepareClient } from './clients/prepare.mjs';

/*
 * Each client that analysts and their tools use asks once, as the analyst: the Go, Java and Python ones in
 * programs of their own (test/contract/clients), of which each says what came of its questions.
 */
const programs = fileURLToPath(new URL('clients/', import.meta.url));
const programMsMax = 120_000;
const preparationMsMax = 1_200_000;

let clickhouse: ClickHouseAlone;

beforeAll(async () => {
  clickhouse = await startClickHouseAlone(22_890);
  for (const statement of clickhouseStatements()) await clickhouse.owner.command(statement);
  await clickhouse.owner.command(
    `INSERT INTO semarak_1.sale_postings (programme, programme_version, transaction_id, member_id, tenant_id,
       category, business_day, sold_at, amount, remaining, remaining_change, points, points_change, balance)
     SELECT 'pacific-place', 1, 'T-1/2014-12-01/1', 'M-1', 'tenant', 'fashion', '2014-12-01',
       '2014-12-01 05:00:00', 500000, 500000, 500000, 2, 2, 2`,
  );
});

afterAll(() => clickhouse.close());

/** Runs a program against the server; what it says, by the name of the question. */
async function answersOf(command: string, args: readonly string[]): Promise<unknown> {
  const env = {
    ...process.env,
    CLICKHOUSE_ADDRESS: new URL(clickhouse.url).host,
    CLICKHOUSE_USER: 'analyst',
    CLICKHOUSE_PASSWORD: clickhouse.password,
  };
  const ended = await promisify(execFile)(command, args, { env, timeout: programMsMax });
  return JSON.parse(ended.stdout);
}

const many = { rows: 200_000, sum: 19_999_900_000, last: '199999' };
const sale = { member: 'M-1', day: '2014-12-01', points: 2 };
const unknownTable = 60;
const refused = expect.toBeOneOf([164, 497]) as number;

describe('the analyst is answered through', () => {
  it(
    'clickhouse-go, as Grafana asks',
    async () => {
      const folder = await prepareClient('go');
      expect(await answersOf(join(folder, 'client'), [])).toEqual({
        'compression none': many,
        'compression lz4': many,
        'compression zstd': many,
        'compression gzip': many,
        'compression deflate': many,
        'compression br': many,
        server: true,
        query: sale,
        grafana: { category: 'fashion', spend: 500_000 },
        'external data': 1,
        'unknown table': unknownTable,
        drop: refused,
      });
    },
    preparationMsMax,
  );

  it(
    'JDBC, with what DBeaver and Metabase ask of a database',
    async () => {
      const folder = await prepareClient('java');
      const classpath = [join(folder, 'classes'), join(folder, 'lib', '*')].join(':');
      const answers = await answersOf('java', ['-cp', classpath, 'Client']);
      expect(answers).toEqual({
        'compression true': many,
        'compression false': many,
        'compression http': many,
        valid: true,
        query: { ...sale, columns: 4 },
        limited: 10,
        unlimited: 1_000,
        'metadata product': 'ClickHouse',
        'metadata user': 'analyst',
        'metadata catalogs': true,
        'metadata schemas': true,
        'metadata tables': expect.stringMatching(/\bpoints_ledger\b.*\bsales\b/) as string,
        'metadata columns': expect.stringMatching(/^programme transaction_id member_id/) as string,
        'metadata comments': { table: true, column: true },
        'metadata table types': true,
        'metadata types': true,
        'metadata functions': true,
        'metadata procedures': true,
        'metadata primary keys': true,
        'metadata indexes': true,
        'metadata imported keys': true,
        'metadata client info': true,
        cancel: expect.any(Number) as number,
        'unknown table': unknownTable,
        drop: refused,
      });
    },
    preparationMsMax,
  );

  it(
    'clickhouse-connect, as Superset asks',
    async () => {
      const folder = await prepareClient('python');
      const python = join(folder, 'bin', 'python');
      expect(await answersOf(python, [join(programs, 'python', 'client.py')])).toEqual({
        'compression none': many,
        'compression lz4': many,
        'compression gzip': many,
        'compression deflate': many,
        ping: true,
        query: { ...sale, formatted: 1, result_rows: 1 },
        session: 'analyst',
        'external data': 1,
        tables: true,
        'database api': ['fashion', 500_000],
        'unknown table': unknownTable,
        drop: refused,
      });
    },
    preparationMsMax,
  );

  it('@clickhouse/client', async () => {
    const client = createClient({
      url: clickhouse.url,
      username: 'analyst',
      password: clickhouse.password,
      database: 'semarak',
      compression: { response: true },
      clickhouse_settings: { max_execution_time: 600, mutations_sync: '1' },
    });
    try {
      expect(await client.ping({ select: true })).toEqual({ success: true });
      const answer = await client.query({
        query: 'SELECT sales.member_id, sales.points FROM sales WHERE programme = {p:String}',
        query_params: { p: 'pacific-place' },
        format: 'JSONCompactEachRow',
        query_id: 'contract-node',
      });
      expect(answer.query_id).toBe('contract-node');
      expect(await answer.json()).toEqual([['M-1', 2]]);
      await expect(client.query({ query: 'SELECT * FROM nowhere' })).rejects.toMatchObject({
        code: '60',
      });
    } finally {
      await client.close();
    }
  });
});
