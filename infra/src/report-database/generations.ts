import {
  factStatements,
  factTables,
  factViewStatement,
  firstGeneration,
  generationStatement,
  relationStatements,
  type Generation,
} from '@semarak/schemas';
import { createHash } from 'node:crypto';
import type { ClickHouse } from '../clickhouse/client.ts';
import { ClickHouseRefused } from '../clickhouse/errors.ts';

type Statements = Pick<ClickHouse, 'command' | 'query'>;

/** The generation that everybody reads, with the id of its database. */
export interface CurrentGeneration extends Generation {
  /** Another one after the database was dropped and made again; empty when there is none of this name. */
  readonly id: string;
}

/** SQL for `CurrentGeneration.id`, of the generation that everybody reads when the query begins. */
export const currentIdSql = `ifNull((SELECT toString(uuid) FROM system.databases
    WHERE name = (SELECT database FROM semarak.generation)), '')`;

/**
 * Settings for our own queries over the views: a view is planned as part of the query, not as a query of its
 * own, which takes a tenth off the reports. The view then loses its name, so that `sales.category` is unknown
 * and a join needs aliases: for queries that we write ourselves, never a default.
 */
export const inlineViews = { analyzer_inline_views: 1 } as const;

const unknownTable = '60';
const unknownDatabase = '81';
const namePattern = /^semarak_(\d+)$/;

const numberOf = (database: string): number => Number(namePattern.exec(database)?.[1]);

/** Undefined before the report database is made. Throws what the client throws. */
export async function currentGeneration(
  clickhouse: Pick<ClickHouse, 'query'>,
): Promise<CurrentGeneration | undefined> {
  try {
    const [found] = await clickhouse.query<CurrentGeneration>(
      `SELECT database, newest, ${currentIdSql} AS id
       FROM semarak.generation`,
    );
    return found;
  } catch (error) {
    const isNotMade =
      error instanceof ClickHouseRefused &&
      [unknownTable, unknownDatabase].includes(error.serverCode);
    if (isNotMade) return undefined;
    throw error;
  }
}

/**
 * Makes what is missing of the report database, with the facts in the current generation. It can be run at
 * any time, also while the facts are made again. Without a current generation that of the only database of
 * facts is taken, and a new one when there is none or when it cannot be told which was the current one.
 */
export async function makeReportDatabase(clickhouse: Statements): Promise<Generation> {
  await clickhouse.command('CREATE DATABASE IF NOT EXISTS semarak');
  const current = await currentGeneration(clickhouse);
  const generation = current ?? unnamed(await databasesOfFacts(clickhouse));
  if ((await commentOfDatabase(clickhouse)) === (await commentWhenMade(clickhouse, generation)))
    return generation;
  for (const statement of factStatements(generation.database)) await clickhouse.command(statement);
  if (current === undefined) await clickhouse.command(generationStatement(generation));
  await makeFactViews(clickhouse, () => true);
  for (const statement of relationStatements()) await clickhouse.command(statement);
  const comment = await commentWhenMade(clickhouse, generation);
  await clickhouse.command(`ALTER DATABASE semarak MODIFY COMMENT '${comment}'`);
  return generation;
}

async function commentOfDatabase(clickhouse: Pick<ClickHouse, 'query'>): Promise<string> {
  const [semarak] = await clickhouse.query<{ comment: string }>(
    "SELECT comment FROM system.databases WHERE name = 'semarak'",
  );
  return semarak?.comment ?? '';
}

/**
 * What the comment of the database is when these statements made it and it has not changed since. To make a
 * database that is whole again takes some 150 statements, seconds of each start.
 */
async function commentWhenMade(
  clickhouse: Pick<ClickHouse, 'query'>,
  { database }: Generation,
): Promise<string> {
  const statements = [...factStatements(database), ...relationStatements()];
  const relations = await clickhouse.query<{ database: string; name: string }>(
    `SELECT database, name, create_table_query FROM system.tables
     WHERE database = 'semarak' OR match(database, {pattern:String}) ORDER BY database, name`,
    { pattern: namePattern.source },
  );
  return `Made by the statements ${digestOf(statements)}, which left it as ${digestOf(relations)}`;
}

const digestOf = (value: unknown): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);

function unnamed(databases: readonly string[]): Generation {
  const [only = firstGeneration, ...others] = databases;
  if (others.length === 0) return { database: only, newest: numberOf(only) };
  const newest = Math.max(...databases.map(numberOf)) + 1;
  return { database: `semarak_${newest}`, newest };
}

/**
 * Makes the empty database of the next generation, which nobody reads yet. Its number was never given
 * before, so that whoever still writes to a former attempt's database does not write to this one.
 */
export async function makeNextGeneration(clickhouse: Statements): Promise<CurrentGeneration> {
  const current = await currentGeneration(clickhouse);
  if (current === undefined)
    throw new Error(
      'ClickHouse has no report database yet: start the system once, which makes it.',
    );
  const existing = (await databasesOfFacts(clickhouse)).map(numberOf);
  const newest = Math.max(current.newest, ...existing) + 1;
  await clickhouse.command(generationStatement({ database: current.database, newest }));
  const database = `semarak_${newest}`;
  for (const statement of factStatements(database)) await clickhouse.command(statement);
  const [made] = await clickhouse.query<{ id: string }>(
    'SELECT toString(uuid) AS id FROM system.databases WHERE name = {database:String}',
    { database },
  );
  if (made === undefined) throw new Error(`ClickHouse has lost ${database}, which was just made.`);
  return { database, newest, id: made.id };
}

/**
 * From now on everybody reads this generation. First the views read from both, each row of them only when
 * its generation is the one that is named; then one statement names the new one, for all of them.
 */
export async function swapTo(clickhouse: Statements, generation: Generation): Promise<void> {
  await makeFactViews(clickhouse, () => true);
  await clickhouse.command(generationStatement(generation));
}

/** The views read from the current generation alone; databases of other generations, as they are left. */
export async function unusedGenerations(clickhouse: Statements): Promise<string[]> {
  const current = await currentGeneration(clickhouse);
  if (current === undefined) return [];
  await makeFactViews(clickhouse, (database) => database === current.database);
  const databases = await databasesOfFacts(clickhouse);
  return databases.filter((database) => database !== current.database);
}

/** Drops a generation that is not the current one. A query that reads from it goes on to its end. */
export async function dropGeneration(clickhouse: Statements, database: string): Promise<void> {
  const current = await currentGeneration(clickhouse);
  if (current === undefined || current.database === database)
    throw new Error(`${database} is what everybody reads and is not dropped.`);
  await makeFactViews(clickhouse, (name) => name !== database);
  await clickhouse.command(`DROP DATABASE IF EXISTS ${database}`);
}

async function databasesOfFacts(clickhouse: Pick<ClickHouse, 'query'>): Promise<string[]> {
  const found = await clickhouse.query<{ name: string }>('SELECT name FROM system.databases');
  return found
    .map(({ name }) => name)
    .filter((name) => namePattern.test(name))
    .sort((one, other) => numberOf(one) - numberOf(other));
}

/** A database that lacks a table, because its making was interrupted, is not the current one. */
async function makeFactViews(
  clickhouse: Statements,
  isRead: (database: string) => boolean,
): Promise<void> {
  const databases = (await databasesOfFacts(clickhouse)).filter(isRead);
  const tables = await clickhouse.query<{ database: string; name: string }>(
    'SELECT database, name FROM system.tables WHERE database IN {databases:Array(String)}',
    { databases },
  );
  const existing = new Set(tables.map(({ database, name }) => `${database}.${name}`));
  for (const table of factTables())
    await clickhouse.command(
      factViewStatement({
        table,
        databases: databases.filter((database) => existing.has(`${database}.${table}`)),
      }),
    );
}
