import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { sessionsMaxDefault, threadPoolSize } from '../clickhouse-server/thread-pool.ts';
import { answersHttp, probeHttp } from './http-probe.ts';
import { checkoutRoot } from '../../src/local-stack/install.mjs';
import type { ProcessSpec } from './managed-process.ts';
import type { ServerContext } from './server-context.ts';

/** ClickHouse's HTTP interface over the embedded library, data in DIR/clickhouse. */
export function clickhouseServer(context: ServerContext): ProcessSpec {
  const dir = join(context.dataDir, 'clickhouse');
  const port = context.ports.clickhouse;
  return {
    name: 'clickhouse',
    command: process.execPath,
    args: [join(checkoutRoot, 'infra', 'dist', 'clickhouse-server', 'main.js')],
    env: {
      CLICKHOUSE_HTTP_PORT: String(port),
      CLICKHOUSE_DATA_DIR: dir,
      CLICKHOUSE_ANALYST_PASSWORD: context.analystPassword,
      CLICKHOUSE_OWNER_PASSWORD: context.ownerPassword,
      UV_THREADPOOL_SIZE: String(threadPoolSize(sessionsMaxDefault)),
    },
    cwd: context.dataDir,
    output: 'log',
    prepare: async () => {
      await mkdir(dir, { recursive: true });
    },
    probe: (signal) => probeHttp(`http://127.0.0.1:${port}/ping`, signal),
    alive: (signal) => answersHttp(`http://127.0.0.1:${port}/ping`, signal),
  };
}
