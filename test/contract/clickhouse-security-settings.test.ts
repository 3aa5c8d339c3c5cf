import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  ClickHouseOutside,
  literal,
  users,
  type Asked,
  type User,
} from '../system/clickhouse-outside.ts';

/*
 * Every setting that the engine lists and that takes a text, with a path for its value, wherever a request can
 * assign one: it is refused, or on the lists here of those whose text names nothing.
 */

/** Texts that only write, read or label values. */
const harmless = [
  'bool_false_representation',
  'bool_true_representation',
  'chdb_client_name',
  'column_names_for_schema_inference',
  'compatibility',
  'count_distinct_implementation',
  'exclude_materialize_skip_indexes_on_insert',
  'force_data_skipping_indices',
  'force_optimize_projection_name',
  'format_csv_null_representation',
  'format_custom_field_delimiter',
  'format_custom_result_after_delimiter',
  'format_custom_result_before_delimiter',
  'format_custom_row_after_delimiter',
  'format_custom_row_before_delimiter',
  'format_custom_row_between_delimiter',
  'format_json_object_each_row_column_for_object_name',
  'format_regexp',
  'format_tsv_null_representation',
  'ignore_data_skipping_indices',
  'input_format_mysql_dump_table_name',
  'insert_deduplication_token',
  'local_filesystem_read_method',
  'log_comment',
  'network_compression_method',
  'output_format_avro_codec',
  'output_format_avro_string_column_pattern',
  'output_format_image_terminal_mode',
  'output_format_pretty_grid_charset',
  'output_format_sql_insert_table_name',
  'preferred_optimize_projection_name',
  'query_cache_tag',
  'remote_filesystem_read_method',
  'temporary_files_codec',
  'workload',
];
const harmlessOfTables = [
  'columns_to_prewarm_mark_cache',
  'exclude_materialize_skip_indexes_on_merge',
];

let clickhouse: ClickHouseOutside;
/** Those whose values are neither numbers nor yes and no, which no path is. */
let texts: readonly string[];
let textsOfTables: readonly string[];

beforeAll(async () => {
  clickhouse = await ClickHouseOutside.start();
  const plain =
    '^(Bool|BoolAuto|U?Int\\d+(Auto)?|NonZeroUInt64|Float|Double|Seconds|Milliseconds)$';
  const query = (from: string) =>
    `SELECT name FROM system.${from} WHERE NOT match(type, ${literal(plain)})`;
  texts = await clickhouse.names(query('settings'));
  textsOfTables = await clickhouse.names(query('merge_tree_settings'));
});
afterAll(() => clickhouse.close());

/** Those that take a path and are not known to name nothing. */
async function taking(
  tried: readonly string[],
  ask: (name: string) => Asked,
): Promise<readonly string[]> {
  const codes = await clickhouse.codesOf(tried.map(ask));
  return tried.filter((name, index) => codes[index] === 0 && !harmless.includes(name));
}

test.each(users)('in the URL of %s take no path', async (user) => {
  const body = 'SELECT 1 FORMAT Null';
  const taken = await taking(texts, (name) => ({
    user,
    body,
    parameters: { [name]: clickhouse.secret },
  }));
  expect(taken).toEqual([]);
});

interface Place {
  readonly place: string;
  readonly user: User;
  readonly body: (assigned: string) => string;
}

const everywhere: readonly Omit<Place, 'user'>[] = [
  { place: 'behind FORMAT', body: (assigned) => `SELECT 1 FORMAT Null SETTINGS ${assigned}` },
  {
    place: 'of a subquery',
    body: (assigned) => `SELECT * FROM (SELECT 1 SETTINGS ${assigned}) FORMAT Null`,
  },
  {
    place: 'of DESCRIBE',
    body: (assigned) => `DESCRIBE (SELECT 1) FORMAT Null SETTINGS ${assigned}`,
  },
  {
    place: 'quoted',
    body: (assigned) => `SELECT 1 SETTINGS ${assigned.replace(/^\w+/, '`$&`')} FORMAT Null`,
  },
  { place: 'in SET', body: (assigned) => `SET ${assigned}` },
];
const places: readonly Place[] = [
  ...everywhere.flatMap((place) => users.map((user) => ({ ...place, user }))),
  {
    place: 'of INSERT',
    user: 'default',
    body: (assigned) => `INSERT INTO semarak.taken SETTINGS ${assigned} FORMAT TSV`,
  },
];
test.each(places)('$place of $user take no path', async ({ user, body }) => {
  const value = literal(clickhouse.secret);
  expect(await taking(texts, (name) => ({ user, body: body(`${name} = ${value}`) }))).toEqual([]);
});

test('of a session take no path', async () => {
  const taken = await taking(texts, (name) => ({
    user: 'analyst',
    body: `SET ${name} = ${literal(clickhouse.secret)}`,
    parameters: { session_id: `of ${name}` },
  }));
  expect(taken).toEqual([]);
});

test.each(['CREATE', 'ALTER'])('of a table in %s take no path', async (statement) => {
  const value = literal(clickhouse.secret);
  const body = (name: string): string =>
    statement === 'CREATE'
      ? `CREATE OR REPLACE TABLE semarak.settings_of (a UInt8) ENGINE = MergeTree ORDER BY a
         SETTINGS ${name} = ${value}`
      : `ALTER TABLE semarak.taken MODIFY SETTING ${name} = ${value}`;
  const taken = await taking([...texts, ...textsOfTables], (name) => ({
    user: 'default',
    body: body(name),
  }));
  expect(taken.filter((name) => !harmlessOfTables.includes(name))).toEqual([]);
});

test.each(users)('that are maps, disks or expressions lead %s nowhere', async (user) => {
  const filter = `length(file(''${clickhouse.secret}'')) > 0`;
  const tried = [
    `SELECT * FROM system.one SETTINGS additional_table_filters = {'system.one': '${filter}'}`,
    `SELECT * FROM (SELECT 1 SETTINGS additional_result_filter = '${filter}')`,
    `SELECT 1 SETTINGS dialect = 'prql'`,
    ...(user === 'analyst' ? [] : await disks()),
  ].map((body) => ({ name: body, user, body }));
  expect(await clickhouse.notRefused(tried)).toEqual([]);
});

async function disks(): Promise<readonly string[]> {
  const types = await clickhouse.names('SELECT name FROM system.disk_types');
  const table = 'CREATE TABLE semarak.elsewhere (a UInt8) ENGINE = MergeTree ORDER BY a';
  return types.flatMap((type) => [
    `${table} SETTINGS disk = disk(type = '${type}', path = '${clickhouse.written}/')`,
    `${table} SETTINGS disk = disk(type = '${type}', endpoint = 'http://${clickhouse.host}/')`,
  ]);
}
