import { epochDayOf } from '@semarak/schemas';
import { expect, it } from 'vitest';
import { utcOffsets } from './utc-offsets.ts';

const offsetOn = (timeZone: string, day: string) =>
  utcOffsets(timeZone).findLast(({ fromDay }) => fromDay <= (epochDayOf(day) ?? 0))?.minutes;

it('has one offset for a zone without daylight saving time', () => {
  expect(utcOffsets('Asia/Jakarta')).toEqual([{ fromDay: 7_305, minutes: 420 }]);
  expect(utcOffsets('UTC')).toEqual([{ fromDay: 7_305, minutes: 0 }]);
});

it('knows the offset at the first midnight of each month', () => {
  expect(offsetOn('Europe/Berlin', '2014-04-01')).toBe(120);
  expect(offsetOn('Europe/Berlin', '2014-10-01')).toBe(120);
  expect(offsetOn('Europe/Berlin', '2014-11-01')).toBe(60);
  expect(offsetOn('America/St_Johns', '2014-01-01')).toBe(-210);
  expect(() => utcOffsets('Asia/Atlantis')).toThrow(RangeError);
});
