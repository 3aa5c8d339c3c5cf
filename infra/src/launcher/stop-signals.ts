/** npm hands a signal on that the terminal has already sent to its whole group: one key press, twice. */
const sameKeyPressWithinMs = 1_000;

const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/**
 * The returned signal is aborted at the first SIGINT, SIGTERM or SIGHUP (a closed
 * terminal). A second one, later than the copy
 * that npm makes of the first, ends this process at once, and with it all that it owns.
 */
export function stopOnSignals(): AbortSignal {
  const stop = new AbortController();
  let first: number | undefined;
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      first ??= performance.now();
      if (stop.signal.aborted && performance.now() - first > sameKeyPressWithinMs) {
        process.exit(exitCodes[name]);
      }
      stop.abort();
    });
  }
  return stop.signal;
}
