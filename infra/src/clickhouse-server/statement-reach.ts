import { refuseOutbound } from './asked-settings.ts';
import type { Catalogue } from './catalogue.ts';
import type { User } from './credentials.ts';
import { exception } from './exception.ts';
import { assignments, identifierOf, tokenize, unquote } from './sql.ts';
import type { Token } from './sql.ts';
import { holdsNoExpression } from './structure-texts.ts';

/**
 * Table functions that read only what stands in the database or in the statement, in lower case.
 * Every other one that the engine has is refused by name, before the engine sees the statement:
 * some, like sqlite, open or create a file before they look at the rights, and some read a text as
 * expressions, like `format` with the format Values or a structure with DEFAULT (`structure-texts.ts`).
 */
const harmlessTableFunctions: ReadonlySet<string> = new Set(
  [
    ['numbers', 'numbers_mt', 'zeros', 'zeros_mt', 'primes', 'generateSeries', 'generate_series'],
    ['values', 'SQLStandardValues', 'generateRandom', 'fuzzQuery'],
    ['view', 'viewExplain', 'viewIfPermitted', 'merge', 'loop', 'dictionary'],
    ['mergeTreeIndex', 'mergeTreeProjection', 'mergeTreeTextIndex', 'mergeTreeAnalyzeIndexes'],
    ['timeSeriesData', 'timeSeriesMetrics', 'timeSeriesSamples', 'timeSeriesSelector'],
    ['timeSeriesTags', 'prometheusQuery', 'prometheusQueryRange'],
  ]
    .flat()
    .map((name) => name.toLowerCase()),
);

/** Engines of tables and databases that keep what they hold in the data folder or in memory. */
const harmlessEngines: readonly RegExp[] = [
  /^(|Replacing|Summing|Aggregating|Coalescing|Collapsing|VersionedCollapsing|Graphite)MergeTree$/,
  /^(Memory|Log|StripeLog|TinyLog|Set|Join|Buffer|Null|TimeSeries)$/,
  /^(Merge|Alias|View|MaterializedView|WindowView|Loop|GenerateRandom|FuzzJSON|FuzzQuery)$/,
  /^(Atomic|Ordinary)$/,
];

/** Functions that read a file or run a text as a query or an expression, which no category of the engine tells. */
const outboundFunctions: ReadonlySet<string> = new Set([
  'file',
  'catboostevaluate',
  'eval',
  'structuretocapnprotoschema',
  'structuretoprotobufschema',
]);

/** First words of the statements that a user may send. */
const reading = ['SELECT', 'WITH', 'FROM', '(', 'SHOW', 'DESCRIBE', 'DESC', 'EXPLAIN', 'EXISTS'];
const statements: Readonly<Record<User, ReadonlySet<string>>> = {
  // SET and USE are the front's, which keeps them for the client's session.
  analyst: new Set([...reading, 'SET', 'USE']),
  default: new Set([
    ...reading,
    ...['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'OPTIMIZE', 'CHECK', 'SET', 'USE', 'KILL'],
    ...['CREATE', 'REPLACE', 'ALTER', 'DROP', 'RENAME', 'EXCHANGE', 'ATTACH', 'DETACH', 'UNDROP'],
    'SYSTEM',
  ]),
};

/** What CREATE, REPLACE, ATTACH and ALTER may be about. */
const definable: ReadonlySet<string> = new Set([
  'TABLE',
  'VIEW',
  'MATERIALIZED',
  'WINDOW',
  'DATABASE',
  'INDEX',
]);
const beforeObject: ReadonlySet<string> = new Set(['OR', 'REPLACE', 'TEMPORARY']);

/** SYSTEM statements about the work of the engine on its own data. */
const systemStatements: readonly RegExp[] = [
  /^(START|STOP) (MERGES|TTL MERGES|MOVES|CLEANUP|VIEWS?|DISTRIBUTED|REDUCE)\b/,
  /^(REFRESH|WAIT|CANCEL) VIEW\b/,
  /^FLUSH (LOGS|ASYNC INSERT QUEUE)\b/,
  /^(CLEAR|DROP) [A-Z ]*CACHE\b/,
  /^(LOAD|UNLOAD) PRIMARY KEY\b/,
];

interface Judged {
  readonly tokens: readonly Token[];
  readonly catalogue: Catalogue;
  readonly user: User;
}

/**
 * Holds a statement to the database: no function, engine, setting or kind of statement that
 * reaches files, other servers or programs, for any user. The statement is one that the engine's own
 * formatter has written, so that it is read here as the engine reads it.
 *
 * @throws DatabaseException ACCESS_DENIED (497), for the analyst READONLY (164) where only the kind
 * of the statement is refused; INTO_OUTFILE_NOT_ALLOWED, SYNTAX_ERROR for several statements.
 */
export function holdToDatabase(options: { text: string; catalogue: Catalogue; user: User }): void {
  const { text, catalogue, user } = options;
  const judged = { tokens: [...tokenize(text)], catalogue, user };
  holdClauses(judged.tokens);
  holdFunctions(judged);
  for (const setting of assignments(text)) refuseOutbound({ catalogue, setting, user });
  holdKind(judged);
}

/**
 * Holds expressions of a VALUES clause, as the engine's formatter has written them behind SELECT.
 *
 * @throws DatabaseException ACCESS_DENIED (497), NOT_IMPLEMENTED for a subquery.
 */
export function holdExpressions(options: { text: string; catalogue: Catalogue; user: User }): void {
  const tokens = [...tokenize(options.text)];
  if (tokens.some((token, index) => index > 0 && isKeyword(token, 'SELECT'))) {
    throw exception(
      'NOT_IMPLEMENTED',
      'A subquery in VALUES is not supported here; use INSERT INTO … SELECT.',
    );
  }
  holdFunctions({ ...options, tokens });
}

function isKeyword(token: Token | undefined, keyword: string): boolean {
  return token?.kind === 'word' && token.text.toUpperCase() === keyword;
}

function holdClauses(tokens: readonly Token[]): void {
  for (const [index, token] of tokens.entries()) {
    if (isKeyword(token, 'INTO') && isKeyword(tokens[index + 1], 'OUTFILE')) {
      throw exception('INTO_OUTFILE_NOT_ALLOWED', 'INTO OUTFILE is not allowed.');
    }
    if (isKeyword(token, 'PARALLEL') && isKeyword(tokens[index + 1], 'WITH')) {
      throw exception('SYNTAX_ERROR', 'Syntax error (Multi-statements are not allowed).');
    }
  }
}

function holdFunctions({ tokens, catalogue, user }: Judged): void {
  for (const [index, token] of tokens.entries()) {
    const name = identifierOf(token)?.toLowerCase();
    if (name === undefined) continue;
    // Without brackets too: APPLY(file) and arrayMap(file, …) call it as well.
    const isFunction = outboundFunctions.has(name) || catalogue.outboundFunctions.has(name);
    const isTableFunction =
      tokens[index + 1]?.text === '(' &&
      tokens[index - 1]?.text !== '.' &&
      catalogue.tableFunctions.has(name) &&
      !harmlessTableFunctions.has(name) &&
      !isScalarFormat({ tokens, index, catalogue });
    if (isFunction || isTableFunction) throw denied(user, `use '${name}'`);
    if (!holdsNoExpression(tokens, index))
      throw denied(user, `use '${name}' with a text that may hold an expression`);
  }
}

/**
 * `format('{} of {}', a, b)` builds a text; the table function of this name has a format in front.
 */
function isScalarFormat(of: {
  tokens: readonly Token[];
  index: number;
  catalogue: Catalogue;
}): boolean {
  const { tokens, index, catalogue } = of;
  if (identifierOf(tokens[index])?.toLowerCase() !== 'format') return false;
  const pattern = tokens[index + 2];
  if (pattern?.kind !== 'string' || !/^[,)]$/.test(tokens[index + 3]?.text ?? '')) return false;
  return !catalogue.formats.has(unquote(pattern.text).toLowerCase());
}

function holdKind(judged: Judged): void {
  const { tokens, user } = judged;
  const words = tokens.map((token) => (token.kind === 'quoted' ? '' : token.text.toUpperCase()));
  const [first = '', second = ''] = words;
  if (!statements[user].has(first)) throw refusedKind(user, first);
  if (first === 'SET' && !tokens.some((token) => token.text === '=')) {
    throw refusedKind(user, `${first} ${second}`);
  }
  if (first === 'SYSTEM' && !isHarmlessSystem(words)) throw refusedKind(user, `SYSTEM ${second}`);
  if (!['CREATE', 'REPLACE', 'ATTACH', 'ALTER', 'EXPLAIN'].includes(first)) return;
  if (first !== 'EXPLAIN') {
    const object = words.slice(1).find((word) => !beforeObject.has(word)) ?? '';
    if (!definable.has(object)) throw refusedKind(user, `${first} ${object}`);
  }
  holdEngines(judged);
  if (first === 'ATTACH') holdAttach(judged);
}

const isHarmlessSystem = (words: readonly string[]): boolean =>
  systemStatements.some((pattern) => pattern.test(words.slice(1).join(' ')));

function holdEngines({ tokens, user }: Judged): void {
  for (const [index, token] of tokens.entries()) {
    // As a keyword the formatter writes it in capitals.
    if (token.text !== 'ENGINE' || tokens[index + 1]?.text !== '=') continue;
    const name = identifierOf(tokens[index + 2]) ?? '';
    if (!harmlessEngines.some((pattern) => pattern.test(name))) {
      throw denied(user, `use the engine '${name}'`);
    }
  }
}

/** `ATTACH TABLE t FROM 'folder'` takes its data from anywhere. */
function holdAttach({ tokens, user }: Judged): void {
  for (const [index, token] of tokens.entries()) {
    if (isKeyword(token, 'FROM') && tokens[index + 1]?.kind === 'string') {
      throw denied(user, 'attach a table from a folder');
    }
  }
}

const denied = (user: User, what: string): Error =>
  exception('ACCESS_DENIED', `${user}: Not enough privileges to ${what}.`);

function refusedKind(user: User, kind: string): Error {
  return user === 'analyst'
    ? exception('READONLY', 'analyst: Cannot execute query in readonly mode.')
    : denied(user, `run ${kind.slice(0, 64).trim()}`);
}
