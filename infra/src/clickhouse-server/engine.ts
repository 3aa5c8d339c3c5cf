import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fromEngine } from './exception.ts';
import { quoteString } from './sql.ts';

/** What the addon of `chdb` hands out for a connection; opaque. */
type Handle = object;

interface NativeResult {
  readonly bytes: Uint8Array;
  /** Rows of the result. */
  readonly rowsRead: number;
  readonly bytesRead: number;
  readonly elapsed: number;
}

interface NativeInsertResult {
  readonly rowsWritten: number;
  readonly bytesWritten: number;
  readonly elapsed: number;
}

/**
 * The part of chdb's addon that is used here. The package's `Session` is not enough: it takes
 * only text formats as raw bytes, runs queries with parameters one at a time over all sessions,
 * and closes a session only when every other session is idle.
 */
interface Addon {
  CreateConnection(path: string, args?: readonly string[]): Handle | null;
  CloseConnection(connection: Handle): void;
  QueryAsyncConnection(connection: Handle, sql: string, format: string): Promise<NativeResult>;
  InsertRawAsyncConnection(
    connection: Handle,
    prefix: string,
    data: Uint8Array,
    countLines: false,
  ): Promise<NativeInsertResult>;
}

function loadAddon(): Addon {
  const require = createRequire(import.meta.url);
  const fromChdb = createRequire(require.resolve('chdb/package.json'));
  const loader = fromChdb('./dist/loader.js') as { loadNative(): Addon };
  return loader.loadNative();
}

export interface QueryResult {
  readonly bytes: Buffer;
  readonly rows: number;
  readonly elapsedS: number;
}

export interface InsertResult {
  /** Rows written, those of materialized views included, as ClickHouse's summary counts them. */
  readonly rowsWritten: number;
  readonly bytesWritten: number;
  readonly elapsedS: number;
}

/**
 * One connection serves one request and is thrown away, unless it keeps nothing of it: settings, the current
 * database, roles and temporary tables of a request end with it. Opening one costs about 0.3 ms.
 */
export class Connection {
  readonly #addon: Addon;
  readonly #handle: Handle;

  constructor(addon: Addon, handle: Handle) {
    this.#addon = addon;
    this.#handle = handle;
  }

  /** Runs off the event loop. @throws DatabaseException */
  async query(sql: string, format: string): Promise<QueryResult> {
    try {
      const result = await this.#addon.QueryAsyncConnection(this.#handle, sql, format);
      const { buffer, byteOffset, byteLength } = result.bytes;
      const bytes = Buffer.from(buffer, byteOffset, byteLength);
      return { bytes, rows: result.rowsRead, elapsedS: result.elapsed };
    } catch (error) {
      throw fromEngine(error);
    }
  }

  /**
   * Runs `statement`, a newline and `data` as one text without decoding the data. The data must
   * not change until the promise settles. @throws DatabaseException
   */
  async insert(statement: string, data: Buffer): Promise<InsertResult> {
    try {
      const result = await this.#addon.InsertRawAsyncConnection(
        this.#handle,
        statement,
        data,
        false,
      );
      const { rowsWritten, bytesWritten, elapsed } = result;
      return { rowsWritten, bytesWritten, elapsedS: elapsed };
    } catch (error) {
      throw fromEngine(error);
    }
  }

  /** Only when no call is running on it: the engine aborts the process's queries otherwise. */
  close(): void {
    this.#addon.CloseConnection(this.#handle);
  }
}

/**
 * The library makes the database `default` an overlay in which every name of a table is a path of
 * the machine too: `EXISTS "/etc/passwd"` tells whether the file is there. What is stored in it is an
 * ordinary database of the same id, which takes its place.
 */
async function leaveFilesystem(connection: Connection): Promise<void> {
  const { bytes } = await connection.query(
    "SELECT uuid FROM system.databases WHERE name = 'default' AND engine = 'Overlay'",
    'TabSeparated',
  );
  const id = bytes.toString().trim();
  if (id === '') return;
  await connection.query('DETACH DATABASE default', 'Null');
  await connection.query(`ATTACH DATABASE default UUID '${id}' ENGINE = Atomic`, 'Null');
}

/**
 * To read `system.models` starts a program, the bridge to CatBoost, and waits two minutes for it;
 * `system.jemalloc_profile_text` opens a file. No grant keeps anybody from them, since the library lets everybody read
 * the system's tables, so for as long as the engine runs there are none.
 */
async function leaveMachine(connection: Connection): Promise<void> {
  for (const table of ['models', 'jemalloc_profile_text'])
    await connection.query(`DETACH TABLE IF EXISTS system.${table}`, 'Null');
}

/** The engine of this process, open on one folder. */
export class Engine {
  readonly #addon: Addon;
  readonly #path: string;
  /** Keeps the engine open between requests. */
  readonly #keeper: Connection;
  readonly version: string;
  readonly timezone: string;

  private constructor(options: {
    addon: Addon;
    path: string;
    keeper: Connection;
    version: string;
    timezone: string;
  }) {
    this.#addon = options.addon;
    this.#path = options.path;
    this.#keeper = options.keeper;
    this.version = options.version;
    this.timezone = options.timezone;
  }

  /** @throws Error when the folder cannot be opened. */
  static async open(options: { dataDir: string; configFile: string }): Promise<Engine> {
    const addon = loadAddon();
    const path = join(options.dataDir, 'store');
    const handle = addon.CreateConnection(path, [`--config-file=${options.configFile}`]);
    if (handle === null) throw new Error(`The engine cannot open ${path}`);
    const keeper = new Connection(addon, handle);
    await leaveFilesystem(keeper);
    await leaveMachine(keeper);
    const { bytes } = await keeper.query('SELECT version(), timezone()', 'TabSeparated');
    const [version = '', timezone = 'UTC'] = bytes.toString().trim().split('\t');
    return new Engine({ addon, path, keeper, version, timezone });
  }

  connect(): Connection {
    const handle = this.#addon.CreateConnection(this.#path);
    if (handle === null) throw new Error('The engine gives no connection');
    return new Connection(this.#addon, handle);
  }

  /** Asks the engine to stop the queries whose text ends with the marker; does not wait. */
  async kill(marker: string): Promise<void> {
    await this.#keeper.query(
      `KILL QUERY WHERE endsWith(query, ${quoteString(marker)}) ASYNC`,
      'Null',
    );
  }

  /** After the last connection of a request is closed: parts and logs are then on disk. */
  close(): void {
    this.#keeper.close();
  }
}
