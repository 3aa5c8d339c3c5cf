import { expect, it } from 'vitest';
import { forPeople } from './spreadsheet.ts';

it('marks a file as UTF-8', () => {
  expect(Buffer.from(forPeople('"n"\r\n1\r\n')).subarray(0, 3)).toEqual(
    Buffer.from([0xef, 0xbb, 0xbf]),
  );
});

it.each([
  ['"=1+1"', `"'=1+1"`],
  ['"+62 811"', `"'+62 811"`],
  ['"-5"', `"'-5"`],
  ['"@SUM(A1)"', `"'@SUM(A1)"`],
  ['"\t=1"', `"'\t=1"`],
  ['"\r=1"', `"'\r=1"`],
  ['"\n=1"', `"'\n=1"`],
  ['"\u0000=1"', `"'\u0000=1"`],
  ['"＝1"', `"'＝1"`],
  ['"=HYPERLINK(""http://x"",""y"")"', `"'=HYPERLINK(""http://x"",""y"")"`],
  ['"a","=b"', `"a","'=b"`],
  ['"a,","\r"', `"a,","'\r"`],
])('lets no text be a formula: %j', (csv, safe) => {
  expect(forPeople(`${csv}\r\n`)).toBe(`\uFEFF${safe}\r\n`);
});

it.each([
  '-5,-1.25,1e10,\\N,true\r\n',
  '"2014-12-24","Kebayoran Baru",""\r\n',
  '"a=b","x,""=y","two\r\n=lines","1,"\r\n',
  '"[-1,2]",-7\r\n',
])('leaves numbers and other text as they are: %j', (csv) => {
  expect(forPeople(csv)).toBe(`\uFEFF${csv}`);
});

it('takes long fields with many quotes', () => {
  const text = '""'.repeat(1_000_000);
  expect(forPeople(`"${text}","=x"`)).toBe(`\uFEFF"${text}","'=x"`);
});
