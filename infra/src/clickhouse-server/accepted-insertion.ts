import { formatNamed } from './catalogue.ts';
import { exception } from './exception.ts';
import type { Execution } from './execute.ts';
import { readInsert } from './insert-statement.ts';
import { readInsertion, unpack } from './insert.ts';
import type { Insertion } from './insert.ts';

type Asked = Pick<
  Execution,
  'engine' | 'config' | 'catalogue' | 'statements' | 'user' | 'request' | 'body' | 'pipe'
>;

/**
 * An INSERT as it is to run: its statement as the engine's formatter writes it, its format one that
 * the engine knows, its data without calls that lead out of the database.
 */
export async function acceptedInsertion(execution: Asked): Promise<Insertion> {
  const { request, body, user, statements, catalogue } = execution;
  const insertion = readInsertion({ urlQuery: request.urlQuery, body });
  if (insertion.type === 'select') {
    const text = await statements.accepted({ text: insertion.text.toString('utf8'), user });
    return { type: 'select', text: Buffer.from(text) };
  }
  const format = formatNamed(catalogue, insertion.format).name;
  const head = `${insertion.target} ${insertion.settings} FORMAT ${format}`;
  const written = readInsert(await statements.accepted({ text: head, user }));
  if (written.type === 'select') throw exception('SYNTAX_ERROR', 'Syntax error: INSERT.');
  const { target, settings } = written;
  const accepted = { ...insertion, target, settings, format };
  // Of all formats, this one alone holds expressions.
  if (format !== 'Values') return accepted;
  const data = await unpacked(execution, insertion);
  await statements.holdValues({ data: data.toString('utf8'), user });
  return { ...accepted, data, compression: 'none' };
}

/** Data without the compression that only the engine reads. @throws DatabaseException */
export async function unpacked(
  { engine, pipe, config }: Asked,
  { data, compression }: Pick<Extract<Insertion, { type: 'data' }>, 'data' | 'compression'>,
): Promise<Buffer> {
  if (compression === 'none') return data;
  const file = `${pipe}.packed`;
  const bytesMax = config.CLICKHOUSE_REQUEST_BODY_BYTES_MAX;
  return unpack({ engine, body: { bytes: data, compression }, file, bytesMax });
}
