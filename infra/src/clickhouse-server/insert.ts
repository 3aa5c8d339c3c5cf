import { rm, writeFile } from 'node:fs/promises';
import type { Body } from './body.ts';
import type { Connection, Engine, InsertResult } from './engine.ts';
import { readInsert } from './insert-statement.ts';
import { quoteString } from './sql.ts';

/** A head longer than this is refused; data may be as long as a body. */
const headBytesMax = 256 * 1024;

interface Insertion {
  readonly connection: Connection;
  /** The part of the statement in the URL; empty when the body holds all. */
  readonly urlQuery: string;
  readonly body: Pick<Body, 'bytes' | 'compression'>;
  /** A file of this request's own, for data that the engine cannot be given in its text. */
  readonly dataFile: string;
}

/** Runs an INSERT with its data. @throws DatabaseException */
export async function runInsert(insertion: Insertion): Promise<InsertResult> {
  const { connection, urlQuery, body } = insertion;
  const isInUrl = urlQuery.trim() !== '';
  // As latin1 a character is a byte, so that positions in the text are positions in the body.
  const source = isInUrl ? Buffer.from(urlQuery) : body.bytes;
  const head = source.subarray(0, headBytesMax).toString('latin1');
  const statement = readInsert(head);
  if (statement.type === 'select') {
    // Data behind it would be text of the statement, as in the server.
    const text = isInUrl ? Buffer.concat([source, Buffer.from('\n'), body.bytes]) : source;
    return connection.insert('', text);
  }
  const decoded = (text: string): string => Buffer.from(text, 'latin1').toString('utf8');
  const target = decoded(statement.target);
  const settings = decoded(statement.settings);
  const data = dataOf({ rest: source.subarray(statement.dataAt), isInUrl, body: body.bytes });
  if (body.compression === 'none' && statement.format !== 'Values' && canFollow(data)) {
    return connection.insert(`${target} ${settings} FORMAT ${statement.format}`, data);
  }
  const { dataFile } = insertion;
  try {
    await writeFile(dataFile, data, { mode: 0o600 });
    const from = `FROM INFILE ${quoteString(dataFile)} COMPRESSION '${body.compression}'`;
    const text = `${target} ${from} ${settings} FORMAT ${statement.format}`;
    return await connection.insert('', Buffer.from(text));
  } finally {
    await rm(dataFile, { force: true });
  }
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
  body: Insertion['body'];
  file: string;
  bytesMax: number;
}): Promise<Buffer> {
  const { engine, body, file, bytesMax } = options;
  const connection = engine.connect();
  try {
    await writeFile(file, body.bytes, { mode: 0o600 });
    const source = `file(${quoteString(file)}, 'RawBLOB', 's String', '${body.compression}')`;
    const limits = `max_result_bytes = ${bytesMax}, max_memory_usage = ${3 * bytesMax}`;
    const result = await connection.query(`SELECT s FROM ${source} SETTINGS ${limits}`, 'RawBLOB');
    return result.bytes;
  } finally {
    connection.close();
    await rm(file, { force: true });
  }
}
