import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Latency } from './latency.ts';
import type { Mall } from '../mall/mall.ts';

/** Transactions that are posted, and how. */
export interface Load {
  readonly url: string;
  readonly key: string;
  /** `import` sends receivedAt. */
  readonly as: 'terminal' | 'import';
  readonly mall: Mall;
  /** Numbers of transactions: from `from`, without `to`. */
  readonly from: number;
  readonly to: number;
  readonly connections: number;
  /** Transactions in a request; with more than one it is NDJSON. */
  readonly lines: number;
  /** Requests a second; undefined: each connection sends the next as soon as it has its answer. */
  readonly perSecond?: number;
  /** So many requests are sent and answered first, of which no latency is told; undefined: none. */
  readonly warmUpRequests?: number;
  /** Of so many requests one waits for its outcome; undefined: none. */
  readonly waitingEvery?: number;
}

export interface Loaded {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly accepted: number;
  /** How many answers other than 202 and accepted there were, by what they were. */
  readonly others: Readonly<Record<string, number>>;
  /** From when a request was due to its whole answer, of those that did not wait for their outcome. */
  readonly latencyMs: Latency | undefined;
  /** The same of those that did. */
  readonly waitedMs: Latency | undefined;
  /** When each request was answered, epoch milliseconds, in order of the requests. */
  readonly answeredAt: readonly number[];
}

export type ToLoad = { readonly type: 'load'; readonly load: Load } | { readonly type: 'go' };
export type FromLoad =
  { readonly type: 'ready' } | { readonly type: 'done'; readonly loaded: Loaded };

const program = fileURLToPath(new URL('../../dist/load/main.js', import.meta.url));

/**
 * Posts transactions from a process of its own. All requests are made before the first is sent; just
 * before that `onStart` is called. Throws when the process ends early.
 */
export function post(load: Load, onStart: () => void = () => undefined): Promise<Loaded> {
  const child = fork(program, { execArgv: [] });
  const tell = (message: ToLoad) => child.send(message);
  tell({ type: 'load', load });
  return new Promise((resolve, reject) => {
    child.once('disconnect', () => reject(new Error('the load ended before it was done')));
    child.on('message', (message: FromLoad) => {
      if (message.type === 'done') {
        resolve(message.loaded);
        return;
      }
      onStart();
      tell({ type: 'go' });
    });
  });
}

/** A sentence for each kind of answer other than `accepted`. */
export const refusalsIn = ({ others }: Loaded): string[] =>
  Object.entries(others).map(
    ([status, times]) => `${times} transactions were answered ${status}, not accepted`,
  );
