import { describe, expect, test } from 'vitest';
import type { Catalogue } from './catalogue.ts';
import { holdExpressions, holdToDatabase } from './statement-reach.ts';
import { areLiterals } from './values-literals.ts';

const setting = (name: string, type: string) => [name, { name, type }] as const;
const catalogue: Catalogue = {
  formats: new Map([['values', { name: 'Values', isInput: true, isOutput: true }]]),
  settings: new Map([
    setting('max_threads', 'MaxThreads'),
    setting('format_schema', 'String'),
    setting('additional_table_filters', 'Map'),
    setting('dialect', 'Dialect'),
    setting('log_comment', 'String'),
  ]),
  tableSettings: new Map([setting('disk', 'String'), setting('index_granularity', 'UInt64')]),
  tableFunctions: new Set([
    ...['numbers', 'sqlite', 'url', 'of_a_later_version', 'values', 'format', 'generaterandom'],
  ]),
  outboundFunctions: new Set(['aigenerate']),
};
const hold = (text: string, user: 'analyst' | 'default' = 'default'): void =>
  holdToDatabase({ text, catalogue, user });

describe('what a statement may not reach', () => {
  test.each([
    "SELECT * FROM sqlite('/p', 't')",
    'SELECT * FROM of_a_later_version()',
    "EXPLAIN SELECT * FROM `url`('u')",
    "INSERT INTO FUNCTION sqlite('/p', 't') FORMAT Values",
    "CREATE TABLE t AS sqlite('/p', 't')",
    "SELECT arrayMap(file, ['/p'])",
    "SELECT structureToProtobufSchema('a String DEFAULT 1', 'm')",
    "SELECT * FROM values('a String, b String ALIAS fi(1)', ('x'))",
    "SELECT * FROM values('a String, b String /**/ default lower(\\'x\\')', ('x'))",
    "SELECT * FROM values(concat('a String, b String ALIAS fi', 'le(1)'), ('x'))",
    'SELECT * FROM values({p:String}, (1))',
    "SELECT * FROM values('a String(' || ')', (1))",
    "SELECT * FROM generateRandom('a String, b String ALIAS fi(1)')",
    "SELECT * FROM generateRandom(concat('a', ' String'), 1)",
    "SELECT * FROM format(Values, 's String', '(fi(1))')",
    "SELECT * FROM format('values', 's String', '(fi(1))')",
    "SELECT * FROM format(concat('Val', 'ues'), 's String', '(fi(1))')",
    "SELECT * FROM format({f:String}, 's String', '(fi(1))')",
    "SELECT aiGenerate('x')",
    "CREATE TABLE t (`a` int) ENGINE = EmbeddedRocksDB(0, '/p') PRIMARY KEY a",
    'CREATE MATERIALIZED VIEW v ENGINE = File(CSV) AS SELECT 1',
    "CREATE DATABASE d ENGINE = Filesystem('/')",
    "SELECT 1 FORMAT Protobuf SETTINGS format_schema = 'x'",
    "SELECT * FROM (SELECT 1 SETTINGS format_schema = 'x')",
    "SET max_threads = 1, format_schema = 'x'",
    "SELECT 1 SETTINGS additional_table_filters = {'t':'file(1)'}",
    "SELECT 1 SETTINGS dialect = 'prql'",
    "CREATE TABLE t (`a` int) ENGINE = MergeTree ORDER BY a SETTINGS disk = 'x'",
    "CREATE TABLE t (`a` int) ENGINE = Memory SETTINGS of_memory = 'x'",
    "ALTER TABLE t (MODIFY SETTING index_granularity = 1, disk = disk(type = 'web'))",
    'CREATE DICTIONARY d (`a` int) PRIMARY KEY a',
    'CREATE OR REPLACE DICTIONARY d (`a` int) PRIMARY KEY a',
    "ATTACH TABLE t FROM '/p' (`a` int) ENGINE = Log",
    "BACKUP TABLE t TO File('/p')",
    'SYSTEM START LISTEN TCP',
    'SYSTEM SHUTDOWN',
    'GRANT ALL ON *.* TO x',
    'SET ROLE ALL',
    'EXECUTE AS x SELECT 1',
    'OF A LATER VERSION',
  ])('%s', (text) => expect(() => hold(text)).toThrow(/^default: Not enough privileges to /));

  test.each(['SHOW TABLES PARALLEL WITH SYSTEM STOP MERGES', "SELECT 1 INTO OUTFILE '/p'"])(
    '%s',
    (text) => expect(() => hold(text)).toThrow(),
  );

  test.each([
    'SELECT number, url FROM numbers(3) WHERE settings = 1',
    "SELECT 'file', 'sqlite(1)', $.url FROM t WHERE disk = 'x'",
    "SELECT 1 SETTINGS log_comment = 'it''s', max_threads = 1",
    'CREATE OR REPLACE TABLE t (`url` String) ENGINE = ReplacingMergeTree ORDER BY url',
    'CREATE TEMPORARY TABLE t (`a` int) ENGINE = Memory SETTINGS min_rows_to_keep = 1',
    'ALTER TABLE t (MODIFY SETTING index_granularity = 1)',
    'SYSTEM STOP MERGES t',
    'SYSTEM CLEAR MARK CACHE',
    'SET max_threads = 1',
    'INSERT INTO semarak.url (a) FORMAT CSV',
    "SELECT format('{} of {}', a, b), m.values FROM values('a Enum8(\\'x\\' = 1), b DateTime(\\'Asia/Jakarta\\')', ('x', 'f(1)'))",
    "SELECT * FROM values((1, 'f(1)'), (2, 'x'))",
    "SELECT * FROM values('x y', -1)",
    "SELECT * FROM generateRandom('a UInt8, `b` Array(Tuple(x Int8, y String))', NULL, -1, 10)",
  ])('%s is let through', (text) => expect(() => hold(text)).not.toThrow());

  test('an analyst only reads', () => {
    for (const text of ['SET ROLE ALL', 'INSERT INTO t SELECT 1', 'KILL QUERY WHERE 1'])
      expect(() => hold(text, 'analyst')).toThrow(
        'analyst: Cannot execute query in readonly mode.',
      );
  });

  test.each(['SET max_threads = 1', 'USE semarak'])(
    'an analyst has a session of a client change: %s',
    (text) => expect(() => hold(text, 'analyst')).not.toThrow(),
  );
});

describe('the data of VALUES', () => {
  test.each([
    ["(1, -2.5e-3, 'it''s \\' file(1)\\n\\x00', NULL), ([true], {'a':1});", true],
    ["('a', now())", false],
    ["('\\x', ', file(x), ')", false],
    ["(1 /* ' */, 2)", false],
    ["('a", false],
    ['(`a`)', false],
    ['(1--2)', false],
  ])('%s holds literals alone: %s', (data, expected) => expect(areLiterals(data)).toBe(expected));

  test.each(["SELECT ('a', file('/p'))", 'SELECT (1, (SELECT 1))'])('%s', (text) =>
    expect(() => holdExpressions({ text, catalogue, user: 'default' })).toThrow(),
  );
});
