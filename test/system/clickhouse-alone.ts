import { clickHouseAccess, createClickHouse, type ClickHouse } from '@semarak/infra/clickhouse';
import { serverPorts, startLocalStack } from '@semarak/infra/local-stack';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Nothing is tried again: what fails is to be seen. */
const limits = {
  requestTimeoutMs: 30_000,
  connectionsMax: 4,
  attemptsMax: 1,
  retryDelayMs: 0,
  retryDelayMsMax: 0,
  tokensMax: 1,
};

/** A ClickHouse of its own, empty, in a folder that goes with it. */
export interface ClickHouseAlone {
  readonly url: string;
  /** The analyst's. */
  readonly password: string;
  readonly owner: ClickHouse;
  readonly analyst: ClickHouse;
  /** Kills the server, has something done to its files, and starts it again. */
  restartedAfter(work: () => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

export async function startClickHouseAlone(portBase: number): Promise<ClickHouseAlone> {
  const dataDir = await mkdtemp(join(tmpdir(), 'semarak-clickhouse-'));
  const password = 'a-password';
  const stack = await startLocalStack({
    dataDir,
    ports: serverPorts(portBase),
    servers: ['clickhouse'],
    keys: { analyst: password },
  });
  const { url } = clickHouseAccess(stack.urls.CLICKHOUSE_URL);
  const owner = createClickHouse({ url: stack.urls.CLICKHOUSE_URL, limits });
  const credentials = { username: 'analyst', password };
  const analyst = createClickHouse({ url, limits, credentials });
  return {
    url,
    password,
    owner,
    analyst,
    async restartedAfter(work) {
      await stack.kill('clickhouse');
      await work();
      await stack.restart('clickhouse');
    },
    async close() {
      await owner.close();
      await analyst.close();
      await stack.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
