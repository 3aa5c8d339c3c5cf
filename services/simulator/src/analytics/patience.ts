import { setTimeout as sleep } from 'node:timers/promises';
import type { Analyst } from './analyst.ts';

/** Refused or broken connections: the server may be starting again. */
const passingCodes: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE']);

export const isPassing = (error: unknown): error is Error =>
  error instanceof Error && 'code' in error && passingCodes.has(String(error.code));

/** Asks again while the server may be starting again, `unavailableMsMax` at most for one question. */
export function patient(
  analyst: Analyst,
  { unavailableMsMax, retryDelayMs }: { unavailableMsMax: number; retryDelayMs: number },
): Analyst {
  return {
    async query(sql) {
      const giveUpAt = performance.now() + unavailableMsMax;
      for (;;) {
        try {
          return await analyst.query(sql);
        } catch (error) {
          if (!isPassing(error) || performance.now() > giveUpAt) throw error;
          await sleep(retryDelayMs);
        }
      }
    },
    close: () => analyst.close(),
  };
}
