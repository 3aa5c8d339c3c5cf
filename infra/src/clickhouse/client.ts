import {
  ClickHouseError,
  ClickHouseLogLevel,
  createClient,
  type ClickHouseClient,
} from '@clickhouse/client';
import { clickHouseAccess } from './access.ts';
import { BlockInserts } from './block-inserts.ts';
import { ClickHouseUnavailable, serverFailure } from './errors.ts';
import {
  insertExactly,
  type ExactBlock,
  type ExactInsertLimits,
  type ExactInsertOutcome,
  type SourceRange,
} from './exact-insert.ts';
import type { ClickHouseMetrics } from './metrics.ts';

export interface ClickHouseOptions {
  readonly url: string;
  /** Absent: whom the URL names, or `default` without a password. */
  readonly credentials?: { readonly username: string; readonly password: string };
  readonly limits: ExactInsertLimits & {
    readonly requestTimeoutMs: number;
    readonly connectionsMax: number;
  };
  readonly metrics?: ClickHouseMetrics;
}

export interface ClickHouse {
  /** Runs a statement without a result. Not retried. */
  command(statement: string): Promise<void>;
  /** The rows of a query, each an object; `{name:Type}` in the text takes its value from params. */
  query<Row>(statement: string, params?: Readonly<Record<string, unknown>>): Promise<Row[]>;
  /** See the function of that name. */
  insertExactly(blocks: readonly [ExactBlock, ...ExactBlock[]]): Promise<ExactInsertOutcome>;
  close(): Promise<void>;
}

/**
 * A client over ClickHouse's HTTP interface, for a server, a cluster or the embedded one. Its methods
 * throw ClickHouseUnavailable or ClickHouseRefused, with the cause.
 */
export function createClickHouse(options: ClickHouseOptions): ClickHouse {
  const { limits, metrics } = options;
  const { url, credentials } = clickHouseAccess(options.url, options.credentials);
  const client = createClient({
    url,
    ...credentials,
    request_timeout: limits.requestTimeoutMs,
    max_open_connections: limits.connectionsMax,
    // What goes wrong is thrown, with its cause; the client would write it to stderr besides.
    log: { level: ClickHouseLogLevel.OFF },
    compression: { request: false, response: false },
    clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
  });
  const inserts = new BlockInserts({ ...options, ...limits });
  const transport = {
    insert: (block: ExactBlock, token: string | undefined) => inserts.insert(block, token),
    count: (block: ExactBlock) => translated(() => count(client, block)),
  };
  return {
    command: (statement) =>
      translated(async () => {
        await client.command({ query: statement });
      }),
    query: (statement, params = {}) =>
      translated(async () => {
        const result = await client.query({
          query: statement,
          query_params: params,
          format: 'JSONEachRow',
        });
        return await result.json();
      }),
    async insertExactly(blocks) {
      const [{ table }] = blocks;
      const endTimer = metrics?.seconds.startTimer({ table });
      const outcome = await insertExactly(transport, blocks, limits);
      endTimer?.();
      metrics?.inserts.inc({ table, outcome });
      metrics?.rows.inc(
        { table },
        blocks.reduce((sum, { rows }) => sum + rows, 0),
      );
      return outcome;
    },
    close() {
      inserts.close();
      return client.close();
    },
  };
}

async function count(client: ClickHouseClient, block: ExactBlock): Promise<number> {
  const result = await client.query({
    query:
      `SELECT count() AS found FROM ${block.table} WHERE _partition_id = {tablePartition:String} ` +
      `AND (${block.sources.map(condition).join(' OR ')})`,
    query_params: { tablePartition: block.tablePartition },
    format: 'JSONEachRow',
  });
  const [row] = await result.json<{ found: number }>();
  return row?.found ?? 0;
}

function condition({ partition, first, last }: SourceRange): string {
  const place = ({ offset, ordinal }: SourceRange['first']) => `(${offset}, ${ordinal})`;
  return (
    `(source_partition = ${partition} AND (source_offset, ordinal) >= ${place(first)} ` +
    `AND (source_offset, ordinal) <= ${place(last)})`
  );
}

async function translated<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ClickHouseError) throw serverFailure(error.code, error.message, error);
    throw new ClickHouseUnavailable('ClickHouse did not do it', { cause: error });
  }
}
