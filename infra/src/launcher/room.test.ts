import { describe, expect, it } from 'vitest';
import { checkRoom } from './room.ts';

const check = (freeMiB: number) => () =>
  checkRoom('/data', () => ({ bavail: freeMiB * 256, bsize: 4096 }));

describe('a data folder', () => {
  it('with room for the servers is taken', () => {
    expect(check(500)).not.toThrow();
  });

  it('where they would soon stop is refused, with what is free, what it takes and the option', () => {
    expect(check(499)).toThrow(
      'Only 499 MiB are free where the data folder /data is: make room for 500 MiB, or choose another with "npm start -- --data DIR".',
    );
  });
});
