import { createClickHouse, type ClickHouse } from '@semarak/infra/clickhouse';

/** A query of a bench may look at every row; nothing is tried twice. */
const limits = {
  requestTimeoutMs: 1_800_000,
  connectionsMax: 2,
  attemptsMax: 1,
  retryDelayMs: 0,
  retryDelayMsMax: 0,
  tokensMax: 1,
};

export const connectClickHouse = (url: string): ClickHouse => createClickHouse({ url, limits });
