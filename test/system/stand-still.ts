import { readdirSync, readFileSync } from 'node:fs';
import { until } from './until.ts';

/**
 * Stops a process (SIGSTOP) and resolves once each of its threads stands. `kill` alone returns before
 * that: on a busy machine Kafka was seen to answer for another 34 ms, time enough to take a record.
 */
export async function standStill(pid: number): Promise<void> {
  process.kill(pid, 'SIGSTOP');
  const threads = `/proc/${pid}/task`;
  await until(
    `process ${pid} stands still`,
    10_000,
    () => readdirSync(threads).every((thread) => isStopped(`${threads}/${thread}/stat`)),
    1,
  );
}

/** The state follows the command's name, which is in brackets and may itself hold brackets. */
function isStopped(statFile: string): boolean {
  const stat = readFileSync(statFile, 'utf8');
  return stat.slice(stat.lastIndexOf(')')).startsWith(') T');
}
