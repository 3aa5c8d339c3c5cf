import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** The embedded ClickHouse in a process of its own. */
export interface ClickHouseProcess {
  readonly url: string;
  readonly process: ChildProcess;
  stop(signal: NodeJS.Signals): Promise<number | null>;
}

const mainFile = fileURLToPath(
  new URL('main.js', import.meta.resolve('@semarak/infra/clickhouse-server')),
);

/** Starts it on a free port; throws when it ends before it listens. */
export async function startClickHouseProcess(options: {
  dataDir: string;
  analystPassword: string;
  ownerPassword: string;
  /** Where the process runs; that of the tests by default. */
  workingDirectory?: string;
  env?: Readonly<Record<string, string>>;
}): Promise<ClickHouseProcess> {
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    UV_THREADPOOL_SIZE: '8',
    CLICKHOUSE_SESSIONS_MAX: '4',
    CLICKHOUSE_OWNER_SESSIONS_RESERVED: '1',
    CLICKHOUSE_HTTP_PORT: '0',
    CLICKHOUSE_DATA_DIR: options.dataDir,
    CLICKHOUSE_ANALYST_PASSWORD: options.analystPassword,
    CLICKHOUSE_OWNER_PASSWORD: options.ownerPassword,
    ...options.env,
  };
  const child = spawn(process.execPath, [mainFile], {
    env,
    cwd: options.workingDirectory,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit') as Promise<[number | null]>;
  const port = await new Promise<number>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const entry = JSON.parse(line) as { msg: string; port?: number; err?: { message: string } };
      if (entry.msg === 'listening' && entry.port !== undefined) resolve(entry.port);
      if (entry.msg === 'cannot start' && entry.err !== undefined)
        reject(new Error(entry.err.message));
    });
    void exited.then(() => reject(new Error('The server ended before it listened')));
  });
  return {
    url: `http://127.0.0.1:${port}`,
    process: child,
    stop: async (signal) => {
      child.kill(signal);
      return (await exited)[0];
    },
  };
}
