import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureKeys } from './keys.ts';

describe('keys.json', () => {
  let dir: string;
  let path: string;

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'semarak-keys-'));
    path = join(dir, 'keys.json');
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  it('is made once, with different random keys, for its owner alone', () => {
    const keys = ensureKeys(path);
    const roles = ['terminal', 'desk', 'import', 'analyst', 'operator', 'owner'];
    expect(Object.keys(keys)).toEqual(roles);
    expect(new Set(Object.values(keys)).size).toBe(roles.length);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(ensureKeys(path)).toEqual(keys);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(keys);
  });

  const keys = {
    terminal: 'of-a-till',
    desk: 'of-the-desk',
    import: 'of-imports',
    analyst: 'of-analysts',
    operator: 'of-operators',
    owner: 'of-the-owner',
  };
  it.each([
    '',
    '{"terminal": "a"}',
    'not json',
    JSON.stringify({ ...keys, analyst: 'short' }),
    JSON.stringify({ ...keys, desk: 'of the desk' }),
    JSON.stringify({ ...keys, operator: keys.terminal }),
  ])('is refused when it holds %j', (text) => {
    writeFileSync(path, text);
    expect(() => ensureKeys(path)).toThrow(/must hold a key for each of terminal, desk/);
  });

  it('is taken as somebody wrote it', () => {
    writeFileSync(path, JSON.stringify(keys));
    expect(ensureKeys(path)).toEqual(keys);
  });

  it('of a version before the owner had a key gets one, and keeps the others', () => {
    const before: Partial<typeof keys> = { ...keys };
    delete before.owner;
    writeFileSync(path, JSON.stringify(before), { mode: 0o644 });
    const completed = ensureKeys(path);
    expect(completed).toEqual({ ...before, owner: completed.owner });
    expect(completed.owner).toMatch(/^[\w-]{32}$/);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(ensureKeys(path)).toEqual(completed);
  });

  it('is refused when it is no file', () => {
    mkdirSync(path);
    expect(() => ensureKeys(path)).toThrow(/must hold a key for each of terminal, desk/);
  });
});
