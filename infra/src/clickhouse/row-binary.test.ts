import { describe, expect, it } from 'vitest';
import {
  array,
  bool,
  int64,
  int8,
  nullable,
  optionalText,
  text,
  uint16,
  uint8,
  date32,
} from './row-binary.ts';
import { defineTable } from './table.ts';

const table = defineTable('t', {
  s: text,
  o: optionalText,
  n: int64,
  p: uint16,
  d: date32,
  b: bool,
  x: nullable(int64),
  a: array(text),
});
const row = { s: '', o: null, n: 0, p: 0, d: 0, b: false, x: null, a: [] };
const hex = (change: Partial<typeof row> | object) =>
  table.encode([{ ...row, ...change }]).toString('hex');
const zeros = (bytes: number) => '00'.repeat(bytes);

describe('RowBinary', () => {
  it('writes columns in the order of the table', () => {
    expect(hex({ s: 'ab', o: 'c', n: 1, p: 2, d: -1, b: true, x: 3, a: ['d'] })).toBe(
      '026162' +
        '0163' +
        '0100000000000000' +
        '0200' +
        'ffffffff' +
        '01' +
        '000300000000000000' +
        '010164',
    );
  });

  it.each([
    [-1, 'ffffffffffffffff'],
    [-(2 ** 32), '00000000ffffffff'],
    [2 ** 32 + 1, '0100000001000000'],
    [Number.MAX_SAFE_INTEGER, 'ffffffffffff1f00'],
    [Number.MIN_SAFE_INTEGER, '010000000000e0ff'],
  ])('writes %d as Int64', (value, bytes) => {
    expect(hex({ n: value })).toBe(zeros(2) + bytes + zeros(7) + '01' + '00');
  });

  it('writes a byte with a sign and without', () => {
    const bytes = defineTable('t', { i: int8, u: uint8 });
    expect(bytes.encode([{ i: -3, u: 3 }]).toString('hex')).toBe('fd03');
  });

  it.each([0.5, 2 ** 53, Number.NaN])('refuses %d as Int64', (value) => {
    expect(() => hex({ n: value })).toThrow(RangeError);
  });

  it.each(['é', 'teddy 🧸', 'x'.repeat(64), 'x'.repeat(65), 'é'.repeat(40), 'x'.repeat(70_000)])(
    'writes text by its bytes (%#)',
    (value) => {
      const bytes = Buffer.from(value);
      const length: number[] = [];
      for (let rest = bytes.length; ; rest >>= 7) {
        length.push(rest > 127 ? (rest & 127) | 128 : rest);
        if (rest <= 127) break;
      }
      const expected = Buffer.concat([Buffer.from(length), bytes]).toString('hex');
      expect(hex({ s: value }).slice(0, expected.length)).toBe(expected);
    },
  );
});
