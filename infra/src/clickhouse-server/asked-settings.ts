import { formatNamed } from './catalogue.ts';
import type { Catalogue, Setting } from './catalogue.ts';
import type { User } from './credentials.ts';
import { exception } from './exception.ts';
import type { QueryRequest } from './request.ts';
import type { Assignment } from './sql.ts';

/**
 * Types whose values are texts of any content, and so may name a file, a schema, a server, a
 * command or hold an expression. The values of every other type are numbers or words of a list.
 */
const freeTextTypes: ReadonlySet<string> = new Set(['String', 'Map', 'URI', 'Char']);

/**
 * Settings of such a type that only write, read or label values. A setting of a newer engine is
 * refused until somebody has read what it names.
 */
const harmlessTexts: readonly RegExp[] = [
  /^(log_comment|query_cache_tag|insert_deduplication_token|workload|compatibility|chdb_client_name)$/,
  /^(bool_(true|false)_representation|format_(csv|tsv)_null_representation|format_csv_delimiter)$/,
  /^format_custom_(field|row|result)_[a-z_]*delimiter$/,
  /^(format_regexp|format_json_object_each_row_column_for_object_name)$/,
  /^output_format_(pretty_grid_charset|avro_codec|avro_string_column_pattern)$/,
  /^output_format_(sql_insert_table_name|image_terminal_mode)$/,
  /^input_format_(hive_text_[a-z_]*delimiter|mysql_dump_table_name)$/,
  /^(column_names_for_schema_inference|count_distinct_implementation)$/,
  /^(ignore|force)_data_skipping_indices$/,
  /^exclude_materialize_skip_indexes_on_(insert|merge)$/,
  /^(force_optimize|preferred_optimize)_projection_name$/,
  /^(network_compression_method|temporary_files_codec|(local|remote)_filesystem_read_method)$/,
  // Of tables.
  /^(default|marks|primary_key)_compression_codec$/,
  /^(auto_statistics_types|columns_to_prewarm_mark_cache)$/,
];

/**
 * Whether a setting's value can lead out of the database. `dialect` is one of them: in another
 * language than the one it was read in, a statement says something else.
 */
function leadsOut({ name, type }: Setting): boolean {
  if (type === 'Dialect') return true;
  return freeTextTypes.has(type) && !harmlessTexts.some((pattern) => pattern.test(name));
}

/**
 * Holds a setting, wherever the request assigns it: nobody names a file, a schema, a server, a
 * command or an expression in one.
 *
 * @throws DatabaseException ACCESS_DENIED (497)
 */
export function refuseOutbound(options: {
  catalogue: Catalogue;
  setting: Assignment;
  user: User;
}): void {
  const { catalogue, setting, user } = options;
  const known = [catalogue.settings, catalogue.tableSettings].flatMap((settings) => {
    const found = settings.get(setting.name);
    return found === undefined ? [] : [found];
  });
  // Other engines have settings that no system table lists: a number or a word can name nothing.
  const isRefused = known.length === 0 ? setting.value === 'text' : known.some(leadsOut);
  if (!isRefused) return;
  throw exception(
    'ACCESS_DENIED',
    `${user}: Not enough privileges to change the setting '${setting.name}': its value may name ` +
      'a file, a schema, another server or an expression, which no request may do.',
  );
}

/**
 * A request whose formats and settings are the engine's: known by name, and none that leads out of
 * the database. Values are still to be quoted.
 *
 * @throws DatabaseException UNKNOWN_FORMAT (73), UNKNOWN_SETTING (115), ACCESS_DENIED (497)
 */
export function withKnownWords(options: {
  catalogue: Catalogue;
  request: QueryRequest;
  user: User;
}): QueryRequest {
  const { catalogue, request, user } = options;
  for (const [name] of request.settings) {
    if (!catalogue.settings.has(name)) {
      throw exception('UNKNOWN_SETTING', `Unknown setting '${name}'`);
    }
    refuseOutbound({ catalogue, setting: { name, value: 'text' }, user });
  }
  return { ...request, defaultFormat: formatNamed(catalogue, request.defaultFormat).name };
}
