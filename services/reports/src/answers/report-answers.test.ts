import { describe, expect, it } from 'vitest';
import { etagOf, matches, type ReportAsked } from './report-answers.ts';

const asked: ReportAsked = {
  name: 'report_new_members',
  programme: 'pacific-place',
  asOf: '2014-12-01',
  format: 'json',
  ifNoneMatch: undefined,
};

describe('an ETag', () => {
  it('is weak, and the same for the same question at the same log position', () => {
    expect(etagOf(asked, { position: 'p' })).toMatch(/^W\/"[\w-]{22}"$/);
    expect(etagOf({ ...asked }, { position: 'p' })).toBe(etagOf(asked, { position: 'p' }));
  });

  it('is another one for anything else that is asked, or another position', () => {
    const all = [
      etagOf(asked, { position: 'p' }),
      etagOf(asked, { position: 'q' }),
      etagOf({ ...asked, name: 'report_points' }, { position: 'p' }),
      etagOf({ ...asked, programme: 'polytron' }, { position: 'p' }),
      etagOf({ ...asked, asOf: '2014-12-02' }, { position: 'p' }),
      etagOf({ ...asked, format: 'csv' }, { position: 'p' }),
    ];
    expect(new Set(all).size).toBe(all.length);
  });

  it('is not there while rows are being written', () => {
    expect(etagOf(asked, { position: undefined })).toBeUndefined();
  });
});

it.each([
  [undefined, false],
  ['W/"a"', true],
  ['"a"', true],
  ['"b", W/"a"', true],
  ['"b"', false],
  ['W/"A"', false],
  ['', false],
])('If-None-Match %s of W/"a": %s', (header, expected) => {
  expect(matches(header, 'W/"a"')).toBe(expected);
});
