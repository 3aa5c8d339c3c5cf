import { describe, expect, it } from 'vitest';
import { mallDate, mallTime, minuteOfDay } from './mall-time.ts';

describe('mall time', () => {
  it('reads Jakarta seven hours ahead', () => {
    const clock = mallTime('Asia/Jakarta');
    const instant = clock.instantOf('2014-12-01T00:20');
    expect(instant).toBe(1417368000000);
    expect(minuteOfDay(clock, instant)).toBe(20);
    expect(mallDate(clock, instant)).toBe(16405);
  });

  it('follows a zone through its changes, to the quarter of an hour', () => {
    const clock = mallTime('Europe/Berlin');
    const change = Date.UTC(2024, 2, 31, 1, 0);
    expect(clock.offsetMs(change - 1)).toBe(3_600_000);
    expect(clock.offsetMs(change)).toBe(7_200_000);
    expect(clock.instantOf('2024-03-31T12:00')).toBe(Date.UTC(2024, 2, 31, 10, 0));
    expect(clock.instantOf('2024-10-27T12:00')).toBe(Date.UTC(2024, 9, 27, 11, 0));
    expect(mallTime('Asia/Kathmandu').offsetMs(change)).toBe(20_700_000);
  });

  it.each(['Asia/Jakarta', 'America/Los_Angeles', 'Pacific/Kiritimati'])(
    'knows the first and the last minute that a document can name, in %s',
    (timeZone) => {
      const clock = mallTime(timeZone);
      for (const text of ['1970-01-01T00:00', '9999-12-31T23:59']) {
        const instant = clock.instantOf(text);
        const wall = new Date(instant + clock.offsetMs(instant)).toISOString();
        expect(wall.slice(0, 'YYYY-MM-DDTHH:MM'.length)).toBe(text);
      }
    },
  );

  it('refuses unknown zones and other text', () => {
    expect(() => mallTime('Asia/Atlantis')).toThrow(RangeError);
    expect(() => mallTime('UTC').instantOf('2024-02-30T10:00')).toThrow(RangeError);
    expect(() => mallTime('UTC').instantOf('2024-02-20 10:00')).toThrow(RangeError);
  });
});
