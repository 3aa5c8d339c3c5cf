import type { User } from './credentials.ts';
import { exception } from './exception.ts';
import { tokenize, type Token } from './sql.ts';

/** A statement at work, by the id that its client gave or was told. */
export interface RunningQuery {
  readonly queryId: string;
  readonly user: User;
  readonly text: string;
  kill(): void;
}

/** Which of their queries a client wants ended. */
export interface KillAsked {
  readonly queryIds: readonly string[];
  /** What is answered behind it: the format that the statement names. */
  readonly format: string | undefined;
  readonly mode: 'kill' | 'test';
}

/**
 * The statements at work. The engine has ids of its own for them, so KILL QUERY with a client's id is
 * carried out here.
 */
export class RunningQueries {
  readonly #running = new Set<RunningQuery>();

  /** Until the returned function is called. @throws DatabaseException 216 while the user has one of this id. */
  begin(query: RunningQuery): () => void {
    for (const { user, queryId } of this.#running) {
      if (user === query.user && queryId === query.queryId) {
        throw exception(
          'QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING',
          `Query with id = ${queryId} is already running.`,
        );
      }
    }
    this.#running.add(query);
    return () => this.#running.delete(query);
  }

  /** Those that a user may end, `default` everybody's, and that the statement names; unless `test`, they are ended. */
  kill(options: { user: User; asked: KillAsked }): readonly RunningQuery[] {
    const { user, asked } = options;
    const wanted = new Set(asked.queryIds);
    const found = [...this.#running].filter(
      (query) => wanted.has(query.queryId) && (user === 'default' || query.user === user),
    );
    if (asked.mode === 'kill') for (const query of found) query.kill();
    return found;
  }
}

const word = (token: Token | undefined): string =>
  token?.kind === 'word' ? token.text.toUpperCase() : '';

/**
 * Reads `KILL QUERY WHERE query_id = '…'` or `query_id IN ('…', …)`, with SYNC, ASYNC or TEST and FORMAT.
 * Undefined for any other text.
 */
export function readKill(text: string): KillAsked | undefined {
  if (!/^[\s(]*KILL\b/i.test(text)) return undefined;
  const tokens = [...tokenize(text)].filter(({ text: each }) => each !== ';');
  let at = 0;
  const next = (expected: string): boolean => {
    const token = tokens[at];
    const found = token?.kind === 'word' ? word(token) : (token?.text ?? '');
    if (found !== expected) return false;
    at += 1;
    return true;
  };
  if (!next('KILL') || !next('QUERY') || !next('WHERE') || !next('QUERY_ID')) return undefined;
  const queryIds: string[] = [];
  const literal = (): boolean => {
    const token = tokens[at];
    if (token?.kind !== 'string' || !/^'[^'\\]*'$/.test(token.text)) return false;
    queryIds.push(token.text.slice(1, -1));
    at += 1;
    return true;
  };
  if (next('IN')) {
    if (!next('(')) return undefined;
    do {
      if (!literal()) return undefined;
    } while (next(','));
    if (!next(')')) return undefined;
  } else if (!next('=') || !literal()) return undefined;
  const isTest = next('TEST');
  if (!isTest && !next('SYNC')) next('ASYNC');
  const format = next('FORMAT') ? tokens[at++]?.text : undefined;
  return at === tokens.length ? { queryIds, format, mode: isTest ? 'test' : 'kill' } : undefined;
}
