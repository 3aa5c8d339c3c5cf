import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { claimDataDir } from './ownership.ts';

describe('the claim on a data folder', () => {
  let dir: string;

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'semarak-claim-'));
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  it('is one launcher at a time, and leaves nothing', async () => {
    const first = await claimDataDir(dir);
    expect(await claimDataDir(dir)).toEqual({ type: 'taken', pid: process.pid });
    if (first.type === 'owned') first.release();
    expect(readdirSync(dir)).toEqual([]);
  });

  it.each([
    ['a launcher that is gone', { pid: 2 ** 22 + 1, startTicks: 5 }],
    ['another process with the same id', { pid: process.pid, startTicks: 1 }],
    ['nobody', 'rubbish'],
  ])('is taken over from %s', async (_, content) => {
    writeFileSync(join(dir, 'launcher.json'), JSON.stringify(content));
    const claim = await claimDataDir(dir);
    expect(claim.type).toBe('owned');
    if (claim.type === 'owned') claim.release();
  });
});
