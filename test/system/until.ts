import { setTimeout as sleep } from 'node:timers/promises';

const pollMs = 100;

/**
 * Asks again until the answer is true. Throws after `timeoutMs`, with the last answer or failure.
 */
export async function until(
  what: string,
  timeoutMs: number,
  holds: () => boolean | Promise<boolean>,
  askEveryMs = pollMs,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`${what}: not within ${timeoutMs} ms`);
    await sleep(askEveryMs);
  }
}
