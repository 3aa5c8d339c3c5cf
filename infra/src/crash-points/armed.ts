import { writeSync } from 'node:fs';
import { z } from 'zod';
import { bounded, readConfiguration } from '../configuration/index.ts';
import { crashPointNames, type CrashPointName } from './names.ts';

const configuration = readConfiguration(
  z.object({
    /** None: the process is never ended here. */
    CRASH_POINT: z.enum(crashPointNames).optional(),
    /** The process ends when it has come to the point so often. */
    CRASH_AFTER_HITS: bounded({ min: 1, max: 1_000_000, default: 1 }),
    /** SIGSTOP: the process only stands still, and goes on at SIGCONT. */
    CRASH_SIGNAL: z.enum(['SIGKILL', 'SIGSTOP']).default('SIGKILL'),
    /** From when on hits are counted: the start, or the first SIGUSR2. */
    CRASH_COUNTING_FROM: z.enum(['start', 'signal']).default('start'),
  }),
  process.env,
);

let isCounting = configuration.CRASH_COUNTING_FROM === 'start';
let hits = 0;
process.on('SIGUSR2', () => (isCounting = true));

/**
 * Ends the process as a power cut would, with SIGKILL and nothing flushed, when it has come to the
 * point named in CRASH_POINT often enough.
 */
export const crashPoint = (name: CrashPointName): void => {
  if (name !== configuration.CRASH_POINT || !isCounting) return;
  hits++;
  if (hits !== configuration.CRASH_AFTER_HITS) return;
  writeSync(process.stderr.fd, `crash point ${name}, hit ${hits}\n`);
  process.kill(process.pid, configuration.CRASH_SIGNAL);
};
