import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  ClickHouseOutside,
  literal,
  users,
  type Asked,
  type User,
} from '../system/clickhouse-outside.ts';

/*
 * Every function, format, engine, source and system table that the engine lists, as a user would try it:
 * a newer engine with more of them fails here.
 */

let clickhouse: ClickHouseOutside;
beforeAll(async () => {
  clickhouse = await ClickHouseOutside.start();
});
afterAll(() => clickhouse.close());

/** Statements that put a table function where one can stand. */
const placesOf = (user: User): readonly ((call: string) => string)[] => [
  (call) => `SELECT * FROM ${call} FORMAT Null`,
  (call) => `DESCRIBE TABLE ${call} FORMAT Null`,
  (call) => `EXPLAIN SELECT * FROM (SELECT 1 WHERE 1 IN (SELECT 1 FROM ${call})) FORMAT Null`,
  ...(user === 'analyst'
    ? []
    : [
        (call: string) => `INSERT INTO FUNCTION ${call} SELECT 'x'`,
        (call: string) => `INSERT INTO FUNCTION ${call} VALUES ('x')`,
        (call: string) => `CREATE OR REPLACE VIEW semarak.reaching AS SELECT * FROM ${call}`,
        (call: string) => `CREATE TABLE semarak.reaching AS ${call}`,
      ]),
];

/**
 * Those that read what stands in the database or in the statement. `format` is a function too, which takes
 * any text that is no format; `input` is not implemented.
 */
const harmlessTableFunctions = [
  'SQLStandardValues',
  ...['dictionary', 'format', 'fuzzQuery', 'generateSeries', 'generate_series', 'loop', 'merge'],
  ...['mergeTreeAnalyzeIndexes', 'mergeTreeIndex', 'mergeTreeProjection', 'mergeTreeTextIndex'],
  ...['numbers', 'numbers_mt', 'primes', 'prometheusQuery', 'prometheusQueryRange'],
  ...['timeSeriesData', 'timeSeriesMetrics', 'timeSeriesSamples', 'timeSeriesSelector'],
  ...['timeSeriesTags', 'values', 'view', 'viewExplain', 'viewIfPermitted', 'zeros', 'zeros_mt'],
];

test.each(users)('table functions lead %s nowhere', async (user) => {
  const functions = await clickhouse.names('SELECT name FROM system.table_functions');
  const lists = clickhouse.argumentLists();
  const places = placesOf(user);
  const tried = functions.flatMap((name) => [
    ...lists.map((list) => ({ name, list, place: places[0] })),
    ...places.slice(1).map((place, at) => ({ name, list: lists[at % lists.length] ?? '', place })),
  ]);
  const asked = tried.map(({ name, list, place }) => {
    return { name, user, body: place?.(`${name}(${list})`) ?? '' };
  });
  const passed = await clickhouse.notRefused(asked);
  expect(passed.filter((name) => name !== 'input')).toEqual(harmlessTableFunctions);
});

test.each(users)('functions lead %s nowhere', async (user) => {
  const functions = await clickhouse.names(
    `SELECT name FROM system.functions
     WHERE NOT is_aggregate AND NOT startsWith(lower(name), 'sleep')`,
  );
  const path = literal(clickhouse.secret);
  const structure = literal(`a String DEFAULT file(${path})`);
  const server = literal(`http://${clickhouse.host}/`);
  // The owner may whatever the analyst may.
  const lists = user === 'analyst' ? [path] : [path, `${structure}, ${server}`];
  const asked = functions.flatMap((name) =>
    lists.map((list): Asked => ({ user, body: `SELECT \`${name}\`(${list})` })),
  );
  await clickhouse.codesOf(asked);
});

test.each(users)('formats show %s nothing but the result', async (user) => {
  const formats = await clickhouse.names('SELECT name FROM system.formats WHERE is_output');
  const asked = formats.flatMap((format): readonly Asked[] => [
    { user, body: `SELECT 1 AS a FORMAT ${format}` },
    { user, body: 'SELECT 1 AS a', parameters: { default_format: format } },
  ]);
  await clickhouse.codesOf(asked);
});

test.each(users)('tables of the system tell %s no secret', async (user) => {
  const tables = await clickhouse.names("SELECT name FROM system.tables WHERE database = 'system'");
  const asked = tables.map((name): Asked => {
    return { user, body: `SELECT * FROM system.\`${name}\` LIMIT 1000 FORMAT TSVRaw` };
  });
  await clickhouse.codesOf(asked);
});

test('engines of tables keep to the database', async () => {
  const engines = await clickhouse.names('SELECT name FROM system.table_engines');
  const tried = engines.flatMap((name) =>
    ['', ...clickhouse.argumentLists()].map((list) => ({
      name,
      user: 'default' as const,
      body: `CREATE OR REPLACE TABLE semarak.reaching (s String) ENGINE = ${name}(${list}) PRIMARY KEY s`,
    })),
  );
  const families = ['', 'Aggregating', 'Coalescing', 'Collapsing', 'Graphite', 'Replacing'];
  expect(await clickhouse.notRefused(tried)).toEqual(
    [
      ...[...families, 'Summing', 'VersionedCollapsing'].map((family) => `${family}MergeTree`),
      ...['Alias', 'Buffer', 'FuzzJSON', 'FuzzQuery', 'GenerateRandom', 'Join', 'Log', 'Loop'],
      ...['MaterializedView', 'Memory', 'Merge', 'Null', 'Set', 'StripeLog', 'TimeSeries'],
      ...['TinyLog', 'View', 'WindowView'],
    ].sort(),
  );
});

test('engines of databases keep to the data folder', async () => {
  const engines = await clickhouse.names('SELECT name FROM system.database_engines');
  const tried = engines.flatMap((name) =>
    ['', ...clickhouse.argumentLists()].map((list) => ({
      name,
      user: 'default' as const,
      body: `CREATE DATABASE reaching ENGINE = ${name}(${list})`,
    })),
  );
  expect(await clickhouse.notRefused(tried)).toEqual(['Atomic', 'Memory', 'Ordinary']);
});

test('sources of dictionaries are refused', async () => {
  const sources = await clickhouse.names('SELECT name FROM system.dictionary_sources');
  const { secret, written, host } = clickhouse;
  const parameters = [
    `PATH '${secret}' FORMAT 'LineAsString'`,
    `COMMAND 'cp ${secret} ${written}' FORMAT 'LineAsString'`,
    `URL 'http://${host}/' FORMAT 'LineAsString'`,
    `HOST '127.0.0.1' PORT ${host.split(':')[1] ?? ''} USER 'u' DB 'd' TABLE 't'`,
  ];
  const tried = sources.flatMap((name) =>
    parameters.map((list) => ({
      name,
      user: 'default' as const,
      body: `CREATE DICTIONARY semarak.reaching (s String) PRIMARY KEY s
             SOURCE(${name}(${list})) LAYOUT(COMPLEX_KEY_HASHED()) LIFETIME(0)`,
    })),
  );
  expect(await clickhouse.notRefused(tried)).toEqual([]);
});
