import { clickHouseAccess } from './access.ts';
import { ClickHouseRefused, ClickHouseUnavailable, exceptionMessage } from './errors.ts';

export interface Question {
  readonly statement: string;
  /** The format of the answer, unless the statement names one itself. */
  readonly format: string;
  /** Values of `{name:Type}` in the statement, in ClickHouse's escaped text. */
  readonly params?: Readonly<Record<string, string>>;
  readonly settings?: Readonly<Record<string, string | number>>;
  readonly timeoutMs: number;
}

export interface Answer {
  readonly text: string;
  /** The format that it really is in; empty when the server does not say. */
  readonly format: string;
}

/** Asks one question; the whole answer, as the server has written it. */
export type ClickHouseReader = (question: Question) => Promise<Answer>;

/**
 * Reads over ClickHouse's HTTP interface as this user. The answer is complete or there is none: the server holds
 * it back until the query has ended. Throws ClickHouseRefused, with ClickHouse's own message, for an exception
 * of the server, and ClickHouseUnavailable when it does not answer in time.
 */
export function createClickHouseReader(options: {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly database: string;
}): ClickHouseReader {
  const headers = {
    'x-clickhouse-user': options.username,
    'x-clickhouse-key': options.password,
    'x-clickhouse-database': options.database,
    'content-type': 'text/plain; charset=utf-8',
  };
  return async ({ statement, format, params = {}, settings = {}, timeoutMs }) => {
    const url = new URL(clickHouseAccess(options.url).url);
    url.searchParams.set('default_format', format);
    url.searchParams.set('wait_end_of_query', '1');
    for (const [name, value] of Object.entries(settings)) url.searchParams.set(name, String(value));
    for (const [name, value] of Object.entries(params))
      url.searchParams.set(`param_${name}`, value);
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      const response = await fetch(url, { method: 'POST', headers, body: statement, signal });
      const text = await response.text();
      const code = response.headers.get('x-clickhouse-exception-code');
      if (code !== null)
        throw new ClickHouseRefused(exceptionMessage(text), { serverCode: code, cause: undefined });
      if (!response.ok) throw new Error(`ClickHouse answers with status ${response.status}`);
      return { text, format: response.headers.get('x-clickhouse-format') ?? '' };
    } catch (error) {
      if (error instanceof ClickHouseRefused) throw error;
      throw new ClickHouseUnavailable('ClickHouse did not answer', { cause: error });
    }
  };
}
