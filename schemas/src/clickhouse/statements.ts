import { readdirSync, readFileSync } from 'node:fs';

const directory = new URL('../../clickhouse/', import.meta.url);
const factsFile = '20-facts.sql';
const factsPlaceholder = '{facts:Identifier}';

/** The first generation of facts. */
export const firstGeneration = 'semarak_1';

/** Which database has the facts that everybody reads. */
export interface Generation {
  readonly database: string;
  /** The highest number that a generation was ever given: none is given twice. */
  readonly newest: number;
}

/** Split at a semicolon that ends a line. */
const statementsOf = (file: string): string[] =>
  readFileSync(new URL(file, directory), 'utf8')
    .split(/;[ \t]*(?:\n|$)/)
    .map((statement) => statement.trim())
    .filter((statement) => statement.replace(/^--.*$/gm, '').trim() !== '');

/** The statements that make a generation's database and tables, in order; each can be run again. */
export const factStatements = (database: string): string[] => [
  `CREATE DATABASE IF NOT EXISTS ${database}`,
  ...statementsOf(factsFile).map((statement) => statement.replaceAll(factsPlaceholder, database)),
];

/** The names of the tables of a generation, without a database. */
export const factTables = (): string[] => tablesWhere(() => true);

/** Those that keep one row for each key of theirs, which has to be asked for. */
const replacingTables = (): string[] =>
  tablesWhere((statement) => statement.includes('ENGINE = ReplacingMergeTree'));

const tablesWhere = (isMeant: (statement: string) => boolean): string[] =>
  statementsOf(factsFile).flatMap((statement) => {
    const name = /CREATE TABLE IF NOT EXISTS \S+\.(\S+)/.exec(statement)?.[1];
    return name === undefined || !isMeant(statement) ? [] : [name];
  });

/**
 * Names the generation that everybody reads. One statement, which ClickHouse runs as a whole: whoever reads
 * through the views of factViewStatement reads one generation or the other. It is refused when there is no
 * such database, since the view mentions a table of it.
 */
export const generationStatement = ({ database, newest }: Generation): string =>
  `CREATE OR REPLACE VIEW semarak.generation AS
SELECT '${database}' AS database, toUInt32(${newest}) AS newest
FROM (SELECT count() FROM ${database}.${factTables()[0] ?? ''})
COMMENT 'Which database has the facts: not for queries, may change'`;

/**
 * The view in `semarak` over a table of facts, which lies in these databases. With several of them it has
 * the rows of the one that `semarak.generation` names when a query begins, the same for the whole query.
 */
export function factViewStatement({
  table,
  databases,
}: {
  readonly table: string;
  readonly databases: readonly string[];
}): string {
  const [only, ...others] = databases;
  const create = `CREATE OR REPLACE VIEW semarak.${table} AS\n`;
  const rows = replacingTables().includes(table) ? `${table} FINAL` : table;
  const comment = `\nCOMMENT 'Facts that the relations are computed from: not for queries, may change'`;
  if (only !== undefined && others.length === 0)
    return `${create}SELECT * FROM ${only}.${rows}${comment}`;
  const parts = databases.map(
    (database) => `SELECT * FROM ${database}.${rows}
WHERE (SELECT database FROM semarak.generation) = '${database}'`,
  );
  return create + parts.join('\nUNION ALL\n') + comment;
}

/** The statements that make everything over the facts' views, in order; each can be run again. */
export const relationStatements = (): string[] =>
  readdirSync(directory)
    .filter((file) => file.endsWith('.sql') && file > factsFile)
    .sort()
    .flatMap(statementsOf);

/**
 * The statements that make the database `semarak` where nothing is yet, in order, with the facts in their
 * first generation. Each can be run again without effect as long as there is no other generation.
 */
export const clickhouseStatements = (): string[] => [
  ...statementsOf('10-database.sql'),
  ...factStatements(firstGeneration),
  generationStatement({ database: firstGeneration, newest: 1 }),
  ...factTables().map((table) => factViewStatement({ table, databases: [firstGeneration] })),
  ...relationStatements(),
];
