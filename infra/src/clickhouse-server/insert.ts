import { rm, writeFile } from 'node:fs/promises';
import type { Body } from './body.ts';
import type { Connection, Engine, InsertResult } from './engine.ts';
import { readInsert } from './insert-statement.ts';
import { quoteString } from './sql.ts';

/** A head longer than this is refused; data may be as long as a body. */
const headBytesMax = 256 * 1024;

/** An INSERT with all that it says. */
export type Insertion =
  /** `INSERT INTO t SELECT …`. */
  | { readonly type: 'select'; readonly text: Buffer }
  | {
      readonly type: 'data';
      readonly target: string;
      /** The SETTINGS clause, or empty. */
      readonly settings: string;
      readonly format: string;
      readonly data: Buffer;
      readonly compression: Body['compression'];
    };

/**
 * @param options.urlQuery The part of the statement in the URL; empty when the body holds all.
 * @throws DatabaseException as `readInsert` does.
 */
export function readInsertion(options: {
  urlQuery: string;
  body: Pick<Body, 'bytes' | 'compression'>;
}): Insertion {
  const { urlQuery, body } = options;
  const isInUrl = urlQuery.trim() !== '';
  // As latin1 a character is a byte, so that positions in the text are positions in the body.
  const source = isInUrl ? Buffer.from(urlQuery) : body.bytes;
  const head = source.subarray(0, headBytesMax).toString('latin1');
  const statement = readInsert(head);
  if (statement.type === 'select') {
    // Data behind it would be text of the statement, as in the server.
    const text = isInUrl ? Buffer.concat([source, Buffer.from('\n'), body.bytes]) : source;
    return { type: 'select', text };
  }
  const decoded = (text: string): string => Buffer.from(text, 'latin1').toString('utf8');
  return {
    type: 'data',
    target: decoded(statement.target),
    settings: decoded(statement.settings),
    format: statement.format,
    data: dataOf({ rest: source.subarray(statement.dataAt), isInUrl, body: body.bytes }),
    compression: body.compression,
  };
}

/**
 * @param options.dataFile A file of this request's own, for data that the engine cannot be given in its text.
 * @throws DatabaseException
 */
export async function runInsertion(options: {
  connection: Connection;
  insertion: Insertion;
  dataFile: string;
}): Promise<InsertResult> {
  const { connection, insertion, dataFile } = options;
  if (insertion.type === 'select') return connection.insert('', insertion.text);
  const { target, settings, format, data, compression } = insertion;
  if (compression === 'none' && format !== 'Values' && canFollow(data)) {
    return connection.insert(`${target} ${settings} FORMAT ${format}`, data);
  }
  try {
    await writeFile(dataFile, data, { mode: 0o600 });
    const from = `FROM INFILE ${quoteString(dataFile)} COMPRESSION '${compression}'`;
    const text = `${target} ${from} ${settings} FORMAT ${format}`;
    return await connection.insert('', Buffer.from(text));
  } finally {
    await rm(dataFile, { force: true });
  }
}

/** Settings that mean the same in an INSERT's own clause as set before it. */
const settingsOfStatement: ReadonlySet<string> = new Set([
  'max_execution_time',
  'async_insert',
  'input_format_defaults_for_omitted_fields',
  'insert_deduplicate',
  'insert_deduplication_token',
  'deduplicate_blocks_in_dependent_materialized_views',
]);

/** Data up to this size is not worth a second thread: to wake it up costs more than it takes over. */
const oneThreadBytesMax = 1024 * 1024;

/**
 * The INSERT with its request's settings in the statement, so that its connection need not be set up and keeps
 * nothing of it. Undefined when it has settings of its own, or other ones than can stand there.
 */
export function selfContained(
  insertion: Insertion,
  settings: ReadonlyMap<string, string>,
): Insertion | undefined {
  if (insertion.type === 'select' || insertion.settings !== '') return undefined;
  const all = [...settings];
  if (!all.every(([name]) => settingsOfStatement.has(name))) return undefined;
  if (insertion.data.length <= oneThreadBytesMax) all.push(['max_threads', '1']);
  const list = all.map(([name, value]) => `${name} = ${quoteString(value)}`).join(', ');
  return { ...insertion, settings: list === '' ? '' : `SETTINGS ${list}` };
}

function dataOf(options: { rest: Buffer; isInUrl: boolean; body: Buffer }): Buffer {
  const { rest, isInUrl, body } = options;
  if (!isInUrl) return rest;
  if (rest.length === 0) return body;
  return Buffer.concat([rest, Buffer.from('\n'), body]);
}

/**
 * The library reads a statement as its command line does: data in the text ends at an empty
 * line, and what follows would run as further statements. Two line ends in a row occur in any
 * binary format, so such data goes through a file. No data at all is refused in the text.
 */
function canFollow(data: Buffer): boolean {
  return data.length > 0 && data[0] !== 0x0a && !data.includes('\n\n');
}

/** Decompresses what Node cannot. @throws DatabaseException when it is broken or too large. */
export async function unpack(options: {
  engine: Engine;
  body: Pick<Body, 'bytes' | 'compression'>;
  file: string;
  bytesMax: number;
}): Promise<Buffer> {
  const { engine, body, file, bytesMax } = options;
  const connection = engine.connect();
  try {
    await writeFile(file, body.bytes, { mode: 0o600 });
    const limits = `max_result_bytes = ${bytesMax}, max_memory_usage = ${3 * bytesMax}`;
    await connection.query(`SET ${limits}`, 'Null');
    await connection.query('CREATE TEMPORARY TABLE unpacked (s String)', 'Null');
    // Not with the function `file`, to which no user has a right.
    const from = `FROM INFILE ${quoteString(file)} COMPRESSION '${body.compression}'`;
    await connection.insert('', Buffer.from(`INSERT INTO unpacked ${from} FORMAT RawBLOB`));
    const result = await connection.query('SELECT s FROM unpacked', 'RawBLOB');
    return result.bytes;
  } finally {
    connection.close();
    await rm(file, { force: true });
  }
}
