import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { localStackLimits } from './limits.ts';
import { readPid } from './managed-process.ts';
import { belongsToStack, isAlive } from './process-owner.ts';

/**
 * Stops what an earlier owner of this data folder left running when it was killed: each process that
 * a pid file names and that was started for this folder. Removes the pid files; leaves alone a
 * stranger's process that now has an old number. Returns the names of what it stopped.
 */
export async function stopLeftovers(dataDir: string): Promise<string[]> {
  const run = join(dataDir, 'run');
  const files = (await readdir(run).catch(() => [])).filter((file) => file.endsWith('.pid'));
  const stopped = await Promise.all(
    files.map(async (file) => {
      const path = join(run, file);
      const pid = await readPid(path);
      const ours = pid !== undefined && (await belongsToStack({ pid, dataDir }));
      if (ours) await stopProcess(pid);
      await rm(path, { force: true });
      return ours ? [file.slice(0, -'.pid'.length)] : [];
    }),
  );
  return stopped.flat();
}

/** SIGTERM, a bounded wait, SIGKILL, for a process that is not a child of this one. */
async function stopProcess(pid: number): Promise<void> {
  if (await endsAfter({ pid, signal: 'SIGTERM' })) return;
  await endsAfter({ pid, signal: 'SIGKILL' });
}

async function endsAfter(target: { pid: number; signal: NodeJS.Signals }): Promise<boolean> {
  try {
    process.kill(target.pid, target.signal);
  } catch {
    return true;
  }
  const deadline = performance.now() + localStackLimits.stopWithinMs;
  while (performance.now() < deadline) {
    if (!(await isAlive(target.pid))) return true;
    await sleep(localStackLimits.readyPollMs);
  }
  return false;
}
