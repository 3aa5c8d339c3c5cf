import { accessHeaders, clickHouseAccess } from '@semarak/infra/clickhouse';
import { currentGeneration } from '@semarak/infra/report-database';
import { connectClickHouse } from '../stack/clickhouse.ts';
import type { Bare } from './bare-kafka.ts';

/** As the projector inserts. */
const rowsPerInsert = 10_000;
const connections = 4;

/** Where rows are copied to. */
const database = 'ceiling';

interface Block {
  readonly table: string;
  /** That the projector writes, as they stand in a list. */
  readonly columns: string;
  readonly rows: number;
  readonly body: ArrayBuffer;
}

/**
 * Inserts the rows of the report database once more, into tables like theirs that are gone afterwards: of
 * each partition of the log in its order, as bytes that were ready before.
 */
export async function insert(url: string, { recordsMax }: { recordsMax: number }): Promise<Bare> {
  const clickhouse = connectClickHouse(url);
  const generation = await currentGeneration(clickhouse);
  if (generation === undefined) throw new Error('There is no report database.');
  const tables = await clickhouse.query<Pick<Block, 'table' | 'columns' | 'rows'>>(
    `SELECT table, columns, sum(rows) AS rows FROM system.parts
     JOIN (SELECT table, arrayStringConcat(groupArray(name), ', ') AS columns FROM system.columns
           WHERE database = {database:String} AND default_kind = '' GROUP BY table) AS written USING table
     WHERE active AND database = {database:String} GROUP BY table, columns`,
    { database: generation.database },
  );
  const share = recordsMax / tables.reduce((sum, { rows }) => sum + rows, 0);
  await clickhouse.command(`CREATE DATABASE ${database}`);
  const blocks: Block[] = [];
  for (const { table, columns } of tables) {
    const source = `${generation.database}.${table}`;
    await clickhouse.command(`CREATE TABLE ${database}.${table} AS ${source}`);
    const partitions = await clickhouse.query<{
      readonly partition: number;
      readonly rows: number;
    }>(`SELECT source_partition AS partition, count() AS rows FROM ${source} GROUP BY partition`);
    for (const { partition, rows } of partitions) {
      const rowsMax = Math.ceil(rows * Math.min(1, share));
      for (let from = 0; from < rowsMax; from += rowsPerInsert) {
        const limit = Math.min(rowsPerInsert, rowsMax - from);
        const body = await answerTo(
          url,
          `SELECT ${columns} FROM ${source} WHERE source_partition = ${partition}
           ORDER BY source_offset, ordinal LIMIT ${from}, ${limit} FORMAT RowBinary`,
        );
        blocks.push({ table, columns, rows: limit, body });
      }
    }
  }
  const bare = await insertAll(url, blocks);
  await clickhouse.command(`DROP DATABASE ${database}`);
  await clickhouse.close();
  return bare;
}

async function insertAll(url: string, blocks: readonly Block[]): Promise<Bare> {
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  let next = 0;
  const connection = async (): Promise<void> => {
    for (let block = blocks[next++]; block !== undefined; block = blocks[next++]) {
      const statement = `INSERT INTO ${database}.${block.table} (${block.columns}) FORMAT RowBinary`;
      const target = new URL(url);
      target.searchParams.set('query', statement);
      await answerTo(target.href, block.body);
    }
  };
  await Promise.all(Array.from({ length: connections }, connection));
  const seconds = (performance.now() - startedAt) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  const records = blocks.reduce((sum, { rows }) => sum + rows, 0);
  return { records, seconds, cpuSeconds: (user + system) / 1_000_000 };
}

/** Plain HTTP. Throws with what ClickHouse says when it does not do it. */
async function answerTo(url: string, body: string | ArrayBuffer): Promise<ArrayBuffer> {
  const access = clickHouseAccess(url);
  const headers = accessHeaders(access);
  const response = await fetch(access.url, { method: 'POST', headers, body });
  if (!response.ok) throw new Error(await response.text());
  return response.arrayBuffer();
}
