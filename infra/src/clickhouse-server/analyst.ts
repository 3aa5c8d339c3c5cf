import type { ClickHouseServerConfig } from './config.ts';
import { exception } from './exception.ts';
import { assignments, hoistSettings } from './sql.ts';
import type { Statements } from './statements.ts';

/**
 * Settings that concern only how a result looks or how it is computed. Those that name a file
 * (schemas, templates) are not among them.
 */
const allowedPatterns = [
  /^output_format_(?!schema)/,
  /^format_(?!schema|template|protobuf|capn)/,
  /^date_time_(input|output)_format$/,
  /^(join_use_nulls|extremes|session_timezone|log_comment|max_block_size|preferred_block_size_bytes)$/,
  // What clients set by themselves to read newer types.
  /^cast_/,
  /^allow_(experimental|suspicious)_[a-z0-9_]*types?$/,
  /^(join_algorithm|union_default_mode|except_default_mode|intersect_default_mode)$/,
  /^(prefer_column_name_to_alias|transform_null_in|aggregate_functions_null_for_empty)$/,
  /^(optimize_read_in_order|group_by_use_nulls|cast_keep_nullable|totals_mode|enable_analyzer)$/,
  /^analyzer_inline_views$/,
  /^(send_progress_in_http_headers|http_headers_progress_interval_ms|limit|offset)$/,
  /^(enable_http_compression|http_zlib_compression_level)$/,
  /^(http_write_exception_in_output_format|cancel_http_readonly_queries_on_client_close)$/,
];

/** Settings of inserts, which clients send with every statement; a reader's are dropped. */
const irrelevantPattern =
  /^(async_insert|wait_for_async_insert|insert_|input_format_|deduplicate_)/;

/** Limits that the analyst may tighten and never widen. */
function limitsOf(config: ClickHouseServerConfig): ReadonlyMap<string, number> {
  return new Map([
    ['max_execution_time', config.CLICKHOUSE_ANALYST_RUN_S_MAX],
    ['max_result_rows', config.CLICKHOUSE_ANALYST_RESULT_ROWS_MAX],
    ['max_result_bytes', config.CLICKHOUSE_ANALYST_RESULT_BYTES_MAX],
    ['max_memory_usage', config.CLICKHOUSE_ANALYST_MEMORY_BYTES_MAX],
    ['max_threads', config.CLICKHOUSE_ANALYST_THREADS_MAX],
    ['max_query_size', config.CLICKHOUSE_ANALYST_QUERY_BYTES_MAX],
  ]);
}

/**
 * The settings of an analyst's request: its own where allowed, and every limit.
 *
 * @throws DatabaseException READONLY (164) for a setting that is not the analyst's to change,
 * SETTING_CONSTRAINT_VIOLATION (452) for a limit wider than the configured one.
 */
export function analystSettings(options: {
  config: ClickHouseServerConfig;
  asked: ReadonlyMap<string, string>;
}): ReadonlyMap<string, string> {
  const limits = limitsOf(options.config);
  const settings = new Map([...limits].map(([name, limit]) => [name, String(limit)] as const));
  settings.set('timeout_overflow_mode', 'throw');
  settings.set('result_overflow_mode', 'throw');
  for (const [name, value] of options.asked) {
    const limit = limits.get(name);
    if (limit !== undefined) {
      settings.set(name, String(tightened({ name, value, limit })));
    } else if (allowedPatterns.some((pattern) => pattern.test(name))) {
      settings.set(name, value);
    } else if (!irrelevantPattern.test(name) && !(name === 'readonly' && /^[12]$/.test(value))) {
      throw cannotModify(name);
    }
  }
  return settings;
}

function tightened(options: { name: string; value: string; limit: number }): number {
  const { name, value, limit } = options;
  const asked = Number(value);
  if (value.trim() !== '' && asked > 0 && asked <= limit) return asked;
  throw exception(
    'SETTING_CONSTRAINT_VIOLATION',
    `Setting ${name} shouldn't be greater than ${limit} and must be above 0.`,
  );
}

export interface AnalystStatement {
  readonly text: string;
  readonly settings: ReadonlyMap<string, string>;
}

/**
 * The statement that is to run in place of an analyst's text, and the settings that it asks for.
 *
 * @throws DatabaseException READONLY (164), and as `Statements` does.
 */
export async function analystStatement(options: {
  statements: Statements;
  text: string;
  config: ClickHouseServerConfig;
}): Promise<AnalystStatement> {
  if (Buffer.byteLength(options.text) > options.config.CLICKHOUSE_ANALYST_QUERY_BYTES_MAX) {
    throw exception('SYNTAX_ERROR', 'Max query size exceeded.');
  }
  const accepted = await options.statements.accepted({ text: options.text, user: 'analyst' });
  const { text, settings } = hoistSettings(accepted);
  // The engine does not hold limits against the settings of subqueries.
  for (const { name } of assignments(text)) {
    if (!allowedPatterns.some((pattern) => pattern.test(name))) throw cannotModify(name);
  }
  return { text, settings };
}

function cannotModify(name: string): Error {
  return exception('READONLY', `Cannot modify '${name}' setting in readonly mode.`);
}
