import { describe, expect, test } from 'vitest';
import { readInsert } from './insert-statement.ts';
import {
  assignments,
  firstKeyword,
  hoistSettings,
  inspectStatement,
  quoteString,
  withOutputClause,
} from './sql.ts';

describe('inspectStatement', () => {
  test.each([
    ['SELECT 1', { type: 'select', text: 'SELECT 1', format: undefined }],
    [
      '-- x\nselect 1 format JSON ; ',
      { type: 'select', text: '-- x\nselect 1 format JSON', format: 'JSON' },
    ],
    [
      'SELECT 1 FORMAT CSV SETTINGS a = 1',
      { type: 'select', text: 'SELECT 1 FORMAT CSV SETTINGS a = 1', format: 'CSV' },
    ],
    [
      "SELECT ' FORMAT X' /* FORMAT Y */",
      { type: 'select', text: "SELECT ' FORMAT X'", format: undefined },
    ],
    ['(SELECT 1)', { type: 'select', text: '(SELECT 1)', format: undefined }],
    [
      'SELECT $a$ ; FORMAT X $a$',
      { type: 'select', text: 'SELECT $a$ ; FORMAT X $a$', format: undefined },
    ],
    ['SHOW TABLES FORMAT TSV', { type: 'other', text: 'SHOW TABLES FORMAT TSV', format: 'TSV' }],
    ['INSERT INTO t FORMAT CSV', { type: 'insert' }],
    ['SELECT 1; SELECT 2', 'several_statements'],
    ['SELECT 1 INTO /* */ OUTFILE x', 'into_outfile'],
    [' -- nothing', 'empty'],
    [';', 'empty'],
  ])('%s', (text, expected) => {
    expect(inspectStatement(text)).toEqual(expected);
  });
});

test('firstKeyword sees through comments', () => {
  expect(firstKeyword('/* a */ #!b\n -- c\n insert')).toBe('INSERT');
});

test.each([
  ['SELECT 1', 'SELECT 1 X FORMAT Y'],
  ['SELECT 1 FORMAT CSV', 'SELECT 1 X FORMAT Y'],
  ['SELECT 1 FORMAT CSV SETTINGS a = 1', 'SELECT 1 X FORMAT Y SETTINGS a = 1'],
  ['SELECT 1 SETTINGS a = 1', 'SELECT 1 SETTINGS a = 1 X FORMAT Y'],
  ["SELECT 'FORMAT CSV'", "SELECT 'FORMAT CSV' X FORMAT Y"],
])('withOutputClause: %s', (text, expected) => {
  expect(withOutputClause({ text, clause: 'X FORMAT Y' })).toBe(expected);
});

describe('settings of a statement', () => {
  test('its own are taken out, before and behind FORMAT', () => {
    const { text, settings } = hoistSettings(
      "SELECT 1 SETTINGS a = 1, b = 'it\\'s' FORMAT JSON SETTINGS c = -2",
    );
    expect(text.replace(/ +/g, ' ').trim()).toBe('SELECT 1 FORMAT JSON');
    expect([...settings].sort()).toEqual([
      ['a', '1'],
      ['b', "it's"],
      ['c', '-2'],
    ]);
  });

  test('those of a subquery stay, and are named', () => {
    const text = 'SELECT * FROM (SELECT 1 SETTINGS a = [1, 2], b = 2) SETTINGS c = 3';
    const names = (of: string): string[] => assignments(of).map(({ name }) => name);
    expect(names(text)).toEqual(['a', 'b', 'c']);
    expect(names(hoistSettings(text).text)).toEqual(['a', 'b']);
  });
});

describe('readInsert', () => {
  test.each([
    [
      'INSERT INTO t FORMAT CSV\n1',
      { target: 'INSERT INTO t ', settings: '', format: 'CSV', dataAt: 25 },
    ],
    [
      'INSERT INTO t (a) SETTINGS x = 1 FORMAT CSV 1',
      { target: 'INSERT INTO t (a) ', settings: 'SETTINGS x = 1 ', format: 'CSV', dataAt: 44 },
    ],
    [
      "INSERT INTO t VALUES ('a')",
      { target: 'INSERT INTO t ', settings: '', format: 'Values', dataAt: 20 },
    ],
    [
      'INSERT INTO t FORMAT CSV',
      { target: 'INSERT INTO t ', settings: '', format: 'CSV', dataAt: 24 },
    ],
    [
      'INSERT INTO t FORMAT CSV \r\n\n',
      { target: 'INSERT INTO t ', settings: '', format: 'CSV', dataAt: 27 },
    ],
  ])('%s', (text, expected) => {
    expect(readInsert(text)).toEqual({ type: 'data', ...expected });
  });

  test.each([
    'INSERT INTO t SELECT 1',
    'INSERT INTO t (SELECT 1)',
    'INSERT INTO t WITH 1 AS x SELECT x',
  ])('%s has no data', (text) => expect(readInsert(text)).toEqual({ type: 'select' }));

  test.each([
    "INSERT INTO t FROM INFILE 'x' FORMAT CSV",
    "INSERT INTO t SELECT * FROM input('a UInt8') FORMAT CSV",
    'INSERT INTO t SELECT 1; DROP TABLE t',
    'INSERT INTO t',
  ])('%s is refused', (text) => expect(() => readInsert(text)).toThrow());
});

test('quoteString leaves no way out of the literal', () => {
  expect(quoteString("a'b\\")).toBe("'a\\'b\\\\'");
});
