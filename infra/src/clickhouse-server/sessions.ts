import { availableParallelism, totalmem } from 'node:os';
import type { ClickHouseServerConfig } from './config.ts';
import type { User } from './credentials.ts';
import { exception } from './exception.ts';

export interface Session {
  /** The named pipe that results of this session flow through. */
  readonly pipe: string;
  release(): void;
}

/** A request of a user, from when he is known to the end of its answer. */
export interface Place {
  /**
   * Waits for a session.
   *
   * @throws DatabaseException TOO_MANY_SIMULTANEOUS_QUERIES (202) when the wait takes too long;
   * QUERY_WAS_CANCELLED when the signal aborts it.
   */
  session(signal: AbortSignal): Promise<Session>;
  leave(): void;
}

/** What a user may take of the sessions. */
export interface UserSessions {
  /** Queries of the user that run at once. */
  readonly sessionsMax: number;
  /** Requests of the user that may be there beside those; the next one is refused. */
  readonly queueLengthMax: number;
}

interface Waiting {
  readonly user: User;
  readonly resolve: (session: Session) => void;
}

/** In the order in which a free session is offered: what the projector brings comes before what is asked. */
const users: readonly User[] = ['default', 'analyst'];

/**
 * Lets as many queries run as there are pipes, of each user no more than his limit; a bounded number of others waits
 * in order.
 */
export class Sessions {
  readonly #free: string[];
  readonly #waiting: Waiting[] = [];
  readonly #limits: Readonly<Record<User, UserSessions>>;
  readonly #queueWaitMsMax: number;
  readonly #present: Record<User, number> = { default: 0, analyst: 0 };
  readonly #running: Record<User, number> = { default: 0, analyst: 0 };

  constructor(options: {
    pipes: readonly string[];
    limits: Readonly<Record<User, UserSessions>>;
    queueWaitMsMax: number;
  }) {
    this.#free = [...options.pipes];
    this.#limits = options.limits;
    this.#queueWaitMsMax = options.queueWaitMsMax;
  }

  get running(): number {
    return this.#running.default + this.#running.analyst;
  }

  /** @throws DatabaseException TOO_MANY_SIMULTANEOUS_QUERIES (202) when as many of the user are there. */
  enter(user: User): Place {
    const { sessionsMax, queueLengthMax } = this.#limits[user];
    if (this.#present[user] >= sessionsMax + queueLengthMax)
      throw this.#tooMany(user, 'the queue is full');
    this.#present[user]++;
    let isPresent = true;
    return {
      session: (signal) => this.#acquire(user, signal),
      leave: () => {
        if (isPresent) this.#present[user]--;
        isPresent = false;
      },
    };
  }

  #acquire(user: User, signal: AbortSignal): Promise<Session> {
    const pipe = this.#mayRun(user) ? this.#free.pop() : undefined;
    if (pipe !== undefined) return Promise.resolve(this.#session(user, pipe));
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
        () => leave(this.#tooMany(user, `waited ${this.#queueWaitMsMax} ms`)),
        this.#queueWaitMsMax,
      );
      const waiting: Waiting = {
        user,
        resolve: (session) => {
          clearTimeout(timer);
          signal.removeEventListener('abort', onAbort);
          resolve(session);
        },
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiting.push(waiting);
    });
  }

  #mayRun(user: User): boolean {
    return this.#running[user] < this.#limits[user].sessionsMax;
  }

  #tooMany(user: User, reason: string): Error {
    return exception(
      'TOO_MANY_SIMULTANEOUS_QUERIES',
      `Too many simultaneous queries for user ${user}. Maximum: ${this.#limits[user].sessionsMax}, ${reason}.`,
    );
  }

  #session(user: User, pipe: string): Session {
    this.#running[user]++;
    let isReleased = false;
    return {
      pipe,
      release: () => {
        if (isReleased) return;
        isReleased = true;
        this.#running[user]--;
        this.#free.push(pipe);
        this.#offer();
      },
    };
  }

  #offer(): void {
    for (const user of users) {
      if (!this.#mayRun(user)) continue;
      const index = this.#waiting.findIndex((waiting) => waiting.user === user);
      if (index === -1) continue;
      const pipe = this.#free.pop();
      if (pipe === undefined) return;
      const [next] = this.#waiting.splice(index, 1);
      next?.resolve(this.#session(user, pipe));
      return;
    }
  }
}

/** What each user may take of so many sessions: those that are reserved run nothing of the analyst's. */
export function sessionLimits(
  config: ClickHouseServerConfig,
  count: number,
): Readonly<Record<User, UserSessions>> {
  const analystMax = Math.max(1, count - config.CLICKHOUSE_OWNER_SESSIONS_RESERVED);
  return {
    default: { sessionsMax: count, queueLengthMax: config.CLICKHOUSE_QUEUE_LENGTH_MAX },
    analyst: {
      sessionsMax: analystMax,
      queueLengthMax: config.CLICKHOUSE_ANALYST_QUEUE_LENGTH_MAX,
    },
  };
}

/** The engine takes nine tenths of the machine’s memory at most. */
const engineMemoryShare = 0.9;

/**
 * The configuration with the analyst's limits of a query so that all that run at once leave the owner the memory that
 * is reserved, and no query takes more threads than there are cores.
 */
export function withinReserve(
  config: ClickHouseServerConfig,
  analystSessions: number,
): ClickHouseServerConfig {
  const memory = totalmem() * engineMemoryShare - config.CLICKHOUSE_OWNER_MEMORY_BYTES_RESERVED;
  const memoryOfQuery = Math.max(memoryOfQueryMin, Math.floor(memory / analystSessions));
  return {
    ...config,
    CLICKHOUSE_ANALYST_MEMORY_BYTES_MAX: Math.min(
      config.CLICKHOUSE_ANALYST_MEMORY_BYTES_MAX,
      memoryOfQuery,
    ),
    CLICKHOUSE_ANALYST_THREADS_MAX: Math.min(
      config.CLICKHOUSE_ANALYST_THREADS_MAX,
      availableParallelism(),
    ),
  };
}

/** Below this no report runs. */
const memoryOfQueryMin = 64 * 1024 * 1024;
