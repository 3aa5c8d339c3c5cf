/** ClickHouse's HTTP interface over the embedded engine, for one machine. */
export { clickHouseServerConfigSchema, parseClickHouseServerConfig } from './config.ts';
export type { ClickHouseServerConfig } from './config.ts';
export { startClickHouseServer } from './server.ts';
export { sessionsMaxDefault, threadPoolSize } from './thread-pool.ts';
export type { ClickHouseServer } from './server.ts';
