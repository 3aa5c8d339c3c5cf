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
    '\uFEFFname,"n, m"\r\nplain,1\r\n"with ""quotes""",2.5\r\n"two\nlines",\r\n"[""a"",""b""]",true\r\n',
  );
});

it('is a header alone without rows', () => {
  expect(toCsv({ columns: [{ name: 'a', type: 'Int8' }], rows: [] })).toBe('\uFEFFa\r\n');
});

it('shows NULL as nothing and lists as JSON', () => {
  expect([null, 0, false, 'x', { a: 1 }].map(cellText)).toEqual(['', '0', 'false', 'x', '{"a":1}']);
});

it('lets no text be a formula, and leaves numbers as they are', () => {
  const columns = [
    { name: '=x', type: 'String' },
    { name: 'n', type: 'Int64' },
  ];
  const rows = ['=1+1', '+62', '-5', '@a', '\tb', '\u0007c', '＋1', 'a=b'].map((text, index) => [
    text,
    -index,
  ]);
  expect(toCsv({ columns, rows })).toBe(
    [
      "\uFEFF'=x,n",
      "'=1+1,0",
      "'+62,-1",
      "'-5,-2",
      "'@a,-3",
      "'\tb,-4",
      "'\u0007c,-5",
      "'＋1,-6",
      'a=b,-7',
      '',
    ].join('\r\n'),
  );
});
