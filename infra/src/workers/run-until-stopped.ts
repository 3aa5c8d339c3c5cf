import type { Log } from '../observability/index.ts';

export interface Running {
  /** Ends the work in order; what was begun is finished. */
  close(): Promise<void>;
}

/**
 * Starts a service and keeps it until SIGTERM or SIGINT, then closes it and ends the process with 0.
 * A failure at start, later (through `fail`) or while closing ends it with 1 and one line that says
 * why; a close that takes longer than `closeMsMax` counts as one.
 */
export async function runUntilStopped(options: {
  log: Log;
  closeMsMax: number;
  start: (fail: (error: Error) => void) => Promise<Running>;
}): Promise<void> {
  const { log, closeMsMax } = options;
  const stopped = new Promise<Error | undefined>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const)
      process.once(signal, () => {
        log.info({ signal }, 'stopping');
        resolve(undefined);
      });
    process.once('uncaughtException', resolve);
    options.start(resolve).then(
      (running) => {
        log.info('running');
        void stopped.then((error) => finish(running, error));
      },
      (error: unknown) => finish(undefined, error as Error),
    );
  });

  const finish = async (running: Running | undefined, error: Error | undefined) => {
    if (error !== undefined) log.fatal({ err: error }, error.message);
    setTimeout(() => {
      log.fatal({ closeMsMax }, 'closing took too long');
      process.exit(1);
    }, closeMsMax).unref();
    try {
      await running?.close();
    } catch (closing) {
      log.error({ err: closing }, 'closing failed');
      process.exit(1);
    }
    process.exit(error === undefined ? 0 : 1);
  };
  await stopped;
}
