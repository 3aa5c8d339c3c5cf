import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { startTicks } from '../local-stack/index.ts';

const ownerSchema = z.object({ pid: z.number(), startTicks: z.number() });

export type Claim =
  { readonly type: 'owned'; release(): void } | { readonly type: 'taken'; readonly pid: number };

/**
 * Makes this process the only launcher of a data folder until `release` (or its exit). A claim left
 * by a launcher that was killed is taken over; the moment at which the process began tells it from
 * another process that got the same id.
 */
export async function claimDataDir(dataDir: string): Promise<Claim> {
  mkdirSync(dataDir, { recursive: true });
  const path = join(dataDir, 'launcher.json');
  const own = { pid: process.pid, startTicks: await startTicks(process.pid) };
  const claim = (): boolean => {
    try {
      writeFileSync(path, JSON.stringify(own), { flag: 'wx' });
      return true;
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
      throw error;
    }
  };
  if (!claim()) {
    const owner = readOwner(path);
    if (owner !== undefined && (await startTicks(owner.pid)) === owner.startTicks) {
      return { type: 'taken', pid: owner.pid };
    }
    rmSync(path, { force: true });
    // Another launcher may have been quicker; then it is the owner.
    if (!claim()) return { type: 'taken', pid: readOwner(path)?.pid ?? 0 };
  }
  const release = (): void => {
    rmSync(path, { force: true });
  };
  process.once('exit', release);
  return {
    type: 'owned',
    release: () => {
      process.removeListener('exit', release);
      release();
    },
  };
}

function readOwner(path: string): z.infer<typeof ownerSchema> | undefined {
  try {
    return ownerSchema.safeParse(JSON.parse(readFileSync(path, 'utf8'))).data;
  } catch {
    return undefined;
  }
}
