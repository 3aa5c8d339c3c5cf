import { describe, expect, it } from 'vitest';
import { startLimits } from './start-limits.ts';

describe('how long a start may take', () => {
  it('is ten minutes, of which one in silence, unless the environment says otherwise', () => {
    expect(startLimits({ startSeconds: undefined }, {})).toEqual({
      startMsMax: 600_000,
      startSilentMsMax: 60_000,
    });
    const environment = { START_MS_MAX: '900000', START_SILENT_MS_MAX: '120000' };
    expect(startLimits({ startSeconds: undefined }, environment)).toEqual({
      startMsMax: 900_000,
      startSilentMsMax: 120_000,
    });
  });

  it('is what the command line says', () => {
    expect(startLimits({ startSeconds: 7 }, { START_MS_MAX: '900000' }).startMsMax).toBe(7_000);
  });

  it('is refused by its name', () => {
    expect(() => startLimits({ startSeconds: undefined }, { START_MS_MAX: 'soon' })).toThrow(
      /START_MS_MAX/,
    );
  });
});
