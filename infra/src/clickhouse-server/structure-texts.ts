import { identifierOf, unquote } from './sql.ts';
import type { Token } from './sql.ts';

/** Table functions to which a text describes columns, in lower case, and what else may be an argument. */
const described: Readonly<Record<string, 'literals' | 'rows' | undefined>> = {
  generaterandom: 'literals',
  values: 'rows',
};

/**
 * `name Type, …` and nothing that the engine could read in another way: no escapes, no comments, quotes only around
 * plain words, such as those of Enum and of time zones.
 */
const plainText = /^(?:[\w\s,()`=]|'[\w\s/+.-]*')*$/;
const columnWords =
  /\b(?:default|materialized|alias|ephemeral|codec|ttl|collate|settings|statistics)\b/i;

/**
 * Whether a call at an index, if it is one of a table function that takes a structure, gives it a text without
 * expressions. `values('a String, b String ALIAS file(\'/p\')', …)` reads the file, and no right to a
 * function is ever asked for. A text that a call or a parameter makes cannot be looked into, so it must be a literal.
 */
export function holdsNoExpression(tokens: readonly Token[], index: number): boolean {
  const kind = described[identifierOf(tokens[index])?.toLowerCase() ?? ''];
  if (kind === undefined || tokens[index + 1]?.text !== '(') return true;
  const [first, ...others] = argumentsAt(tokens, index + 1);
  if (first === undefined) return true;
  if (kind === 'rows') return isRow(first) || (isLiteral(first) && isHarmless(first, 'anything'));
  return [first, ...others].every((each) => isLiteral(each) && isHarmless(each, 'structure'));
}

/** The arguments of a call whose bracket opens at an index. */
function argumentsAt(tokens: readonly Token[], open: number): readonly (readonly Token[])[] {
  const depth = (tokens[open]?.depth ?? 0) + 1;
  const found: Token[][] = [[]];
  for (const token of tokens.slice(open + 1)) {
    if (token.depth < depth) break;
    if (token.depth === depth && token.text === ',') found.push([]);
    else found.at(-1)?.push(token);
  }
  return found.filter((each) => each.length > 0);
}

/** A tuple: brackets around everything, and a comma between. */
function isRow(argument: readonly Token[]): boolean {
  const [open] = argument;
  const close = argument.at(-1);
  if (open?.text !== '(' || close?.text !== ')' || close.depth !== open.depth) return false;
  const inner = argument.slice(1, -1);
  const isWhole = inner.every(({ depth }) => depth > open.depth);
  return isWhole && inner.some(({ text, depth }) => text === ',' && depth === open.depth + 1);
}

function isLiteral(argument: readonly Token[]): boolean {
  const [first, second, third] = argument;
  if (third !== undefined) return false;
  if (second !== undefined) return first?.text === '-' && second.kind === 'number';
  return first !== undefined && first.kind !== 'punctuation';
}

/** @param of What the text may be, beside a structure. */
function isHarmless([token]: readonly Token[], of: 'structure' | 'anything'): boolean {
  if (token?.kind !== 'string') return true;
  const text = unquote(token.text);
  // Without a bracket it calls nothing.
  if (of === 'anything' && !text.includes('(')) return true;
  return plainText.test(text) && !columnWords.test(text);
}
