import { randomBytes } from 'node:crypto';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { InstallError } from '../local-stack/index.ts';

const keyBytes = 24;
const roles = ['terminal', 'desk', 'import', 'analyst', 'operator'] as const;
const keysSchema = z.object({
  terminal: z.string().min(1),
  desk: z.string().min(1),
  import: z.string().min(1),
  analyst: z.string().min(1),
  operator: z.string().min(1),
});

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
  const parsed = keysSchema.safeParse(parseJson(readFileSync(path, 'utf8')));
  if (parsed.success) return parsed.data;
  throw new InstallError(
    `${path} must hold a key for each of ${roles.join(', ')}: correct it, or remove it to get new keys.`,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
