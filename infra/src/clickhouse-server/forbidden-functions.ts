import { exception } from './exception.ts';
import { tokenize, type Token } from './sql.ts';

/** Functions that read files or run a text as a query, which no grant of the engine forbids. */
const forbiddenNames = new Set(['file', 'filecluster', 'catboostevaluate', 'eval']);
/** Each of them as it can stand in a text; with escapes only a quoted name can hold it otherwise. */
const mention = /\b(?:file|filecluster|catboostevaluate|eval)\b|\\/i;

/** Whether a text may name one of them, in a string or a comment too: it is to be looked at closer. */
export const mayNameForbidden = (text: string): boolean => mention.test(text);

/**
 * Holds a text that the engine's own formatter has written, in whose quoted names nothing is escaped
 * that need not be.
 *
 * @throws DatabaseException ACCESS_DENIED (497) where it names one of them.
 */
export function refuseForbidden(tokens: Iterable<Token>, user: string): void {
  for (const token of tokens) {
    if (token.kind !== 'word' && token.kind !== 'quoted') continue;
    const name = token.text.replace(/^[`"]|[`"]$/g, '').toLowerCase();
    if (forbiddenNames.has(name)) throw denied(name, user);
  }
}

/**
 * Holds a text as it was sent, which may hide a name behind escapes: no quoted name may have any.
 *
 * @throws DatabaseException ACCESS_DENIED (497)
 */
export function refuseForbiddenAsSent(text: string, user: string): void {
  const tokens = [...tokenize(text)];
  refuseForbidden(tokens, user);
  for (const token of tokens)
    if (token.kind === 'quoted' && token.text.includes('\\')) throw denied(token.text, user);
}

const denied = (name: string, user: string): Error =>
  exception('ACCESS_DENIED', `${user}: Not enough privileges to use '${name}'.`);
