import type { ServerPorts } from './ports.ts';

/** What the four servers of one stack are told. Paths are absolute. */
export interface ServerContext {
  readonly dataDir: string;
  readonly ports: ServerPorts;
  readonly java: string;
  readonly redis: string;
  readonly analystPassword: string;
  /** Of ClickHouse's user `default`. */
  readonly ownerPassword: string;
}
