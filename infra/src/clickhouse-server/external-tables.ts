import { formatNamed } from './catalogue.ts';
import type { Catalogue } from './catalogue.ts';
import type { Connection } from './engine.ts';
import { exception } from './exception.ts';
import { runInsertion } from './insert.ts';
import { argumentsOf } from './native-types.ts';
import { quoteIdentifier, tokenize } from './sql.ts';

/** Data that a client sends beside its statement, which reads it as a temporary table. */
export interface ExternalTable {
  readonly name: string;
  /** `name Type, …` */
  readonly structure: string;
  readonly format: string;
  readonly bytes: Buffer;
}

interface Column {
  readonly name: string;
  readonly type: string;
}

/** `UInt8, String` has columns `_1` and `_2`, as clickhouse-server names them. */
export const structureOfTypes = (types: string): string =>
  argumentsOf(types)
    .map((type, index) => `_${index + 1} ${type}`)
    .join(', ');

/**
 * Names and types alone: a type is one word, with what stands in its brackets. So nothing is a default
 * value, which the engine would compute.
 *
 * @throws DatabaseException BAD_ARGUMENTS (36)
 */
function columnsOf(structure: string): readonly Column[] {
  const columns = argumentsOf(structure).map((text) => {
    const [name, type, bracket, ...rest] = [...tokenize(text)];
    const isName = name?.kind === 'word' || name?.kind === 'quoted';
    const last = rest.at(-1);
    const isWhole =
      bracket === undefined ||
      (bracket.text === '(' &&
        last?.text === ')' &&
        last.depth === 0 &&
        rest.every(({ text: each, depth }) => depth > 0 || each === last.text));
    if (name === undefined || !isName || type?.kind !== 'word' || !isWhole) {
      throw exception(
        'BAD_ARGUMENTS',
        `The structure of an external table is 'name Type, …', not '${text.slice(0, 64)}'.`,
      );
    }
    return {
      name: name.text.replace(/^[`"]|[`"]$/g, ''),
      type: text.slice(type.start, last?.end ?? type.end),
    };
  });
  if (columns.length > 0) return columns;
  throw exception('BAD_ARGUMENTS', 'An external table has no structure: send NAME_structure.');
}

/**
 * Makes temporary tables of this connection of them.
 *
 * @param options.dataFile A file of this request's own.
 * @throws DatabaseException BAD_ARGUMENTS, UNKNOWN_FORMAT, and what the engine says of types and data.
 */
export async function createExternalTables(options: {
  connection: Connection;
  tables: readonly ExternalTable[];
  catalogue: Catalogue;
  dataFile: string;
}): Promise<void> {
  const { connection, tables, catalogue, dataFile } = options;
  for (const { name, structure, bytes, ...each } of tables) {
    const format = formatNamed(catalogue, each.format).name;
    if (format === 'Values') {
      throw exception('BAD_ARGUMENTS', 'An external table cannot be in the format Values.');
    }
    const list = columnsOf(structure).map((each) => `${quoteIdentifier(each.name)} ${each.type}`);
    const table = quoteIdentifier(name);
    await connection.query(`CREATE TEMPORARY TABLE ${table} (${list.join(', ')})`, 'Null');
    if (bytes.length === 0) continue;
    const target = `INSERT INTO ${table}`;
    const insertion = { type: 'data', target, settings: '', format, data: bytes } as const;
    await runInsertion({ connection, insertion: { ...insertion, compression: 'none' }, dataFile });
  }
}
