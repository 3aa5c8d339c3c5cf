import { programmeFiles, readProgramme, type ProgrammeDocument } from '@semarak/schemas';
import { describe, expect, it } from 'vitest';
import { mallDateTime, verdictOn } from './publication.ts';

const nowMs = Date.parse('2014-12-20T10:00:00+07:00');
const shipped = programmeFiles()
  .map(readProgramme)
  .find(({ programme }) => programme === 'pacific-place');
if (shipped === undefined) throw new Error('pacific-place ships with the product');
const first: ProgrammeDocument = shipped;
const second: ProgrammeDocument = { ...first, version: 2, effectiveFrom: '2015-01-01T00:00' };

const problems = (document: ProgrammeDocument, known: readonly ProgrammeDocument[]): string => {
  const verdict = verdictOn(document, { known, nowMs });
  return verdict.type === 'refused' ? verdict.problems.join('\n') : '';
};

describe('a version may be published', () => {
  it.each<[string, ProgrammeDocument, readonly ProgrammeDocument[]]>([
    ['the first, though it has been in force for long', first, []],
    ['the next, in force later', second, [first, first]],
    ['one minute after now', { ...second, effectiveFrom: '2014-12-20T10:01' }, [first]],
    ['one that some partitions know', second, [first, second, first]],
    ['one that is known, though it is in force by now', first, [first, second]],
    ['beside another programme', { ...first, programme: 'polytron' }, [first, second]],
  ])('%s', (_, document, known) => {
    expect(problems(document, known)).toBe('');
  });
});

describe('a version is refused', () => {
  it.each<[string, ProgrammeDocument, readonly ProgrammeDocument[], string]>([
    ['that leaves a number out', { ...second, version: 3 }, [first], 'version: must be 2'],
    ['that does not begin with 1', second, [], 'version: must be 1'],
    [
      'that is known with another content',
      { ...second, correctionWindowDays: 30 },
      [first, second],
      'correctionWindowDays: 45 → 30',
    ],
    [
      'that would be in force now',
      { ...second, effectiveFrom: '2014-12-20T10:00' },
      [first],
      'effectiveFrom: must lie after publication',
    ],
    [
      'that would be in force before the one before it',
      { ...second, version: 3, effectiveFrom: '2014-12-31T00:00' },
      [first, second],
      'effectiveFrom: must lie after that of version 2',
    ],
  ])('%s', (_, document, known, reason) => {
    expect(problems(document, known)).toContain(reason);
  });
});

it('reads the clock of the mall', () => {
  expect(mallDateTime(nowMs, 'Asia/Jakarta')).toBe('2014-12-20T10:00');
  expect(mallDateTime(nowMs, 'America/New_York')).toBe('2014-12-19T22:00');
});
