import type { Connection } from './engine.ts';
import { exception } from './exception.ts';
import type { DatabaseException } from './exception.ts';
import { identifierOf, quoteString, tokenize } from './sql.ts';

/**
 * What the engine says of a view whose parameters have no values: UNKNOWN_QUERY_PARAMETER, and, as it has no
 * columns then, EMPTY_LIST_OF_COLUMNS_QUERIED of `SELECT *` and UNKNOWN_IDENTIFIER of a column.
 */
const missingParameter: ReadonlySet<number> = new Set([456, 51, 47]);

/**
 * The error of a statement, which says how views with parameters are called where it names one without: a tool
 * that shows the first rows of each relation asks so.
 *
 * @param options.use Gives a connection.
 */
export async function withCalls(options: {
  error: DatabaseException;
  text: string;
  use: <Result>(run: (connection: Connection) => Promise<Result>) => Promise<Result>;
}): Promise<DatabaseException> {
  const { error, text, use } = options;
  if (!missingParameter.has(error.code)) return error;
  const tokens = [...tokenize(text)];
  const names = tokens.flatMap((token, index) =>
    tokens[index + 1]?.text === '(' ? [] : (identifierOf(token) ?? []),
  );
  const list = [...new Set(names)].map(quoteString).join(', ');
  if (list === '') return error;
  const { bytes } = await use((connection) =>
    connection.query(
      `SELECT concat('SELECT * FROM ', database, '.', name, '(',
       arrayStringConcat(arrayMap(p -> concat(p.1, ' = ''', p.2, ''''), parameterized_view_parameters), ', '), ')')
     FROM system.tables WHERE notEmpty(parameterized_view_parameters) AND name IN (${list})
     ORDER BY database, name LIMIT 3`,
      'TSVRaw',
    ),
  );
  const calls = bytes.toString('utf8').trim();
  if (calls === '') return error;
  const said = error.message.trimEnd().replace(/\.$/, '');
  return exception(
    'UNKNOWN_QUERY_PARAMETER',
    `${said}. A view with parameters is called with their values, of the types that stand in ` +
      `their place here: ${calls.split('\n').join('; ')}`,
    error,
  );
}
