import { expect, it } from 'vitest';
import type { ProgrammeDocument } from './document.ts';
import { programmeFiles, readProgramme } from './files.ts';
import { publicationVerdict } from './succession.ts';

const shipped = programmeFiles()
  .map(readProgramme)
  .find(({ programme }) => programme === 'pacific-place');
if (shipped === undefined) throw new Error('pacific-place ships with the product');
const first: ProgrammeDocument = shipped;
const second: ProgrammeDocument = { ...first, version: 2, effectiveFrom: '2015-01-01T00:00' };
const third: ProgrammeDocument = { ...first, version: 3, effectiveFrom: '2015-02-01T00:00' };

const verdict = (
  document: ProgrammeDocument,
  supersedes: number | null,
  known: readonly ProgrammeDocument[],
) => {
  const answer = publicationVerdict({ document, supersedes }, known);
  return answer.type === 'refused' ? answer.reason : answer.type;
};

it.each<[string, ProgrammeDocument, number | null, readonly ProgrammeDocument[], string]>([
  ['the first', first, 0, [], 'taken'],
  ['the next', second, 1, [first], 'taken'],
  ['a copy', second, 1, [first, second], 'known'],
  ['a copy of an older one', first, 0, [first, second], 'known'],
  ['beside another programme', { ...first, programme: 'other' }, 0, [first, second], 'taken'],
  ['a field that has its default', { ...first, reorderDaysMax: 15 }, 0, [first], 'known'],
  [
    'a copy with other spaces',
    { ...second, name: ` ${second.name} ` },
    1,
    [first, second],
    'known',
  ],
  [
    'the other of two at the same moment',
    { ...second, name: 'Another' },
    1,
    [first, second],
    'pacific-place has a version 2 with another content',
  ],
  [
    'one that superseded what is no longer the newest',
    { ...third, version: 2 },
    0,
    [first],
    'supersedes version 0 of pacific-place, and the newest is 1',
  ],
  ['one that leaves a version out', third, 2, [first], 'supersedes version 2'],
  ['one that counts wrong', third, 1, [first], 'version: must be 2'],
  ['another currency', { ...second, currency: 'USD' }, 1, [first], 'currency: must be IDR'],
  [
    'another time zone',
    { ...second, timeZone: 'Asia/Makassar' },
    1,
    [first],
    'timeZone: must be Asia/Jakarta',
  ],
  [
    'one that begins before the one before it',
    { ...second, effectiveFrom: '2014-11-01T00:00' },
    1,
    [first],
    'effectiveFrom: must lie after that of version 1',
  ],
  ['from before, with another currency', { ...second, currency: 'USD' }, null, [first], 'taken'],
  ['from before, the second of two', { ...second, name: 'Another' }, null, [second], 'known'],
  ['from before, out of order', third, null, [first], 'taken'],
])('a publication in the log: %s', (_, document, supersedes, known, expected) => {
  expect(verdict(document, supersedes, known)).toContain(expected);
});
