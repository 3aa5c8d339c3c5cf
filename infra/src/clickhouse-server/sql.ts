/**
 * As much of ClickHouse's lexical grammar as is needed to find the clauses of a statement that
 * concern its output. It decides nothing about rights: what an analyst sends is first rewritten
 * by the engine's own formatter, whose text has neither comments nor unusual quotes.
 */
export interface Token {
  readonly kind: 'word' | 'quoted' | 'string' | 'number' | 'punctuation';
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** Brackets that are open around it. */
  readonly depth: number;
}

const space = /[\s\u00a0\ufeff]+/y;
const comment = /(?:--|\/\/)[^\n]*|#[ !][^\n]*|\/\*[\s\S]*?(?:\*\/|$)/y;
const word = /[A-Za-z_][A-Za-z0-9_$]*/y;
const number = /[0-9][A-Za-z0-9_.]*/y;
const string = /'(?:[^'\\]|\\[\s\S]|'')*(?:'|$)|‘[^’]*(?:’|$)/y;
const quoted = /`(?:[^`\\]|\\[\s\S]|``)*(?:`|$)|"(?:[^"\\]|\\[\s\S]|"")*(?:"|$)|“[^”]*(?:”|$)/y;
const heredocTag = /\$[A-Za-z0-9_]*\$/y;

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

function heredocAt(text: string, at: number): string | undefined {
  const tag = matchAt(heredocTag, text, at);
  if (tag === undefined) return undefined;
  const close = text.indexOf(tag, at + tag.length);
  return close === -1 ? undefined : text.slice(at, close + tag.length);
}

function lexemeAt(text: string, at: number): { kind: Token['kind']; text: string } {
  const kinds = [
    ['word', word],
    ['number', number],
    ['string', string],
    ['quoted', quoted],
  ] as const;
  for (const [kind, pattern] of kinds) {
    const found = matchAt(pattern, text, at);
    if (found !== undefined) return { kind, text: found };
  }
  const heredoc = heredocAt(text, at);
  if (heredoc !== undefined) return { kind: 'string', text: heredoc };
  return { kind: 'punctuation', text: text.charAt(at) };
}

/** The tokens of a text, without spaces and comments. Unknown characters are punctuation. */
export function* tokenize(text: string): Generator<Token> {
  let at = 0;
  let depth = 0;
  while (at < text.length) {
    const skipped = matchAt(space, text, at) ?? matchAt(comment, text, at);
    if (skipped !== undefined) {
      at += skipped.length;
      continue;
    }
    const lexeme = lexemeAt(text, at);
    if (/^[)\]}]$/.test(lexeme.text)) depth = Math.max(0, depth - 1);
    yield { ...lexeme, start: at, end: at + lexeme.text.length, depth };
    if (/^[([{]$/.test(lexeme.text)) depth += 1;
    at += lexeme.text.length;
  }
}

/** The first word of a statement in upper case, or `(`; empty when there is none. */
export function firstKeyword(text: string): string {
  for (const token of tokenize(text)) return token.text.toUpperCase();
  return '';
}

export type Statement =
  /** Produces rows, and accepts INTO OUTFILE. */
  | { readonly type: 'select'; readonly text: string; readonly format: string | undefined }
  /** INSERT; data may follow it. It is not looked into. */
  | { readonly type: 'insert' }
  /** Anything else: DDL, SHOW, DESCRIBE, SET … */
  | { readonly type: 'other'; readonly text: string; readonly format: string | undefined };

export type StatementProblem = 'empty' | 'several_statements' | 'into_outfile';

function isWord(token: Token | undefined, keyword: string): boolean {
  return token?.kind === 'word' && token.text.toUpperCase() === keyword;
}

/** The index of the FORMAT that ends the statement (settings may still follow). */
function formatIndex(tokens: readonly Token[]): number | undefined {
  for (let index = tokens.length - 2; index >= 0; index -= 1) {
    const token = tokens[index];
    if (token?.depth !== 0 || !isWord(token, 'FORMAT')) continue;
    const name = tokens[index + 1];
    const after = tokens[index + 2];
    if (name?.kind !== 'word' && name?.kind !== 'quoted') continue;
    if (after === undefined || isWord(after, 'SETTINGS')) return index;
  }
  return undefined;
}

function withoutTrailingSemicolons(tokens: readonly Token[]): readonly Token[] {
  let length = tokens.length;
  while (length > 0 && tokens[length - 1]?.text === ';') length -= 1;
  return tokens.slice(0, length);
}

const selectKeywords = new Set(['SELECT', 'WITH', 'FROM', '(']);

/** What kind of statement a text holds, cleaned of trailing semicolons and comments. */
export function inspectStatement(text: string): Statement | StatementProblem {
  const keyword = firstKeyword(text);
  if (keyword === '') return 'empty';
  if (keyword === 'INSERT') return { type: 'insert' };
  const tokens = withoutTrailingSemicolons([...tokenize(text)]);
  const last = tokens.at(-1);
  if (last === undefined) return 'empty';
  if (tokens.some((token) => token.text === ';')) return 'several_statements';
  if (tokens.some((token, i) => isWord(token, 'INTO') && isWord(tokens[i + 1], 'OUTFILE'))) {
    return 'into_outfile';
  }
  const index = formatIndex(tokens);
  const format = index === undefined ? undefined : tokens[index + 1]?.text;
  const inserts = tokens.some((token) => token.depth === 0 && isWord(token, 'INSERT'));
  const type = selectKeywords.has(keyword) && !inserts ? 'select' : 'other';
  return { type, text: text.slice(0, last.end), format };
}

/**
 * The same select with a clause where INTO OUTFILE belongs: before FORMAT, or last. The clause
 * ends with its own FORMAT, which replaces the statement's.
 */
export function withOutputClause(options: { text: string; clause: string }): string {
  const tokens = [...tokenize(options.text)];
  const index = formatIndex(tokens);
  const keyword = index === undefined ? undefined : tokens[index];
  const name = index === undefined ? undefined : tokens[index + 1];
  if (keyword === undefined || name === undefined) return `${options.text} ${options.clause}`;
  const { text, clause } = options;
  return `${text.slice(0, keyword.start)}${clause}${text.slice(name.end)}`;
}

export interface HoistedSettings {
  readonly text: string;
  readonly settings: ReadonlyMap<string, string>;
}

/**
 * Takes the statement's own SETTINGS (not those of subqueries) out of a text that the engine's
 * formatter has written. What does not look like a plain list of literals stays where it is.
 */
export function hoistSettings(text: string): HoistedSettings {
  const settings = new Map<string, string>();
  const tokens = [...tokenize(text)];
  for (let index = tokens.length - 1; index >= 0; index -= 1) {
    const token = tokens[index];
    if (token?.depth !== 0 || !isWord(token, 'SETTINGS')) continue;
    const list = readAssignments(tokens, index + 1);
    if (list === undefined) continue;
    const rest = hoistSettings(`${text.slice(0, token.start)}${text.slice(list.end)}`);
    for (const [name, value] of rest.settings) settings.set(name, value);
    for (const [name, value] of list.settings) settings.set(name, value);
    return { text: rest.text, settings };
  }
  return { text, settings };
}

/** `a = 1, b = 'x'` from a token on; undefined for what is no plain list of literals. */
export function readSettings(text: string, from: number): ReadonlyMap<string, string> | undefined {
  return readAssignments([...tokenize(text)], from)?.settings;
}

function readAssignments(
  tokens: readonly Token[],
  from: number,
): { settings: Map<string, string>; end: number } | undefined {
  const settings = new Map<string, string>();
  let index = from;
  for (;;) {
    const name = tokens[index];
    if (name?.kind !== 'word' || tokens[index + 1]?.text !== '=') return undefined;
    let value = tokens[index + 2];
    let sign = '';
    if (value?.text === '-') {
      sign = '-';
      index += 1;
      value = tokens[index + 2];
    }
    if (value === undefined) return undefined;
    const literal = value.kind === 'string' ? unquote(value.text) : value.text;
    if (value.kind !== 'string' && value.kind !== 'number' && !/^(true|false)$/i.test(literal)) {
      return undefined;
    }
    settings.set(name.text, sign + literal);
    index += 3;
    const after = tokens[index];
    if (after === undefined || isWord(after, 'FORMAT')) return { settings, end: value.end };
    if (after.text !== ',') return undefined;
    index += 1;
  }
}

/** A word or a quoted name, without its quotes. The engine's formatter escapes nothing else in it. */
export function identifierOf(token: Token | undefined): string | undefined {
  if (token?.kind === 'word') return token.text;
  return token?.kind === 'quoted' ? unquote(token.text) : undefined;
}

export interface Assignment {
  readonly name: string;
  /** `text` for a string, a map, a substitution or a call: anything but a number or a word. */
  readonly value: 'plain' | 'text';
}

/**
 * All settings that a statement assigns, in SET, in any SETTINGS at any depth, of tables and columns
 * too. The text is one that the engine's formatter has written.
 */
export function assignments(text: string): readonly Assignment[] {
  const found: Assignment[] = [];
  const tokens = [...tokenize(text)];
  for (const [index, token] of tokens.entries()) {
    const isSet = index === 0 && isWord(token, 'SET');
    if (!isSet && !isWord(token, 'SETTINGS') && !isWord(token, 'SETTING')) continue;
    let at = index + 1;
    // Of a column they stand in brackets.
    if (tokens[at]?.text === '(') at += 1;
    const depth = tokens[at]?.depth ?? 0;
    for (;;) {
      const [name, after] = nameAt(tokens, at);
      if (name === undefined || tokens[after]?.text !== '=') break;
      const value = tokens[after + 1];
      const isCall = tokens[after + 2]?.text === '(';
      const isPlain = (value?.kind === 'word' || value?.kind === 'number') && !isCall;
      found.push({ name, value: isPlain || value?.text === '-' ? 'plain' : 'text' });
      at = after + 1;
      // To the comma before the next name; a value may be a bracketed list.
      while (at < tokens.length && !(tokens[at]?.text === ',' && tokens[at]?.depth === depth)) {
        at += 1;
      }
      at += 1;
    }
  }
  return found;
}

/** A name with dots between its parts, and the index behind it. */
function nameAt(tokens: readonly Token[], from: number): [string | undefined, number] {
  let name = identifierOf(tokens[from]);
  let at = from + 1;
  while (name !== undefined && tokens[at]?.text === '.') {
    name = `${name}.${identifierOf(tokens[at + 1]) ?? ''}`;
    at += 2;
  }
  return [name, at];
}

const escapes: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  0: '\0',
  b: '\b',
  f: '\f',
};

/** Of a string or a quoted name; its own quotes stand doubled or behind a backslash in it. */
export function unquote(literal: string): string {
  const own = literal.charAt(0);
  return literal
    .slice(1, -1)
    .replace(/\\([\s\S])|(['"`])\2/g, (pair, escaped: string | undefined, quote: string) => {
      if (escaped !== undefined) return escapes[escaped] ?? escaped;
      return quote === own ? quote : pair;
    });
}

/** A string literal for the engine. */
export function quoteString(value: string): string {
  return `'${value.replace(/\\/g, '\\\\').replace(/'/g, "\\'").replace(/\0/g, '\\0')}'`;
}

/** A quoted identifier for the engine. */
export function quoteIdentifier(name: string): string {
  return `\`${name.replace(/\\/g, '\\\\').replace(/`/g, '\\`')}\``;
}
