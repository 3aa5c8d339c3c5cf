import type { EpochDay } from '@semarak/schemas';
import type { TrustedClock } from './trusted-clock.ts';

/**
 * Compares the clock with the log again and again until it is believed. What cannot be read is asked again.
 * Resolves when it was compared once or could not be.
 */
export async function compareUntilBelieved(options: {
  clock: TrustedClock;
  newestClosed: () => Promise<EpochDay | undefined>;
  everyMs: number;
}): Promise<{ stop(): void }> {
  const { clock, newestClosed, everyMs } = options;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  const compare = async (): Promise<void> => {
    const newest = await newestClosed().then(
      (day) => ({ day }),
      () => undefined,
    );
    if (newest !== undefined) clock.compareWithLog(newest.day);
    if (!clock.isCompared && !isStopped) timer = setTimeout(() => void compare(), everyMs);
  };
  await compare();
  return {
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
