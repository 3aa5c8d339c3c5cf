import { uptime } from 'node:os';

/** Beyond this the steady clock has stood still, as it does while a machine sleeps, or the other was set. */
const driftMsMax = 1_000;

/**
 * Milliseconds since the machine was started, asleep or awake, whatever the wall clock is set to. Cheap
 * enough for each request: the kernel is asked again only when the process' own steady clock disagrees with
 * the wall clock.
 */
export function sinceBoot(
  sources: {
    readonly wallMs?: () => number;
    /** Stands still while the machine sleeps. */
    readonly steadyMs?: () => number;
    readonly uptimeMs?: () => number;
  } = {},
): () => number {
  const {
    wallMs = Date.now,
    steadyMs = () => performance.now(),
    uptimeMs = () => uptime() * 1_000,
  } = sources;
  const measure = () => ({ wall: wallMs(), steady: steadyMs(), uptime: uptimeMs() });
  let last = measure();
  return () => {
    const passed = steadyMs() - last.steady;
    if (Math.abs(wallMs() - last.wall - passed) <= driftMsMax) return last.uptime + passed;
    last = measure();
    return last.uptime;
  };
}
