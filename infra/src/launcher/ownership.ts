import { existsSync, mkdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { InstallError, startTicks } from '../local-stack/index.ts';

const ownerSchema = z.object({ pid: z.number(), startTicks: z.number() });

export type Claim =
  { readonly type: 'owned'; release(): void } | { readonly type: 'taken'; readonly pid: number };

/**
 * Makes this process the only launcher of a data folder until `release` (or its exit). A claim left
 * by a launcher that was killed is taken over; the moment at which the process began tells it from
 * another process that got the same id. The folder is made if it is not there, and goes with the claim
 * when nothing else is in it. Throws InstallError when nothing can be kept there.
 */
export async function claimDataDir(dataDir: string): Promise<Claim> {
  const own = { pid: process.pid, startTicks: await startTicks(process.pid) };
  const made: string[] = [];
  try {
    makeFolder(dataDir, made);
    return await claimFolder(dataDir, { own, made });
  } catch (error) {
    removeWhileEmpty(made);
    const code = codeOf(error);
    if (code === undefined) throw error;
    throw new InstallError(
      `The data folder ${dataDir} cannot be used (${code}): choose another with "npm start -- --data DIR".`,
      { cause: error },
    );
  }
}

async function claimFolder(
  dataDir: string,
  { own, made }: { own: object; made: readonly string[] },
): Promise<Claim> {
  const path = join(dataDir, 'launcher.json');
  const claim = (): boolean => {
    try {
      writeFileSync(path, JSON.stringify(own), { flag: 'wx' });
      return true;
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false;
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
    removeWhileEmpty(made);
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

/**
 * Makes a folder and what is missing above it, which `made` is told of from the top. Node's own way of
 * making several at once never returns where the system denies that the folder above is there, as below /proc.
 */
function makeFolder(path: string, made: string[]): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path), made);
  try {
    mkdirSync(path);
    made.push(path);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
}

function removeWhileEmpty(made: readonly string[]): void {
  try {
    for (const path of made.toReversed()) rmdirSync(path);
  } catch {
    // Something else is in it by now, so it stays, and so do those above it.
  }
}

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;

function readOwner(path: string): z.infer<typeof ownerSchema> | undefined {
  try {
    return ownerSchema.safeParse(JSON.parse(readFileSync(path, 'utf8'))).data;
  } catch {
    return undefined;
  }
}
