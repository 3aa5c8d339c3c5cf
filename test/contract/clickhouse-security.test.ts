import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  ClickHouseOutside,
  literal,
  users,
  type Asked,
  type User,
} from '../system/clickhouse-outside.ts';

let clickhouse: ClickHouseOutside;
beforeAll(async () => {
  clickhouse = await ClickHouseOutside.start();
});
afterAll(() => clickhouse.close());

test.each(users)('formats of %s are words of the engine', async (user) => {
  const words = [
    `Template SETTINGS format_template_row = '${clickhouse.secret}'`,
    `Protobuf SETTINGS output_format_schema = '${clickhouse.written}.proto'`,
    'TSV SETTINGS max_execution_time = 0',
    'TSV; SYSTEM STOP MERGES',
    `Null INTO OUTFILE '${clickhouse.written}'`,
    'TSV -- x',
    "TSV'",
    '',
  ];
  const tried = words.flatMap((word): readonly Asked[] => [
    { user, body: 'SELECT 1', parameters: { default_format: word } },
    { user, body: 'SHOW TABLES', parameters: { default_format: word } },
    { user, body: 'SELECT 1', headers: { 'X-ClickHouse-Format': word } },
  ]);
  expect([...new Set(await clickhouse.codesOf(tried))]).toEqual([73]);
});

describe('texts that the engine reads as SQL', () => {
  /** Each would tell the secret, if anything in it were read. */
  const statements = (secret: string): readonly string[] => {
    const call = `file(${literal(secret)})`;
    const structure = literal(`a String, b String ALIAS ${call}`);
    const [front, back] = [literal('a String, b String ALIAS fi'), literal(call.slice(2))];
    return [
      `SELECT b FROM values(${structure}, ('x'))`,
      `SELECT b FROM values(concat(${front}, ${back}), ('x'))`,
      `SELECT b FROM values(${front} || ${back}, ('x'))`,
      `SELECT b FROM values((SELECT ${structure}), ('x'))`,
      `SELECT * FROM VALUES(${structure}, ('x'))`,
      `SELECT b FROM generateRandom(${structure}) LIMIT 1`,
      `SELECT b FROM generateRandom(concat(${front}, ${back})) LIMIT 1`,
      `SELECT b FROM null(${structure})`,
      `SELECT * FROM fuzzJSON(${structure})`,
      `SELECT * FROM format(Values, 's String', ${literal(`(${call})`)})`,
      `SELECT * FROM format('Val' || 'ues', 's String', ${literal(`(${call})`)})`,
      `SELECT a, b FROM format(JSONEachRow, ${structure}, '{"a":1}')`,
      `DESCRIBE TABLE format(JSONEachRow, ${structure}, '{"a":1}')`,
      `SELECT 1 SETTINGS schema_inference_hints = ${structure}`,
      `SELECT structureToProtobufSchema(${literal(`a String DEFAULT throwIf(1, ${call})`)})`,
      `SELECT structureToCapnProtoSchema(${structure}, 'M')`,
    ];
  };
  test.each(users)('tell %s nothing', async (user) => {
    const tried = statements(clickhouse.secret).map((body) => ({ name: body, user, body }));
    expect(await clickhouse.notRefused(tried)).toEqual([]);
  });

  test.each(users)('tell %s nothing as parameters of a statement', async (user) => {
    const structure = `a String, b String ALIAS file(${literal(clickhouse.secret)})`;
    const parameters = { param_s: structure, param_f: 'Values' };
    const tried = [
      "SELECT * FROM values({s:String}, ('x'))",
      'SELECT * FROM generateRandom({s:String}) LIMIT 1',
      "SELECT * FROM format({f:String}, {s:String}, '(1)')",
      "SELECT * FROM format({f:Identifier}, {s:String}, '(1)')",
    ].map((body) => ({ name: body, user, body, parameters }));
    const codes = await clickhouse.codesOf(tried);
    expect(codes.every((code) => code > 0)).toBe(true);
  });

  test.each(users)('are names and types for %s where nothing else stands in them', async (user) => {
    const bodies = [
      `SELECT a, b FROM values('a Enum8(\\'x\\' = 1), b DateTime(\\'Asia/Jakarta\\')', ('x', now()))`,
      "SELECT * FROM values((1, 'f(x)'), (2, 'b'))",
      "SELECT * FROM (VALUES ('a String'), ('f(x)'))",
      "SELECT * FROM generateRandom('a UInt8, b Array(String)', 1, 10, 2) LIMIT 2",
      "SELECT format('{} of {}', 'a', 'b')",
    ];
    const codes = await clickhouse.codesOf(bodies.map((body) => ({ user, body })));
    expect(codes).toEqual(bodies.map(() => 0));
  });

  test('tell nothing in VALUES, where expressions hide behind one another', async () => {
    const { secret, written } = clickhouse;
    const rows = [
      `((SELECT * FROM sqlite('${written}', 't')))`,
      `('\\x', ', file(char(47)), ')`,
      `('a' // '\n || file('${secret}')) //'`,
      `('a' /* ' */ || "fi\\x6ce"('${secret}') /* ' */)`,
      `((SELECT 1 SETTINGS format_schema = '${secret}'))`,
    ];
    const bodies = rows.map((row) => `INSERT INTO semarak.taken VALUES ${row}`);
    const codes = await clickhouse.codesOf(bodies.map((body) => ({ user: 'default', body })));
    expect(codes.every((code) => code > 0)).toBe(true);
    expect(await clickhouse.allowed('SELECT count() FROM semarak.taken')).toBe('0\n');
  });
});

test('statements that leave the database are refused to its owner', async () => {
  const { secret, written, host } = clickhouse;
  const backups = ['File', 'Disk', 'S3', 'AzureBlobStorage', 'Memory'];
  const bodies = [
    ...backups.map((to) => `BACKUP TABLE semarak.taken TO ${to}('${written}')`),
    ...backups.map((to) => `RESTORE TABLE semarak.taken FROM ${to}('${secret}')`),
    `ATTACH TABLE semarak.reaching FROM '${written}' (s String) ENGINE = TinyLog`,
    `ATTACH TABLE semarak.reaching (s String) ENGINE = File(CSV, '${secret}')`,
    `CREATE MATERIALIZED VIEW semarak.reaching ENGINE = File(CSV, '${written}') AS SELECT 1 AS a`,
    'CREATE NAMED COLLECTION reaching AS a = 1',
    'CREATE FUNCTION reaching AS (path) -> path',
    'SYSTEM START LISTEN HTTP',
    'SYSTEM JEMALLOC FLUSH PROFILE',
    'SYSTEM RELOAD CONFIG',
    'SYSTEM SHUTDOWN',
    'GRANT ALL ON *.* TO default',
    'SET ROLE ALL',
    'EXECUTE AS default SELECT 1',
    `EXPLAIN TABLE OVERRIDE mysql('${host}', 'd', 'u', 'p') PARTITION BY 1`,
    `ALTER TABLE semarak.taken ADD COLUMN t String DEFAULT file('${secret}')`,
    `INSERT INTO semarak.taken VALUES (file('${secret}'))`,
    `INSERT INTO semarak.taken VALUES ('\\x41'), (toString(file('${secret}')))`,
    `INSERT INTO semarak.taken SELECT * FROM s3('http://${host}/b/k')`,
    'CREATE TABLE semarak.reaching (a String) ENGINE = SystemModels',
  ];
  const tried = bodies.map((body) => ({ name: body, user: 'default' as const, body }));
  expect(await clickhouse.notRefused(tried)).toEqual([]);
});

test('names of the owner’s lead nowhere', async () => {
  const { written } = clickhouse;
  const up = `../../../../../../../..${written}`;
  const bodies = [
    `CREATE TABLE semarak.\`${up}-table\` (a String) ENGINE = Log`,
    `CREATE DATABASE \`${up}-database\``,
    `ALTER TABLE semarak.taken FREEZE WITH NAME '${up}-frozen'`,
    `ALTER TABLE semarak.taken ATTACH PART '${up}-part'`,
  ];
  await clickhouse.codesOf(bodies.map((body) => ({ user: 'default', body })));
});

test.each(users)('a name that is a path tells %s nothing', async (user) => {
  const { secret } = clickhouse;
  const naming = (path: string): readonly Asked[] => [
    { user, body: `SELECT * FROM \`${path}\`` },
    { user, body: `SELECT * FROM '${path}'` },
    { user, body: `SELECT * FROM \`file://${path}\`` },
    { user, body: `DESCRIBE TABLE \`${path}\`` },
    { user, body: 'SELECT * FROM {t:Identifier}', parameters: { param_t: path } },
  ];
  const codes = await clickhouse.codesOf(naming(secret));
  expect(codes).toEqual(await clickhouse.codesOf(naming(join(secret, '..', 'nothing.txt'))));
  expect(codes.filter((code) => code !== 60 && code !== 497)).toEqual([]);
  const exists = await clickhouse.answerTo({ user, body: `EXISTS TABLE \`${secret}\`` });
  expect(exists.code).toBe(user === 'analyst' ? 497 : 0);
  expect(exists.text).not.toBe('1\n');
});

test.each(users)('no program is started for %s', async (user) => {
  const asked = [
    'SELECT * FROM system.models',
    "SELECT * FROM merge('system', '^models$')",
    "SELECT * FROM loop('system', 'models') LIMIT 1",
  ].map((body): Asked => ({ user, body }));
  const codes = await clickhouse.codesOf(asked);
  expect(codes.every((code) => code > 0)).toBe(true);
});

test('statements of the analyst are read only, within limits', async () => {
  const user: User = 'analyst';
  const bodies = [
    'KILL QUERY WHERE 1',
    'SET ROLE semarak_owner',
    'SYSTEM STOP MERGES',
    'SELECT 1 SETTINGS readonly = 0',
    'SELECT * FROM (SELECT 1 SETTINGS max_execution_time = 0)',
    'INSERT INTO semarak.taken VALUES (1)',
  ];
  const tried = bodies.map((body) => ({ name: body, user, body }));
  expect(await clickhouse.notRefused(tried)).toEqual([]);
  const { text } = await clickhouse.answerTo({ user, body: 'SELECT * FROM default.nothing' });
  expect(text).not.toContain('default: ');
});
