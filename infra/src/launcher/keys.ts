import { randomBytes } from 'node:crypto';
import { chmodSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { InstallError } from '../local-stack/index.ts';

const keyBytes = 24;
const roles = ['terminal', 'desk', 'import', 'analyst', 'operator', 'owner'] as const;
/** As ClickHouse wants its passwords, and an Authorization header what it carries. */
const key = z.string().regex(/^[!-~]{8,}$/);
/** The gateway refuses two roles with one key as well, but by then the servers run. */
const areDifferent = (keys: Readonly<Record<string, string>>): boolean =>
  new Set(Object.values(keys)).size === roles.length;
const keysSchema = z
  .object({ terminal: key, desk: key, import: key, analyst: key, operator: key, owner: key })
  .refine(areDifferent);

/** One key for each role; the analyst's is the ClickHouse password too, `owner` that of its user `default`. */
export type Keys = z.infer<typeof keysSchema>;

/**
 * The keys in the file, which is written with random ones, readable by its owner alone, when it does
 * not exist. Throws InstallError when it exists and is not what it should be.
 */
export function ensureKeys(path: string): Keys {
  const fresh = Object.fromEntries(roles.map((role) => [role, newKey()]));
  try {
    writeFileSync(path, textOfKeys(fresh), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    chmodSync(path, 0o600);
  }
  const kept = parseJson(textOf(path));
  const parsed = keysSchema.safeParse(kept);
  if (parsed.success) return parsed.data;
  // A file of a version that had no key for ClickHouse's owner.
  const completed = keysSchema.safeParse({ owner: newKey(), ...(isRecord(kept) ? kept : {}) });
  if (completed.success) return rewritten(path, completed.data);
  throw new InstallError(
    `${path} must hold a key for each of ${roles.join(', ')}, all different, of at least 8 characters of ASCII without spaces: correct it, or remove it to get new keys.`,
  );
}

const newKey = (): string => randomBytes(keyBytes).toString('base64url');
const textOfKeys = (keys: Readonly<Record<string, string>>): string =>
  `${JSON.stringify(keys, null, 2)}\n`;
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** In one step, so that a crash leaves the old keys or the new ones. */
function rewritten(path: string, keys: Keys): Keys {
  const fresh = `${path}.new`;
  writeFileSync(fresh, textOfKeys(keys), { mode: 0o600 });
  renameSync(fresh, path);
  return keys;
}

/** Empty when it is no file that can be read. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
