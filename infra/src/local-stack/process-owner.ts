import { readFile } from 'node:fs/promises';

/**
 * The variable that marks every process of a stack with its data folder, so that a process id found
 * in an old pid file can be told from a stranger's that got the same number.
 */
export const stackVariable = 'SEMARAK_STACK';

/** True while a process of this id exists (a zombie does not count). */
export async function isAlive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  // The state follows the command's name, which is in brackets and may itself hold brackets.
  return stat !== undefined && !stat.slice(stat.lastIndexOf(')')).startsWith(') Z');
}

/** True when the process is alive and was started for the stack on this data folder. */
export async function belongsToStack(process: { pid: number; dataDir: string }): Promise<boolean> {
  if (!(await isAlive(process.pid))) return false;
  const environ = await readFile(`/proc/${process.pid}/environ`, 'utf8').catch(() => '');
  return environ.split('\0').includes(`${stackVariable}=${process.dataDir}`);
}

/** From field 3 of /proc/PID/stat on, https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html. */
async function statOf(pid: number): Promise<readonly string[] | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/**
 * When the process began, in clock ticks since the machine's boot; undefined when there is none.
 * Together with its id it names a process once and for all until the next boot.
 */
export async function startTicks(pid: number): Promise<number | undefined> {
  const field = (await statOf(pid))?.[22 - 3];
  return field === undefined ? undefined : Number(field);
}

/** The kernel tells times to programs in hundredths of a second. */
const tickMs = 10;

/** The time that all threads of the process have had of the processors; undefined when there is none. */
export async function cpuMs(pid: number): Promise<number | undefined> {
  const stat = await statOf(pid);
  return stat === undefined ? undefined : tickMs * (Number(stat[14 - 3]) + Number(stat[15 - 3]));
}
