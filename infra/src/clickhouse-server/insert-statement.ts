import { exception } from './exception.ts';
import { tokenize } from './sql.ts';
import type { Token } from './sql.ts';

export type InsertStatement =
  /** `INSERT INTO t (a) SETTINGS x = 1 FORMAT CSV`, cut where its clauses are. */
  | {
      readonly type: 'data';
      /** Up to and without SETTINGS, FORMAT or VALUES. */
      readonly target: string;
      /** The SETTINGS clause, or empty. */
      readonly settings: string;
      readonly format: string;
      /** Where in the text the data begins. */
      readonly dataAt: number;
    }
  /** `INSERT INTO t SELECT …`: no data follows. */
  | { readonly type: 'select' };

function upper(token: Token | undefined): string {
  return token?.kind === 'word' ? token.text.toUpperCase() : '';
}

/** ClickHouse takes data to begin behind the spaces and one line end that follow the format. */
function dataStart(text: string, afterFormat: number): number {
  const skipped = /[ \t\f]*\r?\n?/y;
  skipped.lastIndex = afterFormat;
  skipped.exec(text);
  return skipped.lastIndex;
}

/**
 * Reads the head of an INSERT; the data behind it is not looked into.
 *
 * @throws DatabaseException SYNTAX_ERROR for a head without an end, NOT_IMPLEMENTED for INFILE
 * and the function `input`.
 */
export function readInsert(text: string): InsertStatement {
  let previous: Token | undefined;
  let settingsAt: number | undefined;
  let keyword: Token | undefined;
  let index = 0;
  for (const token of tokenize(text)) {
    const isClause = token.depth === 0 && index >= 2 && upper(previous) !== 'INTO';
    if (keyword !== undefined) return cut({ text, keyword, settingsAt, format: token });
    if (isClause && upper(token) === 'VALUES') {
      const target = text.slice(0, settingsAt ?? token.start);
      const settings = text.slice(settingsAt ?? token.start, token.start);
      return { type: 'data', target, settings, format: 'Values', dataAt: token.end };
    }
    if (isClause && upper(token) === 'FORMAT') keyword = token;
    if (isClause && upper(token) === 'SETTINGS') settingsAt ??= token.start;
    const startsSelect = upper(token) === 'SELECT' && (isClause || previous?.text === '(');
    if (startsSelect || (isClause && upper(token) === 'WITH')) return select(text);
    if (upper(token) === 'INFILE' && upper(previous) === 'FROM') {
      throw exception('NOT_IMPLEMENTED', 'INSERT FROM INFILE is for clients, not for the server.');
    }
    previous = token;
    index += 1;
  }
  throw exception('SYNTAX_ERROR', 'Syntax error: INSERT without FORMAT, VALUES or SELECT.');
}

function cut(options: {
  text: string;
  keyword: Token;
  settingsAt: number | undefined;
  format: Token;
}): InsertStatement {
  const { text, keyword, settingsAt, format } = options;
  return {
    type: 'data',
    target: text.slice(0, settingsAt ?? keyword.start),
    settings: text.slice(settingsAt ?? keyword.start, keyword.start),
    format: format.text,
    dataAt: dataStart(text, format.end),
  };
}

function select(text: string): InsertStatement {
  let previous: Token | undefined;
  for (const token of tokenize(text)) {
    if (token.text === '(' && upper(previous) === 'INPUT') {
      throw exception('NOT_IMPLEMENTED', 'The table function input is not supported here.');
    }
    if (previous?.text === ';' && token.text !== ';') {
      throw exception('SYNTAX_ERROR', 'Syntax error (Multi-statements are not allowed).');
    }
    previous = token;
  }
  return { type: 'select' };
}
