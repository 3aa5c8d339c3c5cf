import { randomBytes } from 'node:crypto';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { InstallError } from '../local-stack/index.ts';

const keyBytes = 24;
const roles = ['terminal', 'desk', 'import', 'analyst', 'operator'] as const;
/** As ClickHouse wants its passwords, and an Authorization header what it carries. */
const key = z.string().regex(/^[!-~]{8,}$/);
/** The gateway refuses two roles with one key as well, but by then the servers run. */
const areDifferent = (keys: Readonly<Record<string, string>>): boolean =>
  new Set(Object.values(keys)).size === roles.length;
const keysSchema = z
  .object({ terminal: key, desk: key, import: key, analyst: key, operator: key })
  .refine(areDifferent);

/** One key for each role; the analyst's is the ClickHouse password too. */
export type Keys = z.infer<typeof keysSchema>;

/**
 * The keys in the file, which is written with random ones, readable by its owner alone, when it does
 * not exist. Throws InstallError when it exists and is not what it should be.
 */
export function ensureKeys(path: string): Keys {
  const fresh = roles.map((role) => [role, randomBytes(keyBytes).toString('base64url')]);
  const text = `${JSON.stringify(Object.fromEntries(fresh), null, 2)}\n`;
  try {
    writeFileSync(path, text, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    chmodSync(path, 0o600);
  }
  const parsed = keysSchema.safeParse(parseJson(textOf(path)));
  if (parsed.success) return parsed.data;
  throw new InstallError(
    `${path} must hold a key for each of ${roles.join(', ')}, all different, of at least 8 characters of ASCII without spaces: correct it, or remove it to get new keys.`,
  );
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
