import { expect, test } from 'vitest';
import { parseClickHouseServerConfig } from './config.ts';
import { exceptionText, fromEngine, httpStatus } from './exception.ts';

test.each([
  [
    'Code: 62. DB::Exception: Syntax error. (SYNTAX_ERROR)',
    62,
    'SYNTAX_ERROR',
    'Syntax error.',
    400,
  ],
  [
    'Code: 164. DB::Exception: Code: 164. DB::Exception: No. (READONLY) (version 26.7.2.1). (READONLY)',
    164,
    'READONLY',
    'No.',
    500,
  ],
  [
    'Code: 60. DB::Exception: Table f(x) is (not)\nhere. (UNKNOWN_TABLE)',
    60,
    'UNKNOWN_TABLE',
    'Table f(x) is (not)\nhere.',
    404,
  ],
  [
    'Code: 62. DB::Exception: Unrecognized token: failed at position 43 (',
    62,
    'SYNTAX_ERROR',
    'Unrecognized token: failed at position 43 (',
    400,
  ],
  ['Code: 9. DB::Exception: cut (', 9, 'UNKNOWN_EXCEPTION', 'cut (', 500],
  ['something else', 1001, 'STD_EXCEPTION', 'something else', 500],
])('%s', (text, code, codeName, message, status) => {
  const error = fromEngine(new Error(text));
  expect({ code: error.code, codeName: error.codeName, message: error.message }).toEqual({
    code,
    codeName,
    message,
  });
  expect(httpStatus(error)).toBe(status);
  expect(exceptionText(error, '26.7')).toBe(
    `Code: ${code}. DB::Exception: ${message} (${codeName}) (version 26.7 (official build))\n`,
  );
});

test('a wrong configuration names every variable', () => {
  const parse = (): unknown =>
    parseClickHouseServerConfig({
      CLICKHOUSE_HTTP_PORT: 'x',
      CLICKHOUSE_ANALYST_PASSWORD: 'short',
    });
  expect(parse).toThrow(/CLICKHOUSE_HTTP_PORT[\s\S]*CLICKHOUSE_DATA_DIR[\s\S]*ANALYST_PASSWORD/);
});
