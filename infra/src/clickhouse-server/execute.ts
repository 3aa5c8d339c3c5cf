import { randomUUID } from 'node:crypto';
import { acceptedInsertion, unpacked } from './accepted-insertion.ts';
import { analystSettings, analystStatement } from './analyst.ts';
import type { Answer, Summary } from './answer.ts';
import type { Body } from './body.ts';
import { formatNamed } from './catalogue.ts';
import type { Catalogue } from './catalogue.ts';
import type { ClickHouseServerConfig } from './config.ts';
import type { User } from './credentials.ts';
import { analystRole } from './engine-files.ts';
import type { Connection, Engine } from './engine.ts';
import { exception, fromEngine, namingUser } from './exception.ts';
import { runInsertion, selfContained } from './insert.ts';
import type { KeptConnections } from './kept-connections.ts';
import { PipeReader } from './pipe.ts';
import type { QueryRequest } from './request.ts';
import type { Statements } from './statements.ts';
import {
  firstKeyword,
  inspectStatement,
  quoteIdentifier,
  quoteString,
  withOutputClause,
} from './sql.ts';
import type { Statement } from './sql.ts';

export interface Execution {
  readonly engine: Engine;
  /** For inserts and queries, which leave nothing behind. */
  readonly connections: KeptConnections;
  readonly catalogue: Catalogue;
  readonly statements: Statements;
  readonly config: ClickHouseServerConfig;
  readonly user: User;
  readonly request: QueryRequest;
  readonly body: Pick<Body, 'bytes' | 'compression'>;
  readonly answer: Answer;
  readonly pipe: string;
  /** Aborted when the client has gone. */
  readonly gone: AbortSignal;
}

const nothing: Summary = {
  readRows: 0,
  writtenRows: 0,
  writtenBytes: 0,
  resultRows: 0,
  elapsedS: 0,
};

/**
 * Runs one request and writes its answer.
 *
 * @throws DatabaseException when the statement fails; the answer is then not ended.
 */
export async function execute(asked: Execution): Promise<void> {
  try {
    await run(await withReadableStatement(asked));
  } catch (error) {
    throw namingUser(error, asked.user);
  }
}

async function run(execution: Execution): Promise<void> {
  const { request, user, body } = execution;
  const urlKeyword = firstKeyword(request.urlQuery);
  const isInsert = (urlKeyword === '' ? firstKeyword(head(body.bytes)) : urlKeyword) === 'INSERT';
  if (user === 'analyst') {
    await executeForAnalyst(execution);
  } else if (isInsert) {
    await insert(execution);
  } else {
    const text = await execution.statements.accepted({ text: wholeText(execution), user });
    const statement = readStatement(execution, text);
    await read({ execution, setUp: setUpOf(execution, request.settings), statement });
  }
}

/** @param setUp Statements that the connection runs before. */
async function onFreshConnection<Result>(
  { engine }: Execution,
  setUp: string,
  run: (connection: Connection) => Promise<Result>,
): Promise<Result> {
  const connection = engine.connect();
  try {
    await connection.query(setUp, 'Null');
    return await run(connection);
  } finally {
    connection.close();
  }
}

/**
 * A body in a compression that only the engine reads stays as it is when the URL holds the
 * INSERT that it belongs to; otherwise its statement has to be read, and the engine unpacks it.
 */
async function withReadableStatement(execution: Execution): Promise<Execution> {
  const { body, request } = execution;
  if (body.compression === 'none' || firstKeyword(request.urlQuery) === 'INSERT') return execution;
  const { bytes: data, compression } = body;
  const bytes = await unpacked(execution, { data, compression });
  return { ...execution, body: { bytes, compression: 'none' } };
}

/** The beginning of a body, enough to see its first word behind comments. */
function head(body: Buffer): string {
  return body.subarray(0, 4_096).toString('utf8');
}

function wholeText({ request, body }: Execution): string {
  if (body.bytes.length === 0) return request.urlQuery;
  const text = body.bytes.toString('utf8');
  return request.urlQuery === '' ? text : `${request.urlQuery}\n${text}`;
}

type Readable = Exclude<Statement, { type: 'insert' }>;

/** @throws DatabaseException SYNTAX_ERROR (62), UNKNOWN_FORMAT (73). */
function readStatement({ catalogue }: Execution, text: string): Readable {
  const statement = inspectStatement(text);
  if (statement === 'empty') throw exception('SYNTAX_ERROR', 'Syntax error: empty query.');
  if (statement === 'several_statements' || statement === 'into_outfile') {
    throw exception('SYNTAX_ERROR', 'Syntax error (Multi-statements are not allowed).');
  }
  if (statement.type === 'insert') throw exception('SYNTAX_ERROR', 'Syntax error: INSERT.');
  const { format } = statement;
  return format === undefined
    ? statement
    : { ...statement, format: formatNamed(catalogue, format).name };
}

async function executeForAnalyst(execution: Execution): Promise<void> {
  const { config, request, statements } = execution;
  const own = await analystStatement({ statements, text: wholeText(execution), config });
  const asked = new Map([...request.settings, ...own.settings]);
  const settings = analystSettings({ config, asked });
  const statement = readStatement(execution, own.text);
  // Its own readonly comes last, once nothing needs to be set any more.
  const asWriter: QueryRequest = { ...request, method: 'write' };
  const assigned = setUpOf({ ...execution, request: asWriter }, settings);
  // Not 1: clients would learn from system.settings that no output setting can be changed.
  const setUp = `${assigned}; SET ROLE ${analystRole}; SET readonly = 2`;
  await read({ execution, setUp, statement });
}

/** What is asked for, and what holds for the user `default` otherwise. */
function withDefaults(options: {
  config: ClickHouseServerConfig;
  settings: ReadonlyMap<string, string>;
}): Map<string, string> {
  const { config, settings } = options;
  return new Map([['max_execution_time', String(config.CLICKHOUSE_OWNER_RUN_S_MAX)], ...settings]);
}

/** Statements that give a connection the settings, parameters and database of the request. */
function setUpOf(
  { request, config }: Pick<Execution, 'request' | 'config'>,
  settings: ReadonlyMap<string, string>,
): string {
  const assigned = withDefaults({ config, settings });
  if (request.method === 'read' && !assigned.has('readonly')) assigned.set('readonly', '2');
  // ClickHouse lets a GET only read, whatever readonly it asks for.
  if (request.method === 'read' && assigned.get('readonly') === '0') assigned.set('readonly', '2');
  const readonly = assigned.get('readonly');
  assigned.delete('readonly');
  const list = [...assigned, ...[...request.parameters].map(([n, v]) => [`param_${n}`, v] as const)]
    .map(([name, value]) => `${name} = ${quoteString(value)}`)
    .join(', ');
  const { database } = request;
  const use = database === undefined || database === '' ? '' : `USE ${quoteIdentifier(database)}; `;
  const last = readonly === undefined ? '' : `; SET readonly = ${quoteString(readonly)}`;
  return `${use}SET ${list}${last}`;
}

async function insert(execution: Execution): Promise<void> {
  const { request, answer, config, connections, pipe } = execution;
  const insertion = await acceptedInsertion(execution);
  const dataFile = `${pipe}.data`;
  const needsSetUp =
    request.method === 'read' || (request.database ?? '') !== '' || request.parameters.size > 0;
  const contained = needsSetUp
    ? undefined
    : selfContained(insertion, withDefaults({ config, settings: request.settings }));
  const result =
    contained === undefined
      ? await onFreshConnection(execution, setUpOf(execution, request.settings), (connection) =>
          runInsertion({ connection, insertion, dataFile }),
        )
      : await connections.use('', (connection) =>
          runInsertion({ connection, insertion: contained, dataFile }),
        );
  answer.end({
    ...nothing,
    readRows: result.rowsWritten,
    writtenRows: result.rowsWritten,
    writtenBytes: result.bytesWritten,
    resultRows: result.rowsWritten,
    elapsedS: result.elapsedS,
  });
}

/** A SELECT keeps nothing on its connection; of any other statement that is not known. */
async function read(options: {
  execution: Execution;
  setUp: string;
  statement: Readable;
}): Promise<void> {
  const { execution, setUp, statement } = options;
  const run = (connection: Connection): Promise<void> =>
    readOn({ execution, connection, statement });
  if (statement.type === 'select') await execution.connections.use(setUp, run);
  else await onFreshConnection(execution, setUp, run);
}

async function readOn(options: {
  execution: Execution;
  connection: Connection;
  statement: Readable;
}): Promise<void> {
  const { execution, connection, statement } = options;
  const marker = `/* ${randomUUID()} */`;
  const guard = cancelWhenGone({ execution, marker });
  try {
    // Awaited here, so that the guard stays until the statement has ended.
    if (statement.type === 'select') await stream({ execution, connection, statement, marker });
    else await hold({ execution, connection, statement, marker });
  } catch (error) {
    const failure = fromEngine(error);
    failure.message = failure.message.replaceAll(`\n${marker}`, '');
    throw failure;
  } finally {
    guard.stop();
  }
}

interface Reading {
  readonly execution: Execution;
  readonly connection: Connection;
  readonly statement: Readable;
  readonly marker: string;
}

/** Statements with short results: SHOW, DESCRIBE, EXPLAIN, DDL. */
async function hold({ execution, connection, statement, marker }: Reading): Promise<void> {
  const { answer, request } = execution;
  const format = statement.format ?? request.defaultFormat;
  answer.describe({ format, compression: undefined, framing: request.framing });
  const result = await connection.query(`${statement.text}\n${marker}`, format);
  answer.write(result.bytes);
  answer.end({
    ...nothing,
    readRows: result.rows,
    resultRows: result.rows,
    elapsedS: result.elapsedS,
  });
}

/**
 * The engine formats and compresses the whole result itself and writes it into a pipe: the
 * library's own chunks are each a complete document, which for JSON or Parquet cannot be joined.
 */
async function stream({ execution, connection, statement, marker }: Reading): Promise<void> {
  const { answer, request, pipe, gone } = execution;
  const format = statement.format ?? request.defaultFormat;
  const { compression } = request;
  answer.describe({ format, compression, framing: request.framing });
  const level =
    request.compressionLevel === undefined || compression === undefined
      ? ''
      : ` LEVEL ${request.compressionLevel}`;
  const clause = `INTO OUTFILE ${quoteString(pipe)} TRUNCATE COMPRESSION '${compression ?? 'none'}'${level} FORMAT ${format}`;
  const reader = new PipeReader(pipe);
  const stall = new StallTimer(execution.config.CLICKHOUSE_RESPONSE_STALL_MS_MAX, execution.answer);
  reader.onData((chunk) => {
    if (gone.aborted || answer.write(chunk)) return;
    reader.pause();
    stall.start();
    answer.onDrain(() => {
      stall.stop();
      reader.resume();
    });
  });
  // What still comes for a client that has gone is thrown away, so that the engine can end.
  const discard = (): void => reader.resume();
  gone.addEventListener('abort', discard, { once: true });
  try {
    const text = withOutputClause({ text: statement.text, clause });
    const result = await connection.query(`${text}\n${marker}`, format);
    await reader.finish();
    answer.end({
      ...nothing,
      readRows: result.rows,
      resultRows: result.rows,
      elapsedS: result.elapsedS,
    });
  } catch (error) {
    await reader.finish();
    throw withoutClause({ error, clause });
  } finally {
    stall.stop();
    gone.removeEventListener('abort', discard);
  }
}

/** Ends the connection of a client that has stopped reading. */
class StallTimer {
  readonly #ms: number;
  readonly #answer: Answer;
  #timer: NodeJS.Timeout | undefined;

  constructor(ms: number, answer: Answer) {
    this.#ms = ms;
    this.#answer = answer;
  }

  start(): void {
    this.stop();
    this.#timer = setTimeout(() => this.#answer.abandon(), this.#ms);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}

/** The engine quotes the statement in syntax errors; the pipe is nobody's business. */
function withoutClause(options: { error: unknown; clause: string }): Error {
  const error = fromEngine(options.error);
  error.message = error.message
    .replaceAll(options.clause, '')
    .replace(/(INTO )?OUTFILE '[^']*'?( TRUNCATE)?( COMPRESSION '\w*'?)?/g, '')
    .trimEnd();
  return error;
}

/** Cancels the statement once the client has gone, until it has ended. */
function cancelWhenGone(options: { execution: Execution; marker: string }): { stop(): void } {
  const { engine, gone, config } = options.execution;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  const kill = (): void => {
    engine
      .kill(options.marker)
      .catch(() => undefined)
      .finally(() => {
        // The statement may not have been registered yet when it was first asked to stop.
        if (!isStopped) timer = setTimeout(kill, config.CLICKHOUSE_KILL_RETRY_MS);
      });
  };
  if (gone.aborted) kill();
  else gone.addEventListener('abort', kill, { once: true });
  return {
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
      gone.removeEventListener('abort', kill);
    },
  };
}
