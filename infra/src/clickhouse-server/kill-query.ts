import type { User } from './credentials.ts';
import { exception } from './exception.ts';
import type { Received } from './request-body.ts';
import { readKill, type RunningQuery, type RunningQueries } from './running-queries.ts';
import { firstKeyword, quoteString } from './sql.ts';

/** KILL QUERY of more ids than fit here is refused. */
const textBytesMax = 64 * 1024;

/**
 * Carries out KILL QUERY by the ids of clients, before it needs a place among the queries at work, all of which
 * may be taken by those to be ended. What it found is then read by a SELECT, in the client's format.
 *
 * @throws DatabaseException READONLY (164) for the analyst's KILL of anything else.
 */
export function withKillDone(options: {
  received: Received;
  user: User;
  running: RunningQueries;
}): Received {
  const { received, user, running } = options;
  const { request, body } = received;
  if (body.compression !== 'none' || body.bytes.length > textBytesMax) return received;
  const text = `${request.urlQuery}\n${body.bytes.toString('utf8')}`;
  if (firstKeyword(text) !== 'KILL') return received;
  const asked = readKill(text);
  if (asked === undefined) {
    if (user === 'default') return received;
    throw exception(
      'READONLY',
      "analyst: KILL QUERY is for one's own queries, by query_id = '…' or query_id IN ('…', …).",
    );
  }
  const found = running.kill({ user, asked });
  const format = asked.format === undefined ? '' : ` FORMAT ${asked.format}`;
  const method = 'write';
  return {
    ...received,
    request: { ...request, method, urlQuery: `${selectOf(found)}${format}` },
    body: { bytes: Buffer.alloc(0), compression: 'none' },
  };
}

const columns = 'kill_status String, query_id String, user String, query String';

function selectOf(found: readonly RunningQuery[]): string {
  const rows = found.map(({ queryId, user, text }) => {
    const values = ['waiting', queryId, user, text].map(quoteString);
    return `(${values.join(', ')})`;
  });
  const list = rows.length === 0 ? "('', '', '', '')" : rows.join(', ');
  const none = rows.length === 0 ? ' WHERE 0' : '';
  return `SELECT kill_status, query_id, user, query FROM values(${quoteString(columns)}, ${list})${none}`;
}
