import { describe, expect, it } from 'vitest';
import { decodePlace, encodePlace, isSamePlace, logStart, placeOf } from './log-place.ts';

const record = {
  ...{ offset: 7, key: null, value: Buffer.from('v') },
  writtenIn: { leaderEpoch: 3, timestamp: 5 },
};

describe('a place in the log', () => {
  it('is told as text', () => {
    for (const place of [placeOf(record), placeOf({ ...record, writtenIn: undefined }), logStart])
      expect(decodePlace(encodePlace(place))).toEqual(place);
    expect(decodePlace(encodePlace(undefined))).toBeUndefined();
    expect(() => decodePlace('7:3')).toThrow('is no place in a log');
  });

  it('is another one in another epoch, or with another key, value or time', () => {
    const others = [
      { ...record, offset: 8 },
      { ...record, key: Buffer.from('v'), value: null },
      { ...record, value: Buffer.from('w') },
      { ...record, writtenIn: { leaderEpoch: 4, timestamp: 5 } },
      { ...record, writtenIn: { leaderEpoch: 3, timestamp: 6 } },
    ];
    for (const other of others) expect(isSamePlace(placeOf(record), placeOf(other))).toBe(false);
  });

  it('is the same when a limit was raised and its batch can be read since', () => {
    const unread = { ...record, value: Buffer.from('a whole batch'), fault: 'too large' };
    expect(isSamePlace(placeOf(unread), placeOf(record))).toBe(true);
    const newer = { ...record, writtenIn: { leaderEpoch: 4, timestamp: 5 } };
    expect(isSamePlace(placeOf(unread), placeOf(newer))).toBe(false);
  });
});
