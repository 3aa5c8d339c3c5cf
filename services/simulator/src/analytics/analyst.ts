import { createClient } from '@clickhouse/client';

/** A row by column name. 64-bit numbers are numbers here, not texts; nothing here exceeds 2^53. */
export type Row = Readonly<Record<string, string | number>>;

/** Asks ClickHouse as the user analyst, who can only read. */
export interface Analyst {
  /** Throws ClickHouse's error. */
  query(sql: string): Promise<Row[]>;
  close(): Promise<void>;
}

export function createAnalyst(options: {
  readonly url: string;
  readonly password: string;
  readonly requestTimeoutMs: number;
}): Analyst {
  const client = createClient({
    url: options.url,
    username: 'analyst',
    password: options.password,
    request_timeout: options.requestTimeoutMs,
  });
  return {
    query: async (sql) => {
      const answer = await client.query({
        query: sql,
        format: 'JSONCompactEachRowWithNamesAndTypes',
      });
      const [names, types, ...rows] = await answer.json<(string | number | null)[]>();
      return rows.map((row) =>
        Object.fromEntries(
          row.map((value, column) => [
            String(names?.[column]),
            isNumber(String(types?.[column])) ? Number(value) : String(value ?? ''),
          ]),
        ),
      );
    },
    close: () => client.close(),
  };
}

const isNumber = (type: string): boolean => /^(Nullable\()?(U?Int|Float)\d+/.test(type);
