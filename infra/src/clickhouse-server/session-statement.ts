import { firstKeyword, identifierOf, readSettings, tokenize } from './sql.ts';

/** A statement that changes what a client's session keeps, and nothing else. */
export type SessionStatement =
  | { readonly type: 'set'; readonly assigned: ReadonlyMap<string, string> }
  | { readonly type: 'use'; readonly database: string };

/**
 * Reads SET with literals and USE from a text that the engine's formatter has written. Undefined for any other
 * statement, SET ROLE among them.
 */
export function readSessionStatement(text: string): SessionStatement | undefined {
  const keyword = firstKeyword(text);
  if (keyword === 'SET') {
    const assigned = readSettings(text, 1);
    return assigned === undefined ? undefined : { type: 'set', assigned };
  }
  if (keyword !== 'USE') return undefined;
  const [, name, ...rest] = [...tokenize(text)];
  const database = rest.length === 0 ? identifierOf(name) : undefined;
  return database === undefined ? undefined : { type: 'use', database };
}
