import { settingNamed } from './catalogue.ts';
import type { Catalogue } from './catalogue.ts';
import type { ClickHouseServerConfig } from './config.ts';
import { exception } from './exception.ts';

/*
 * An analyst may set what clickhouse-server lets a user with readonly=2 set: anything that changes how a
 * result is computed or looks, also what changes nothing for a reader, since tools send it. What remains
 * are limits, which are held, and settings by which one query takes from the others or from the process.
 */

/** Settings that no request of an analyst may have, as ones of a profile with a constraint. */
const heldPatterns: readonly RegExp[] = [
  // Of the user or of all users together, and places in the queue.
  /_for_(user|all_users)$/,
  /^(priority|low_priority_query_wait_time_ms|workload|replace_running_query|queue_max_wait_ms)$/,
  /^(use_concurrency_control|reserve_memory|os_threads?_|concurrent_threads)/,
  // Memory that is not counted, signals to the process's threads, its symbols, its own faults.
  /^(max_untracked_memory|memory_tracker_|memory_profiler_|query_profiler_|trace_profile_events)/,
  /^(allow_introspection_functions|unknown_packet_in_send_data|page_cache_inject_eviction)$/,
  /fault_(injection|probability)/,
  // How deep the engine goes into a statement.
  /^max_(parser|ast|expanded_ast|subquery)_/,
  /^(allow_ddl|function_sleep_max_microseconds_per_block)$/,
];

/** Limits that the analyst may tighten; where more is asked for, they stay as they are. */
function limitsOf(config: ClickHouseServerConfig): ReadonlyMap<string, number> {
  const threads = config.CLICKHOUSE_ANALYST_THREADS_MAX;
  return new Map([
    ['max_execution_time', config.CLICKHOUSE_ANALYST_RUN_S_MAX],
    ['max_result_rows', config.CLICKHOUSE_ANALYST_RESULT_ROWS_MAX],
    ['max_result_bytes', config.CLICKHOUSE_ANALYST_RESULT_BYTES_MAX],
    ['max_memory_usage', config.CLICKHOUSE_ANALYST_MEMORY_BYTES_MAX],
    ['max_threads', threads],
    ['max_query_size', config.CLICKHOUSE_ANALYST_QUERY_BYTES_MAX],
  ]);
}

/** Settings that are limits too, but which nothing sets unless a request does. */
const threadLimits: readonly RegExp[] = [
  /^max_(final|insert|parsing|download|streams_for_merge_tree_reading|alter)_?threads$/,
  /^max_threads_for_indexes$/,
];

/**
 * The settings of an analyst's request: what it asks for, and every limit. A limit that it asks to be wider,
 * or lifted (0), is the configured one, as a profile of clickhouse-server with a maximum clamps it.
 *
 * @param options.config Limits.
 * @param options.asked Names and values, of the URL and of the statement.
 * @throws DatabaseException READONLY (164) for a setting that is not the analyst's to change. Whether the
 * engine knows a setting and takes its value, it says itself.
 */
export function analystSettings(options: {
  config: ClickHouseServerConfig;
  catalogue: Pick<Catalogue, 'settings'>;
  asked: ReadonlyMap<string, string>;
}): ReadonlyMap<string, string> {
  const limits = limitsOf(options.config);
  const settings = new Map([...limits].map(([name, limit]) => [name, String(limit)] as const));
  settings.set('timeout_overflow_mode', 'throw');
  settings.set('result_overflow_mode', 'throw');
  for (const [written, value] of options.asked) {
    const name = settingNamed(options.catalogue, written);
    const limit = limits.get(name);
    if (limit !== undefined) settings.set(name, clamped(value, limit));
    else if (threadLimits.some((pattern) => pattern.test(name))) {
      settings.set(name, clamped(value, options.config.CLICKHOUSE_ANALYST_THREADS_MAX));
    } else if (name === 'readonly') refuseWriting(value);
    else if (isHeld(name)) throw cannotModify(name);
    else settings.set(name, value);
  }
  return settings;
}

/** For settings in subqueries, against which the engine does not hold limits. @throws DatabaseException READONLY */
export function refuseNestedSetting(options: {
  config: ClickHouseServerConfig;
  name: string;
}): void {
  const { config, name } = options;
  const isLimit = limitsOf(config).has(name) || threadLimits.some((pattern) => pattern.test(name));
  if (isLimit || name === 'readonly' || isHeld(name)) throw cannotModify(name);
}

const isHeld = (name: string): boolean => heldPatterns.some((pattern) => pattern.test(name));

/** What is no number the engine refuses itself. */
function clamped(value: string, limit: number): string {
  const asked = Number(value);
  if (value.trim() === '' || Number.isNaN(asked)) return value;
  return asked <= 0 || asked > limit ? String(limit) : value;
}

function refuseWriting(value: string): void {
  if (!/^\s*[12]\s*$/.test(value)) throw cannotModify('readonly');
}

const cannotModify = (name: string): Error =>
  exception('READONLY', `analyst: Cannot modify '${name}' setting in readonly mode.`);
