/** ClickHouse's HTTP interface over the embedded engine, for one machine. */
export { clickHouseServerConfigSchema, parseClickHouseServerConfig } from './config.ts';
export type { ClickHouseServerConfig } from './config.ts';
export { startClickHouseServer, threadPoolSize } from './server.ts';
export type { ClickHouseServer } from './server.ts';
