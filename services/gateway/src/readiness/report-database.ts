import { z } from 'zod';
import { accessHeaders, clickHouseAccess } from '@semarak/infra/clickhouse';
import type { Check } from '@semarak/infra/http-server';

/** The relations that analysts may rely on. */
const relations = [
  'transactions',
  'sales',
  'points_ledger',
  'tier_changes',
  'draw_tickets',
  'gifts',
  'parking_grants',
  'rejected_transactions',
  'members',
  'tenants',
];

const rows = z.object({ data: z.array(z.array(z.unknown())) });

/** Runs a query in ClickHouse; the rows of its answer. Throws when there is none. */
export type AskClickHouse = (query: string) => Promise<unknown[][]>;

/** Whether every relation of the report database exists and the tenants are there. */
export const reportDatabaseCheck =
  (ask: AskClickHouse): Check =>
  async () => {
    const named = await ask("SELECT name FROM system.tables WHERE database = 'semarak'");
    const found = new Set(named.map(([name]) => name));
    const missing = relations.filter((relation) => !found.has(relation));
    if (missing.length > 0) return `ClickHouse has no ${missing.join(', ')} in semarak yet.`;
    const [count] = await ask('SELECT count() > 0 FROM semarak.tenants');
    return Number(count?.[0]) === 1 ? undefined : 'ClickHouse’s semarak.tenants is still empty.';
  };

/** Asks over ClickHouse’s HTTP interface. */
export function clickhouseOver(options: { url: string; timeoutMs: number }): AskClickHouse {
  const access = clickHouseAccess(options.url);
  return async (query) => {
    let response: Response;
    try {
      response = await fetch(access.url, {
        method: 'POST',
        headers: accessHeaders(access),
        body: `${query} FORMAT JSONCompact`,
        signal: AbortSignal.timeout(options.timeoutMs),
      });
    } catch (error) {
      throw new Error('ClickHouse cannot be reached', { cause: error });
    }
    if (!response.ok) throw new Error(`ClickHouse answers with status ${response.status}`);
    return rows.parse(await response.json()).data;
  };
}
