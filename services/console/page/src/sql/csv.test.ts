import { expect, it } from 'vitest';
import { cellText, toCsv } from './csv.ts';

it('quotes what would break a line or a field, and leaves the rest alone', () => {
  const columns = [
    { name: 'name', type: 'String' },
    { name: 'n, m', type: 'UInt64' },
  ];
  const rows = [
    ['plain', 1],
    ['with "quotes"', 2.5],
    ['two\nlines', null],
    [['a', 'b'], true],
  ];
  expect(toCsv({ columns, rows })).toBe(
    'name,"n, m"\r\nplain,1\r\n"with ""quotes""",2.5\r\n"two\nlines",\r\n"[""a"",""b""]",true\r\n',
  );
});

it('is a header alone without rows', () => {
  expect(toCsv({ columns: [{ name: 'a', type: 'Int8' }], rows: [] })).toBe('a\r\n');
});

it('shows NULL as nothing and lists as JSON', () => {
  expect([null, 0, false, 'x', { a: 1 }].map(cellText)).toEqual(['', '0', 'false', 'x', '{"a":1}']);
});
