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

const [draw] = first.tickets;
const [gift] = first.gifts;
if (draw === undefined || gift === undefined) throw new Error('pacific-place draws and gives');
const renamed = { ...gift, campaign: draw.campaign };

const elsewhere: ProgrammeDocument = {
  ...first,
  programme: 'polytron',
  gifts: [],
  tickets: [{ ...draw, campaign: gift.campaign }],
};

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
    [
      'with the same campaigns for other gifts',
      { ...second, gifts: [{ ...gift, gift: 'doll' }] },
      [first],
    ],
    ['beside another programme that has a draw where this has a gift', elsewhere, [first]],
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
    ['in another currency', { ...second, currency: 'USD' }, [first], 'currency: must be IDR'],
    [
      'on the clock of another time zone',
      { ...second, timeZone: 'Asia/Makassar' },
      [first],
      'timeZone: must be Asia/Jakarta',
    ],
    [
      'that makes a draw of what was the stock of a gift',
      { ...second, gifts: [], tickets: [{ ...draw, campaign: gift.campaign }] },
      [first],
      `tickets: ${gift.campaign} is a gift’s in version 1`,
    ],
    [
      'that makes the stock of a gift of what was a draw, versions before',
      { ...second, version: 3, effectiveFrom: '2015-02-01T00:00', tickets: [], gifts: [renamed] },
      [first, { ...second, tickets: [] }],
      `gifts: ${draw.campaign} is a draw in version 1`,
    ],
    [
      'that spells its time zone as ClickHouse does not know it',
      { ...second, timeZone: 'asia/jakarta' },
      [first],
      'timeZone: is spelt Asia/Jakarta',
    ],
  ])('%s', (_, document, known, reason) => {
    expect(problems(document, known)).toContain(reason);
  });
});

it('reads the clock of the mall', () => {
  expect(mallDateTime(nowMs, 'Asia/Jakarta')).toBe('2014-12-20T10:00');
  expect(mallDateTime(nowMs, 'America/New_York')).toBe('2014-12-19T22:00');
});
