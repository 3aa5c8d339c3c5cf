import type { Connection } from './engine.ts';
import { exception } from './exception.ts';
import { mayNameForbidden, refuseForbidden, refuseForbiddenAsSent } from './forbidden-functions.ts';
import { formatted } from './formatted.ts';
import type { Insertion } from './insert.ts';
import { assignedSettings, tokenize } from './sql.ts';

/** Settings whose value is an expression. */
const expressionPattern = /^additional_/;

/**
 * Holds a statement of the user `default` to what its role cannot: the database is its own, the machine's files are
 * not. Most statements name nothing that could be one of the functions, and cost a look at their letters.
 *
 * @param options.use Gives a connection for the engine's formatter.
 * @throws DatabaseException ACCESS_DENIED (497), SYNTAX_ERROR.
 */
export async function holdOwner(options: {
  text: string;
  settings: ReadonlyMap<string, string>;
  use: <Result>(run: (connection: Connection) => Promise<Result>) => Promise<Result>;
}): Promise<void> {
  const { text, settings, use } = options;
  for (const [name, value] of settings)
    if (expressionPattern.test(name) && mayNameForbidden(value)) throw deniedSetting(name);
  if (!mayNameForbidden(text)) return;
  const written = await use((connection) => formatted(connection, text));
  refuseForbidden(tokenize(written), 'default');
  for (const name of assignedSettings(written))
    if (expressionPattern.test(name)) throw deniedSetting(name);
}

/**
 * The same for an INSERT with its data: of all formats, Values alone holds expressions.
 *
 * @throws DatabaseException ACCESS_DENIED (497)
 */
export function holdOwnerData({ format, data }: Extract<Insertion, { type: 'data' }>): void {
  const isOther = /^\w+$/.test(format) && format.toLowerCase() !== 'values';
  if (isOther) return;
  const text = data.toString('utf8');
  if (mayNameForbidden(text)) refuseForbiddenAsSent(text, 'default');
}

const deniedSetting = (name: string): Error =>
  exception('ACCESS_DENIED', `default: Not enough privileges to use '${name}' like this.`);
