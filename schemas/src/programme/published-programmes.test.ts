import { describe, expect, it } from 'vitest';
import { decodePublishedProgrammes, encodePublishedProgrammes } from './published-programmes.ts';

describe('what a partition knows of programmes, as it is stored', () => {
  it('is read as it was written, also without anything stored', () => {
    const state = { documents: [], closedDays: { mall: 16_405 } };
    expect(decodePublishedProgrammes(encodePublishedProgrammes(state))).toEqual(state);
    expect(decodePublishedProgrammes(null)).toEqual({ documents: [] });
  });

  it('is refused in another format, with both numbers', () => {
    const newer = Buffer.from(JSON.stringify({ format: 2, programmes: [] }));
    expect(() => decodePublishedProgrammes(newer)).toThrow(
      'it has format 2, and this version reads 1',
    );
  });
});
