import { readFileSync } from 'node:fs';

/** What one process has taken since its start. */
export interface ProcessUsage {
  readonly cpuSeconds: number;
  /** The most memory that it had at once. */
  readonly peakMiB: number;
}

/** The unit of /proc/PID/stat, the same on every Linux of today. */
const ticksPerSecond = 100;

/** Reads Linux's account of a process. Throws when there is no such process. */
export function usageOf(pid: number): ProcessUsage {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name, in parentheses, may have spaces; user and system time are fields 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond,
    peakMiB: Math.round(Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1]) / 1_024),
  };
}
