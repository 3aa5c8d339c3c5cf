import { z } from 'zod';
import { bounded } from '../configuration/index.ts';
import { localStackLimits, type StartLimits } from '../local-stack/index.ts';
import type { LaunchOptions } from './arguments.ts';
import { readSettings } from './terminal-settings.ts';

const dayMs = 86_400_000;

const schema = z.object({
  /** From the start of a program to its first good answer. */
  START_MS_MAX: bounded({ min: 1_000, max: dayMs, default: localStackLimits.startMsMax }),
  /** Without an answer, a line in the log or work. */
  START_SILENT_MS_MAX: bounded({
    min: 1_000,
    max: dayMs,
    default: localStackLimits.startSilentMsMax,
  }),
});

/**
 * How long programs may take until they are ready: `--start-seconds` stands above the environment. Throws
 * InstallError, a sentence for the person at the terminal.
 */
export function startLimits(
  { startSeconds }: Pick<LaunchOptions, 'startSeconds'>,
  environment: Readonly<Record<string, string | undefined>>,
): StartLimits {
  const read = readSettings(schema, environment);
  return {
    startMsMax: startSeconds === undefined ? read.START_MS_MAX : 1_000 * startSeconds,
    startSilentMsMax: read.START_SILENT_MS_MAX,
  };
}
