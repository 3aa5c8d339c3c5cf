import type { ClickHouse } from '@semarak/infra/clickhouse';
import { serverPorts, startLocalStack } from '@semarak/infra/local-stack';
import { makeReportDatabase } from '@semarak/infra/report-database';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ReportsBench } from '../arguments.ts';
import type { Say } from '../stack/bench-stack.ts';
import { connectClickHouse } from '../stack/clickhouse.ts';
import { ask, median } from './answers.ts';
import { fill, monthsOf } from './fill.ts';
import { isEqual, plainAnswers } from './comparison.ts';
import { reportQuery, reports } from './queries.ts';
import type { Result } from './result.ts';

/** Timed runs of each query, after one that is not timed. */
const runs = 31;

/** Fills a report database of its own and times the reports: see `usage`. */
export async function benchReports(command: ReportsBench, say: Say): Promise<Result> {
  const kept = command.data;
  const dataDir = kept ?? (await mkdtemp(join(tmpdir(), 'semarak-bench-')));
  await rm(join(dataDir, 'clickhouse'), { recursive: true, force: true });
  const stack = await startLocalStack({
    dataDir,
    ports: serverPorts(command.portBase),
    servers: ['clickhouse'],
    keys: { analyst: 'nobody-asks' },
    progress: say,
  });
  const url = stack.urls.CLICKHOUSE_URL;
  const clickhouse = connectClickHouse(url);
  try {
    const { database } = await makeReportDatabase(clickhouse);
    await fill(clickhouse, { facts: database, ...command, say });
    const { transactions, members } = command;
    const measured = await measure(clickhouse, { url, transactions, say });
    return {
      transactions,
      members,
      sizes: await sizesOf(clickhouse, database),
      reports: measured,
    };
  } finally {
    await clickhouse.close();
    await stack.stop();
    if (kept === undefined) await rm(dataDir, { recursive: true, force: true });
  }
}

/** Times every report, then compares it with the plain query. */
async function measure(
  clickhouse: Pick<ClickHouse, 'command'>,
  { url, transactions, say }: { url: string; transactions: number; say: Say },
): Promise<Result['reports']> {
  const timed = [];
  for (const report of Object.keys(reports)) {
    say(`timing ${report}`);
    timed.push({
      report,
      all: await timesOf(url, reportQuery(report, 'all')),
      today: await timesOf(url, reportQuery(report, 'today')),
    });
  }
  say('looking at every sale, to compare');
  const months = monthsOf(transactions).map(({ firstDay }) => firstDay);
  const plain = await plainAnswers(clickhouse, { url, months });
  const compared = [];
  for (const { report, all, today } of timed) {
    const rows = plain.get(report) ?? [];
    const ofToday = rows.filter((row) => row.startsWith('today '));
    const equal = isEqual(rows, all.rows) && isEqual(ofToday, today.rows);
    compared.push({ report, equal, all: figures(all), today: figures(today) });
  }
  return compared;
}

type Timed = Awaited<ReturnType<typeof timesOf>>;

async function timesOf(url: string, query: string) {
  const { rows, rowsRead, bytesRead } = await ask(url, query);
  const times: number[] = [];
  for (let run = 0; run < runs; run++) times.push((await ask(url, query)).ms);
  return { rows, rowsRead, bytesRead, ms: median(times) };
}

const figures = ({ ms, rowsRead, bytesRead }: Timed) => ({
  ms: Math.round(ms * 10) / 10,
  rowsRead,
  bytesRead,
});

async function sizesOf(
  clickhouse: Pick<ClickHouse, 'query'>,
  database: string,
): Promise<Result['sizes']> {
  const [sizes] = await clickhouse.query<Result['sizes']>(
    `SELECT
       sumIf(rows, part_of = 'postings') AS postings,
       sumIf(bytes_on_disk, part_of = 'postings') AS postingsBytes,
       sumIf(rows, part_of = 'sums') AS sums,
       sumIf(bytes_on_disk, part_of = 'sums') AS sumsBytes,
       sumIf(rows, part_of = 'firsts') AS firsts,
       sumIf(bytes_on_disk, part_of = 'firsts') AS firstsBytes
     FROM
     (
       SELECT if(table = 'member_firsts', 'firsts', 'postings') AS part_of, rows, bytes_on_disk
       FROM system.parts
       WHERE active AND database = {database:String} AND table IN ('sale_postings', 'member_firsts')
       UNION ALL
       SELECT 'sums' AS part_of, rows, bytes_on_disk
       FROM system.projection_parts
       WHERE active AND database = {database:String} AND table = 'sale_postings'
     )`,
    { database },
  );
  if (sizes === undefined) throw new Error('ClickHouse does not say how large its tables are.');
  return sizes;
}
