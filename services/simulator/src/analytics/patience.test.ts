import { describe, expect, it } from 'vitest';
import type { Analyst } from './analyst.ts';
import { patient } from './patience.ts';

/** Fails with these codes, one a question, and answers then. */
function failing(codes: string[]): Analyst & { asked: number } {
  return {
    asked: 0,
    query() {
      this.asked++;
      const code = codes.shift();
      if (code === undefined) return Promise.resolve([{ answer: 42 }]);
      return Promise.reject(Object.assign(new Error(code), { code }));
    },
    close: () => Promise.resolve(),
  };
}

const limits = { unavailableMsMax: 10_000, retryDelayMs: 1 };

describe('a patient analyst', () => {
  it('asks again while the server starts again', async () => {
    const analyst = failing(['ECONNREFUSED', 'ECONNRESET']);
    expect(await patient(analyst, limits).query('SELECT')).toEqual([{ answer: 42 }]);
    expect(analyst.asked).toBe(3);
  });

  it('hands on at once what would come again', async () => {
    const analyst = failing(['62']);
    await expect(patient(analyst, limits).query('SELEC')).rejects.toThrow('62');
    expect(analyst.asked).toBe(1);
  });

  it('gives up when its time is over', async () => {
    const analyst = failing(Array.from({ length: 1_000 }, () => 'ECONNREFUSED'));
    const short = { unavailableMsMax: 20, retryDelayMs: 5 };
    await expect(patient(analyst, short).query('SELECT')).rejects.toThrow('ECONNREFUSED');
    expect(analyst.asked).toBeGreaterThan(1);
  });
});
