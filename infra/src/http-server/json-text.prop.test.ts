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

/** What fast-check makes is read by the parser too, which such a name would upset as of Node 24. */
const withoutBackslashName = (text: string): boolean =>
  !/"(?:[^"\\]|\\.)*(?:\\\\|\\u005c)(?:[^"\\]|\\.)*"\s*:/i.test(text);

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
  })
  .filter(withoutBackslashName);

/** A value with its text, in which an object may have a name twice, in whichever way it is written. */
interface Written {
  readonly text: string;
  readonly repeats: boolean;
}
const plain = (text: string): Written => ({ text, repeats: false });
const name = fc.constantFrom('"a"', '"\\u0061"', '"b"', '"\\""', '"__proto__"', '"0"', '""', '"{"');
const { written } = fc.letrec<{ written: Written; many: Written[]; fields: [string, Written][] }>(
  (tie) => ({
    written: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      fc.json({ maxDepth: 1 }).filter(withoutBackslashName).map(plain),
      fc.string().map((text) => plain(JSON.stringify(text))),
      tie('many').map((items) => ({
        text: `[${items.map(({ text }) => text).join(' ,')}]`,
        repeats: items.some(({ repeats }) => repeats),
      })),
      tie('fields').map((fields) => ({
        text: `{${fields.map(([key, { text }]) => `${key} : ${text}`).join(', ')}}`,
        repeats:
          new Set(fields.map(([key]) => JSON.parse(key) as string)).size < fields.length ||
          fields.some(([, { repeats }]) => repeats),
      })),
    ),
    many: fc.array(tie('written'), { maxLength: 4 }),
    fields: fc.array(fc.tuple(name, tie('written')), { maxLength: 4 }),
  }),
);

describe('a text of JSON', () => {
  it('means a value exactly if no object in it has a name twice', () => {
    fc.assert(
      fc.property(written, ({ text, repeats }) => {
        const parsed = parseJson(text);
        if (repeats)
          expect(parsed).toMatchObject({
            message: expect.stringMatching(/^has a field twice/) as unknown,
          });
        else expect(parsed).toEqual({ type: 'value', value: JSON.parse(text) as unknown });
      }),
      { numRuns: 3_000 },
    );
  });

  it.each([
    ['{"amount":1,"amount":2}', 13],
    ['[{"a":"{a:1}"},{"b":{"a":[],"\\u0061":{}}}]', 29],
  ])('%s has a field twice, and says where again', (text, character) => {
    const message = `has a field twice, again at character ${character}`;
    expect(parseJson(text)).toEqual({ type: 'unreadable', message });
  });

  it.each([
    ['{"a":1,"\\\\":2}', 8],
    ['[{"x\\u005Cy":1}]', 3],
  ])('%s has a name with a backslash, which is not handed to the parser', (text, character) => {
    const message = `has a field whose name holds a backslash, at character ${character}`;
    expect(parseJson(text)).toEqual({ type: 'unreadable', message });
    expect(parseJson('{"a":1,"\\u0062":2}')).toEqual({ type: 'value', value: { a: 1, b: 2 } });
  });

  it.each(['{"a":"\\\\"}', '["\\\\"]', '{"a":"\\\\:"}'])('%s has it in a value', (text) => {
    expect(parseJson(text)).toEqual({ type: 'value', value: JSON.parse(text) as unknown });
  });

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
    const deep = `${'['.repeat(500_000)}${']'.repeat(500_000)}`;
    expect(parseJson(deep).type).toBe('value');
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
