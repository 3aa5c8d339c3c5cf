import { epochDayOf, type ProgrammeDocument, type PublishedProgrammes } from '@semarak/schemas';
import { describe, expect, it } from 'vitest';
import { closingsDue, newestDayOver } from './business-days.ts';

const day = (text: string): number => epochDayOf(text) ?? NaN;
const jakarta = (text: string): number => Date.parse(`${text}+07:00`);

describe('the newest business day that is over', () => {
  it.each([
    ['2014-12-02T23:59:59', 0, '2014-11-30'],
    ['2014-12-03T00:00:00', 0, '2014-12-01'],
    ['2014-12-03T00:59:59', 60, '2014-11-30'],
    ['2014-12-03T01:00:00', 60, '2014-12-01'],
    ['2015-01-02T12:00:00', 60, '2014-12-31'],
  ])('at %s in the mall with %i minutes of grace is %s', (now, graceMinutes, over) => {
    const at = { nowMs: jakarta(now), timeZone: 'Asia/Jakarta', graceMinutes };
    expect(newestDayOver(at)).toBe(day(over));
  });

  it('is that of the mall, not of the server', () => {
    const nowMs = Date.parse('2014-12-02T20:00:00Z');
    const at = { nowMs, graceMinutes: 0 };
    expect(newestDayOver({ ...at, timeZone: 'Asia/Jakarta' })).toBe(day('2014-12-01'));
    expect(newestDayOver({ ...at, timeZone: 'UTC' })).toBe(day('2014-11-30'));
  });

  it('follows a day of 23 hours', () => {
    const at = { timeZone: 'Europe/Berlin', graceMinutes: 0 };
    expect(newestDayOver({ ...at, nowMs: Date.parse('2015-03-29T21:59:59Z') })).toBe(
      day('2015-03-27'),
    );
    expect(newestDayOver({ ...at, nowMs: Date.parse('2015-03-29T22:00:00Z') })).toBe(
      day('2015-03-28'),
    );
  });
});

describe('what is to be closed', () => {
  const document = (version: number, effectiveFrom: string, timeZone = 'Asia/Jakarta') =>
    ({ programme: 'mall', version, effectiveFrom, timeZone }) as ProgrammeDocument;
  const at = { nowMs: jakarta('2014-12-10T12:00'), graceMinutes: 60 };
  const first: PublishedProgrammes = { documents: [document(1, '2014-12-01T00:00')] };

  it('is one day in the partitions where it is open', () => {
    const open = { ...first, closedDays: { mall: day('2014-12-07') } };
    const closed = { ...first, closedDays: { mall: day('2014-12-08') } };
    expect(closingsDue([open, closed, { documents: [] }], at)).toEqual([
      { programme: 'mall', businessDay: day('2014-12-08'), partitions: [0, 2] },
    ]);
    expect(closingsDue([closed, closed], at)).toEqual([]);
  });

  it('is nothing before the first day of the first version', () => {
    const later = { documents: [document(2, '2014-12-20T00:00'), document(1, '2014-12-09T10:00')] };
    expect(closingsDue([later], at)).toEqual([]);
    const nowMs = jakarta('2014-12-11T12:00');
    expect(closingsDue([later], { ...at, nowMs })).toMatchObject([
      { businessDay: day('2014-12-09') },
    ]);
  });

  it('goes by the time zone of the newest version, in whatever order they are known', () => {
    const nowMs = Date.parse('2014-12-10T20:00:00Z');
    const documents = [document(2, '2014-12-05T00:00', 'UTC'), document(1, '2014-12-01T00:00')];
    for (const known of [documents, documents.toReversed()])
      expect(closingsDue([{ documents: known }], { nowMs, graceMinutes: 0 })).toMatchObject([
        { businessDay: day('2014-12-08') },
      ]);
  });
});
