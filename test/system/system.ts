import { createClient, type ClickHouseClient } from '@clickhouse/client';
import { serverPorts, stackUrls } from '@semarak/infra/local-stack';
import { startLaunched, type LaunchOptions, type Launched } from './launched.ts';

export interface Keys {
  readonly terminal: string;
  readonly desk: string;
  readonly import: string;
  readonly analyst: string;
  readonly operator: string;
  /** Of ClickHouse's user `default`. */
  readonly owner: string;
}

/** The whole system as `npm start -- --no-demo` starts it, on ports and in a folder of its own. */
export interface System extends Launched {
  readonly gatewayUrl: string;
  readonly clickhouseUrl: string;
  /** The same with ClickHouse's user `default` and his password. */
  readonly ownerUrl: string;
  readonly clickhouse: ClickHouseClient;
  readonly brokers: string;
  readonly registryUrl: string;
  readonly redisUrl: string;
  /** Rows of a query as the analyst. */
  rows<Row>(sql: string): Promise<Row[]>;
  close(): Promise<void>;
}

/** Starts the system; resolves when the gateway says that it is ready. */
export async function startSystem(options: LaunchOptions): Promise<System> {
  return systemOver(await startLaunched(options), options);
}

/** What is launched on these ports, with the ways to reach it. */
export function systemOver(launched: Launched, options: { portBase: number }): System {
  const ports = serverPorts(options.portBase);
  const clickhouseUrl = `http://127.0.0.1:${ports.clickhouse}`;
  const clickhouse = createClient({
    url: clickhouseUrl,
    username: 'analyst',
    password: launched.keys.analyst,
    database: 'semarak',
  });
  return {
    ...launched,
    gatewayUrl: `http://127.0.0.1:${options.portBase}`,
    clickhouseUrl,
    ownerUrl: stackUrls(ports, launched.keys).CLICKHOUSE_URL,
    clickhouse,
    brokers: `127.0.0.1:${ports.kafka}`,
    registryUrl: `http://127.0.0.1:${ports.registry}/apis/ccompat/v7`,
    redisUrl: `redis://127.0.0.1:${ports.redis}`,
    async rows<Row>(query: string) {
      const result = await clickhouse.query({ query, format: 'JSONEachRow' });
      return await result.json<Row>();
    },
    async close() {
      await clickhouse.close();
      await launched.stop();
    },
  };
}
