import { accessHeaders, clickHouseAccess } from '@semarak/infra/clickhouse';
import { inlineViews } from '@semarak/infra/report-database';
import { z } from 'zod';

const answer = z.object({
  data: z.array(z.array(z.unknown())),
  statistics: z.object({ rows_read: z.number(), bytes_read: z.number() }),
});

export interface Answered {
  /** A row as text; sorted. */
  readonly rows: readonly string[];
  readonly rowsRead: number;
  readonly bytesRead: number;
  /** From the request to the whole answer, as a client sees it. */
  readonly ms: number;
}

/** Asks a server as the reports service does. Throws with what it says when it does not answer. */
export async function ask(url: string, query: string): Promise<Answered> {
  const startedAt = performance.now();
  const access = clickHouseAccess(url);
  const target = new URL(access.url);
  for (const [name, value] of Object.entries(inlineViews))
    target.searchParams.set(name, String(value));
  const response = await fetch(target, {
    method: 'POST',
    headers: accessHeaders(access),
    body: `${query}\nFORMAT JSONCompact`,
  });
  const text = await response.text();
  const ms = performance.now() - startedAt;
  if (!response.ok) throw new Error(`ClickHouse does not answer:\n${query}\n${text}`);
  const { data, statistics } = answer.parse(JSON.parse(text));
  return {
    rows: data.map((row) => row.map(String).join(' ')).sort(),
    rowsRead: statistics.rows_read,
    bytesRead: statistics.bytes_read,
    ms,
  };
}

/** The middle one of several times, of an odd number of them. */
export function median(times: readonly number[]): number {
  const sorted = [...times].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
