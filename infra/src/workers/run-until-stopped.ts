import type { Log } from '../observability/index.ts';

export interface Running {
  /** Ends the work in order; what was begun is finished. */
  close(): Promise<void>;
}

/**
 * Starts a service and keeps it until SIGTERM or SIGINT, then closes it and ends the process with 0.
 * A failure at start, later (through `fail`) or while closing ends it with 1 and one line that says
 * why; so does a close, or a start that is to be closed, that takes longer than `closeMsMax`.
 */
export async function runUntilStopped(options: {
  log: Log;
  closeMsMax: number;
  /** `stopping` is aborted when a start that is still waiting for something is to give up. */
  start: (fail: (error: Error) => void, stopping: AbortSignal) => Promise<Running>;
}): Promise<never> {
  const { log, closeMsMax } = options;
  const stopping = new AbortController();
  let end: (error: Error | undefined) => void = () => undefined;
  const ended = new Promise<Error | undefined>((resolve) => (end = resolve));
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => {
      log.info({ signal }, 'stopping');
      end(undefined);
    });
  process.once('uncaughtException', end);
  const starting = options.start(end, stopping.signal);
  starting.then(() => log.info('running'), end);

  const error = await ended;
  stopping.abort();
  if (error !== undefined) log.fatal({ err: error }, error.message);
  setTimeout(() => {
    log.fatal({ closeMsMax }, 'closing took too long');
    process.exit(1);
  }, closeMsMax).unref();
  const running = await starting.catch(() => undefined);
  try {
    await running?.close();
  } catch (closing) {
    log.error({ err: closing }, 'closing failed');
    process.exit(1);
  }
  process.exit(error === undefined ? 0 : 1);
}
