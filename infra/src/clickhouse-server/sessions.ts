import { exception } from './exception.ts';

export interface Session {
  /** The named pipe that results of this session flow through. */
  readonly pipe: string;
  release(): void;
}

interface Waiting {
  readonly resolve: (session: Session) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/** Lets as many queries run as there are pipes; a bounded number of others waits in order. */
export class Sessions {
  readonly #free: string[];
  readonly #waiting: Waiting[] = [];
  readonly #queueLengthMax: number;
  readonly #queueWaitMsMax: number;
  readonly #size: number;

  constructor(options: {
    pipes: readonly string[];
    queueLengthMax: number;
    queueWaitMsMax: number;
  }) {
    this.#free = [...options.pipes];
    this.#size = options.pipes.length;
    this.#queueLengthMax = options.queueLengthMax;
    this.#queueWaitMsMax = options.queueWaitMsMax;
  }

  get running(): number {
    return this.#size - this.#free.length;
  }

  /**
   * @throws DatabaseException TOO_MANY_SIMULTANEOUS_QUERIES (202) when the queue is full or the
   * wait too long; QUERY_WAS_CANCELLED when the signal aborts the wait.
   */
  acquire(signal: AbortSignal): Promise<Session> {
    const pipe = this.#free.pop();
    if (pipe !== undefined) return Promise.resolve(this.#session(pipe));
    if (this.#waiting.length >= this.#queueLengthMax) {
      return Promise.reject(this.#tooMany('the queue is full'));
    }
    return new Promise((resolve, reject) => {
      const leave = (error: Error): void => {
        const index = this.#waiting.indexOf(waiting);
        if (index === -1) return;
        this.#waiting.splice(index, 1);
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
        reject(error);
      };
      const onAbort = (): void => leave(exception('QUERY_WAS_CANCELLED', 'The client has gone.'));
      const timer = setTimeout(
        () => leave(this.#tooMany(`waited ${this.#queueWaitMsMax} ms`)),
        this.#queueWaitMsMax,
      );
      const waiting: Waiting = {
        resolve: (session) => {
          signal.removeEventListener('abort', onAbort);
          resolve(session);
        },
        reject,
        timer,
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiting.push(waiting);
    });
  }

  #tooMany(reason: string): Error {
    return exception(
      'TOO_MANY_SIMULTANEOUS_QUERIES',
      `Too many simultaneous queries. Maximum: ${this.#size}, ${reason}.`,
    );
  }

  #session(pipe: string): Session {
    let released = false;
    return {
      pipe,
      release: () => {
        if (released) return;
        released = true;
        const next = this.#waiting.shift();
        if (next === undefined) {
          this.#free.push(pipe);
          return;
        }
        clearTimeout(next.timer);
        next.resolve(this.#session(pipe));
      },
    };
  }
}
