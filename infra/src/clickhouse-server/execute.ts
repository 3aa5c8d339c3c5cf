import { acceptedInsertion, unpacked } from './accepted-insertion.ts';
import { analystSettings } from './analyst-settings.ts';
import { analystStatement } from './analyst.ts';
import { emptySummary } from './answer.ts';
import type { Answer } from './answer.ts';
import type { Body } from './body.ts';
import { formatNamed } from './catalogue.ts';
import type { Catalogue } from './catalogue.ts';
import type { OpenSession } from './client-sessions.ts';
import type { ClickHouseServerConfig } from './config.ts';
import type { User } from './credentials.ts';
import { withCurrentUser } from './current-user.ts';
import { analystRole } from './engine-files.ts';
import type { Connection, Engine } from './engine.ts';
import { exception, namingUser } from './exception.ts';
import { createExternalTables } from './external-tables.ts';
import type { ExternalTable } from './external-tables.ts';
import { runInsertion, selfContained } from './insert.ts';
import type { KeptConnections } from './kept-connections.ts';
import { readOn } from './reading.ts';
import type { QueryRequest } from './request.ts';
import type { RunningQueries } from './running-queries.ts';
import { readSessionStatement } from './session-statement.ts';
import type { SessionStatement } from './session-statement.ts';
import type { Statements } from './statements.ts';
import { firstKeyword, inspectStatement, quoteIdentifier, quoteString } from './sql.ts';
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
  readonly externalTables: readonly ExternalTable[];
  /** The client's, when it named one; its state is in the request already. */
  readonly session: OpenSession | undefined;
  readonly running: RunningQueries;
  readonly answer: Answer;
  readonly pipe: string;
  /** Aborted when the client has gone. */
  readonly gone: AbortSignal;
}

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
    const change = readSessionStatement(text);
    if (change !== undefined) return changeSession(execution, change, (settings) => settings);
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

/** With the request's external tables, which the role of the set-up could not make. */
async function onConnectionWithTables<Result>(
  { engine, externalTables: tables, catalogue, pipe }: Execution,
  setUp: string,
  run: (connection: Connection) => Promise<Result>,
): Promise<Result> {
  const connection = engine.connect();
  try {
    await createExternalTables({ connection, tables, catalogue, dataFile: `${pipe}.data` });
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

export type Readable = Exclude<Statement, { type: 'insert' }>;

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
  const { config, catalogue, request, statements } = execution;
  const text = wholeText(execution);
  const own = await analystStatement({ statements, catalogue, text, config });
  const change = readSessionStatement(own.text);
  if (change !== undefined) {
    return changeSession(execution, change, (asked) =>
      analystSettings({ config, catalogue, asked }),
    );
  }
  if (/^(SET|USE)$/.test(firstKeyword(own.text))) {
    throw exception('READONLY', 'analyst: Cannot execute query in readonly mode.');
  }
  const asked = new Map([...request.settings, ...own.settings]);
  const settings = analystSettings({ config, catalogue, asked });
  const statement = readStatement(execution, withCurrentUser(own.text, 'analyst'));
  // Its own readonly comes last, once nothing needs to be set any more.
  const asWriter: QueryRequest = { ...request, method: 'write' };
  const assigned = setUpOf({ ...execution, request: asWriter }, settings);
  // Not 1: clients would learn from system.settings that no output setting can be changed.
  const setUp = `${assigned}; SET ROLE ${analystRole}; SET readonly = 2`;
  await read({ execution, setUp, statement });
}

/**
 * Carries out SET and USE: the engine says whether it knows what they name, and the client's session keeps it.
 * Without a session they change nothing, as every request is one of its own then.
 */
async function changeSession(
  execution: Execution,
  change: SessionStatement,
  allowed: (asked: ReadonlyMap<string, string>) => ReadonlyMap<string, string>,
): Promise<void> {
  const { request, session, answer } = execution;
  const settings = new Map(session?.state.settings);
  const parameters = new Map(session?.state.parameters);
  if (change.type === 'set') {
    for (const [name, value] of change.assigned) {
      if (name.startsWith('param_')) parameters.set(name.slice('param_'.length), value);
      else settings.set(name, value);
    }
  }
  const database = change.type === 'use' ? change.database : request.database;
  const tried = { ...execution, request: { ...request, parameters, database } };
  await onFreshConnection(execution, setUpOf(tried, allowed(settings)), () => Promise.resolve());
  session?.keep({
    settings,
    parameters,
    database: change.type === 'use' ? database : session.state.database,
  });
  answer.end(emptySummary);
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
    ...emptySummary,
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
  const { externalTables } = execution;
  if (externalTables.length > 0) await onConnectionWithTables(execution, setUp, run);
  else if (statement.type === 'select') await execution.connections.use(setUp, run);
  else await onFreshConnection(execution, setUp, run);
}
