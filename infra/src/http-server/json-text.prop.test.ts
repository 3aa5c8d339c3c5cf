import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { faultAt, parseJson } from './json-text.ts';

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

/** JSON with a piece put in, taken out or doubled, so that most of it is JSON and all of it rarely. */
const nearlyJson = fc
  .record({
    text: fc.oneof(
      fc.json({ maxDepth: 4 }),
      fc.jsonValue({ maxDepth: 4 }).map((value) => JSON.stringify(value, undefined, 1)),
    ),
    at: fc.nat(),
    length: fc.nat(3),
    piece: fc.constantFrom(
      ...[
        '',
        ',',
        ':',
        '}',
        ']',
        '{',
        '[',
        '"',
        '\\',
        '\\u00',
        '0',
        '1.',
        '-',
        'e5',
        'nul',
        'true',
      ],
      ...['\n', '\t', ' ', '\u0001', '\u00a0', '\ufeff', '\u2028', "'", '//'],
    ),
  })
  .map(({ text, at, length, piece }) => {
    const from = at % (text.length + 1);
    return text.slice(0, from) + piece + text.slice(from + length);
  });

describe('a text of JSON', () => {
  it('is one exactly if the parser says so', () => {
    fc.assert(
      fc.property(nearlyJson, (text) => {
        expect(faultAt(text) === undefined).toBe(isJson(text));
      }),
      { numRuns: 3_000 },
    );
  });

  it.each([
    ['', 'is not JSON: it ends too early'],
    ['{', 'is not JSON: it ends too early'],
    ['{"a":1,}', 'is not JSON from character 8 on'],
    ['{"name":Siti}', 'is not JSON from character 9 on'],
    ['{"name":"Siti\n"}', 'is not JSON from character 9 on'],
    ['{"a":01}', 'is not JSON from character 7 on'],
    ['[1] 2', 'is not JSON from character 5 on'],
    ['\ufeff{}', 'is not JSON from character 1 on'],
  ])('%j says where it ends to be one, and nothing of what is in it', (text, message) => {
    expect(parseJson(text)).toEqual({ type: 'unreadable', message });
  });

  it('is found wrong at its end in a moment, however long or deep it is', () => {
    for (const text of [
      '['.repeat(1_000_000),
      `"${'x'.repeat(8_000_000)}`,
      `[${'"\\n",'.repeat(1_000_000)}`,
    ]) {
      const began = performance.now();
      expect(faultAt(text)).toBeDefined();
      expect(performance.now() - began).toBeLessThan(2_000);
    }
  });
});
