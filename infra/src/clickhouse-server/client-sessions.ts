import { exception } from './exception.ts';

/** What a client's session keeps from one request to the next. */
export interface SessionState {
  readonly settings: ReadonlyMap<string, string>;
  readonly parameters: ReadonlyMap<string, string>;
  readonly database: string | undefined;
}

/** A session while a request has it. */
export interface OpenSession {
  readonly state: SessionState;
  /** What holds from the next request on. */
  keep(state: SessionState): void;
  /** At the end of the request, once. */
  release(): void;
}

/** What a request says of its session. */
export interface SessionAsked {
  readonly id: string;
  readonly timeoutS: number;
  /** The session has to be there already. */
  readonly check: 'must_exist' | 'may_be_new';
  readonly after: 'kept' | 'closed';
}

interface Kept {
  state: SessionState;
  isBusy: boolean;
  expiresAtMs: number;
}

const empty: SessionState = { settings: new Map(), parameters: new Map(), database: undefined };

/**
 * Sessions of clients, by user and `session_id`: settings, parameters and the database that SET and USE
 * leave behind. As in clickhouse-server one request at a time has a session, and one that nobody asks for
 * within its timeout is forgotten; of too many, the one that would be forgotten next.
 */
export class ClientSessions {
  readonly #sessions = new Map<string, Kept>();
  readonly #sessionsMax: number;
  readonly #nowMs: () => number;

  constructor(options: { sessionsMax: number; nowMs: () => number }) {
    this.#sessionsMax = options.sessionsMax;
    this.#nowMs = options.nowMs;
  }

  /**
   * @throws DatabaseException SESSION_NOT_FOUND (372) with `must_exist`, SESSION_IS_LOCKED (373) while
   * another request has it.
   */
  open(options: { user: string; asked: SessionAsked }): OpenSession {
    const { user, asked } = options;
    this.#forget();
    const key = `${user}\n${asked.id}`;
    const known = this.#sessions.get(key);
    if (known === undefined && asked.check === 'must_exist') {
      throw exception('SESSION_NOT_FOUND', `Session ${asked.id} not found`);
    }
    if (known?.isBusy === true) {
      throw exception('SESSION_IS_LOCKED', `Session ${asked.id} is locked by a concurrent client`);
    }
    const session: Kept = known ?? { state: empty, isBusy: true, expiresAtMs: 0 };
    session.isBusy = true;
    this.#sessions.set(key, session);
    return {
      state: session.state,
      keep: (state) => {
        session.state = state;
      },
      release: () => {
        session.isBusy = false;
        session.expiresAtMs = this.#nowMs() + asked.timeoutS * 1_000;
        if (asked.after === 'closed') this.#sessions.delete(key);
        this.#shrink();
      },
    };
  }

  #forget(): void {
    const now = this.#nowMs();
    for (const [key, session] of this.#sessions) {
      if (!session.isBusy && session.expiresAtMs <= now) this.#sessions.delete(key);
    }
  }

  #shrink(): void {
    while (this.#sessions.size > this.#sessionsMax) {
      const idle = [...this.#sessions].filter(([, { isBusy }]) => !isBusy);
      const [next] = idle.sort(([, one], [, other]) => one.expiresAtMs - other.expiresAtMs);
      if (next === undefined) return;
      this.#sessions.delete(next[0]);
    }
  }
}
