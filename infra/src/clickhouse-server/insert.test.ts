import { expect, test } from 'vitest';
import { readInsertion, selfContained } from './insert.ts';

const insertion = (urlQuery: string, bytes = Buffer.from('1\n')) =>
  readInsertion({ urlQuery, body: { bytes, compression: 'none' } });

const settings = new Map([
  ['max_execution_time', '60'],
  ['insert_deduplication_token', "it's"],
]);

test('what a request sets stands in its statement', () => {
  expect(selfContained(insertion('INSERT INTO t (a) FORMAT TSV'), settings)).toMatchObject({
    target: 'INSERT INTO t (a) ',
    settings:
      "SETTINGS max_execution_time = '60', insert_deduplication_token = 'it\\'s', max_threads = '1'",
    format: 'TSV',
    data: Buffer.from('1\n'),
  });
});

test('much data is left to as many threads as the engine takes', () => {
  const much = insertion('INSERT INTO t FORMAT TSV', Buffer.alloc(1024 * 1024 + 1));
  expect(selfContained(much, new Map([['async_insert', '0']]))).toMatchObject({
    settings: "SETTINGS async_insert = '0'",
  });
  expect(selfContained(much, new Map())).toMatchObject({ settings: '' });
});

test.each([
  ['settings of its own', 'INSERT INTO t SETTINGS max_threads = 2 FORMAT TSV', settings],
  ['rows from a SELECT', 'INSERT INTO t SELECT 1', settings],
  ['another setting', 'INSERT INTO t FORMAT TSV', new Map([['readonly', '1']])],
])('an INSERT with %s is left as it is', (_, urlQuery, asked) => {
  expect(selfContained(insertion(urlQuery), asked)).toBeUndefined();
});
