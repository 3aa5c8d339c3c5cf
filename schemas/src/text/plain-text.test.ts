import { describe, expect, it } from 'vitest';
import { groupName, plainText } from './plain-text.ts';

const shape = plainText({ max: 20 });

describe('text that people write', () => {
  it.each([
    ['  Kebayoran   Baru ', 'Kebayoran Baru'],
    ['Kebayoran\u00a0Baru', 'Kebayoran Baru'],
    ['\u3000Tebet\u2009\u2003Timur', 'Tebet Timur'],
    ['Cafe\u0301', 'Caf\u00e9'],
    ['Ci\u00adputat'.replace('\u00ad', ''), 'Ciputat'],
    ['東京', '東京'],
    ['=1+1', '=1+1'],
    [`${' '.repeat(40)}A`, 'A'],
  ])('has one spelling: %j', (sent, taken) => {
    expect(shape.parse(sent)).toBe(taken);
    expect(shape.parse(shape.parse(sent))).toBe(taken);
  });

  it.each([
    ['nothing', ''],
    ['spaces alone', ' \u00a0 '],
    ['too much', 'x'.repeat(21)],
    ['a tab', 'a\tb'],
    ['a line end', 'a\n'],
    ['NUL', 'a\u0000'],
    ['a zero-width space', 'Te\u200bbet'],
    ['a zero-width joiner', 'Te\u200dbet'],
    ['a byte-order mark', '\ufeffTebet'],
    ['a soft hyphen', 'Te\u00adbet'],
    ['an override of direction', 'Te\u202ebet'],
    ['a Hangul filler', '\u3164'],
    ['a blank of Braille', '\u2800'],
    ['half of a pair', '\ud83d'],
    ['a character of private use', '\ue000'],
    ['a number', 7],
  ])('is refused: %s', (_, sent) => {
    const parsed = shape.safeParse(sent);
    expect(parsed.error?.issues.map(({ message }) => message)).toEqual([
      'must be 1 to 20 characters, all of them visible: no control characters, none of zero width',
    ]);
  });
});

it.each(['unknown', ' Unknown ', 'UNKNOWN'])('a group is not called %j', (sent) => {
  expect(groupName({ max: 20 }).safeParse(sent).error?.issues[0]?.message).toContain(
    'must not be unknown',
  );
  expect(groupName({ max: 20 }).parse('Unknown Avenue')).toBe('Unknown Avenue');
});
