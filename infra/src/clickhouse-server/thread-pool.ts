/** libuv's default. */
const threadsDefault = 4;
/** A query in the engine keeps a thread, and cancelling one needs another. */
const spareThreads = 1;
/** Reading the pipes of results while every session is busy. */
const pipeThreads = 2;

/** Queries that run at once when nothing else is asked for. */
export const sessionsMaxDefault = 10;

/**
 * UV_THREADPOOL_SIZE for a process with this many sessions. libuv reads it once, before any code of
 * ours, so whoever starts the process must set it.
 */
export function threadPoolSize(sessionsMax: number): number {
  return sessionsMax + pipeThreads + spareThreads;
}

/** How many of the configured sessions the thread pool of this process can carry. */
export function sessionsThatFit(sessionsMax: number): number {
  const threads = Number(process.env['UV_THREADPOOL_SIZE'] ?? threadsDefault);
  const usable = Number.isInteger(threads) && threads > 0 ? threads : threadsDefault;
  return Math.max(1, Math.min(sessionsMax, usable - spareThreads));
}
