import type { Connection } from './engine.ts';
import { exception } from './exception.ts';

export interface Format {
  /** As the engine writes it. */
  readonly name: string;
  readonly isInput: boolean;
  readonly isOutput: boolean;
}

export interface Setting {
  /** The name that an alias stands for; the setting's own name otherwise. */
  readonly name: string;
  /** The engine's name of its type: Bool, UInt64, String, OverflowMode … */
  readonly type: string;
}

/** What this version of the engine knows, read from its system tables once at start. */
export interface Catalogue {
  /** By name in lower case, since the engine compares formats without case. */
  readonly formats: ReadonlyMap<string, Format>;
  /** Settings of a query, by name and by alias. */
  readonly settings: ReadonlyMap<string, Setting>;
  /** Settings of a MergeTree table, by name. */
  readonly tableSettings: ReadonlyMap<string, Setting>;
  /** In lower case, as all names of functions here. */
  readonly tableFunctions: ReadonlySet<string>;
  /** Functions of a category that calls other servers, and those that run a program. */
  readonly outboundFunctions: ReadonlySet<string>;
}

/** @throws DatabaseException when the engine cannot be asked. */
export async function readCatalogue(connection: Connection): Promise<Catalogue> {
  const rows = async (query: string): Promise<readonly (readonly string[])[]> => {
    const { bytes } = await connection.query(query, 'JSONCompactStringsEachRow');
    const lines = bytes.toString('utf8').split('\n').filter(Boolean);
    return lines.map((line) => JSON.parse(line) as string[]);
  };
  const formats = await rows('SELECT name, is_input, is_output FROM system.formats');
  const settings = await rows('SELECT name, type, alias_for FROM system.settings');
  const tableSettings = await rows('SELECT name, type FROM system.merge_tree_settings');
  const tableFunctions = await rows('SELECT lower(name) FROM system.table_functions');
  const outbound = await rows(
    `SELECT lower(name) FROM system.functions
     WHERE categories = 'AI' OR origin NOT IN ('System', 'SQLUserDefined')`,
  );
  const setting = ([name = '', type = '', alias = '']: readonly string[]) =>
    [name, { name: alias === '' ? name : alias, type }] as const;
  return {
    formats: new Map(
      formats.map(([name = '', isInput, isOutput]) => [
        name.toLowerCase(),
        { name, isInput: isInput === '1', isOutput: isOutput === '1' },
      ]),
    ),
    settings: new Map(settings.map(setting)),
    tableSettings: new Map(tableSettings.map(setting)),
    tableFunctions: new Set(tableFunctions.flat()),
    outboundFunctions: new Set(outbound.flat()),
  };
}

/** The setting that a name means, which may be an alias of it. */
export function settingNamed(catalogue: Pick<Catalogue, 'settings'>, name: string): string {
  return catalogue.settings.get(name)?.name ?? name;
}

/**
 * The format that a word of a request names, as the engine writes it: whatever else stands in the
 * word never reaches the text of a statement.
 *
 * @throws DatabaseException UNKNOWN_FORMAT (73)
 */
export function formatNamed(catalogue: Pick<Catalogue, 'formats'>, word: string): Format {
  const bare = word.replace(/^([`"])(.*)\1$/s, '$2');
  const format = catalogue.formats.get(bare.toLowerCase());
  if (format === undefined) {
    throw exception('UNKNOWN_FORMAT', `Unknown format ${word.slice(0, 64)}`);
  }
  return format;
}
