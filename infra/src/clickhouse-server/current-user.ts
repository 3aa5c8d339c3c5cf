import { identifierOf, tokenize } from './sql.ts';
import { quoteIdentifier, quoteString } from './sql.ts';

const names: ReadonlySet<string> = new Set(['currentuser', 'current_user', 'user']);

/**
 * A statement, as the engine's formatter writes it, with the user's name where it asks for it: the engine
 * itself runs everything as `default`. A column keeps the name that it has without an alias.
 */
export function withCurrentUser(text: string, user: string): string {
  const tokens = [...tokenize(text)];
  let written = '';
  let from = 0;
  for (const [index, token] of tokens.entries()) {
    const name = identifierOf(token)?.toLowerCase() ?? '';
    const close = tokens[index + 2];
    const isCall = tokens[index + 1]?.text === '(' && close?.text === ')';
    if (!names.has(name) || !isCall || tokens[index - 1]?.text === '.') continue;
    const before = tokens[index - 1]?.text.toUpperCase() ?? '';
    const after = tokens[index + 3]?.text.toUpperCase() ?? '';
    const isColumn =
      /^(SELECT|DISTINCT|,)$/.test(before) && /^(|,|FROM|FORMAT|SETTINGS|\))$/.test(after);
    const alias = isColumn ? ` AS ${quoteIdentifier(text.slice(token.start, close.end))}` : '';
    written += `${text.slice(from, token.start)}${quoteString(user)}${alias}`;
    from = close.end;
  }
  return written + text.slice(from);
}
