import { expect, it } from 'vitest';
import { dateIn, inTimeZone } from './mall-time.ts';

it.each([
  ['2014-12-01T12:04:12.345Z', 'Asia/Jakarta', '2014-12-01T19:04:12.345+07:00'],
  ['2014-11-30T17:00:00.000Z', 'Asia/Jakarta', '2014-12-01T00:00:00.000+07:00'],
  ['2014-12-01T12:00:00.000Z', 'UTC', '2014-12-01T12:00:00.000+00:00'],
  ['2014-12-01T02:30:00.000Z', 'America/St_Johns', '2014-11-30T23:00:00.000-03:30'],
  ['2014-07-01T12:00:00.000Z', 'Europe/Berlin', '2014-07-01T14:00:00.000+02:00'],
])('%s in %s is %s', (instant, zone, expected) => {
  const text = inTimeZone(Date.parse(instant), zone);
  expect(text).toBe(expected);
  expect(Date.parse(text)).toBe(Date.parse(instant));
  expect(dateIn(Date.parse(instant), zone)).toBe(expected.slice(0, 10));
});
