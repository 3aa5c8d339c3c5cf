import type { ClickHouseReader } from '@semarak/infra/clickhouse';
import { inlineViews } from '@semarak/infra/report-database';
import { z } from 'zod';
import { dateIn } from '../freshness/mall-time.ts';
import type { Programme } from './database.ts';

const shape = z.object({ data: z.array(z.tuple([z.string(), z.string()])) });

const statement = `
SELECT programme, toString(max(business_day)) AS newest
FROM semarak.tenant_days
GROUP BY programme`;

/** A programme's dates. */
export interface Today {
  readonly today: string;
  /** The newest one with a sale, also where a till's clock is ahead; undefined when there is none. */
  readonly newestBusinessDay: string | undefined;
}

/**
 * `today`: the date up to which a programme's reports are shown unless another is asked for: the newest
 * business day with a sale, so that a mall whose history is played in sees its own newest day, and no later
 * than the mall's date now; that date when there is no sale.
 */
export async function readTodays(
  clickhouse: ClickHouseReader,
  of: {
    readonly programmes: readonly Programme[];
    readonly nowMs: number;
    readonly timeoutMs: number;
  },
): Promise<ReadonlyMap<string, Today>> {
  const { text } = await clickhouse({
    statement,
    format: 'JSONCompact',
    settings: inlineViews,
    timeoutMs: of.timeoutMs,
  });
  const newest = new Map(shape.parse(JSON.parse(text)).data);
  return new Map(
    of.programmes.map(({ programme, time_zone }) => {
      const now = dateIn(of.nowMs, time_zone);
      const sold = newest.get(programme);
      const today = sold === undefined || sold > now ? now : sold;
      return [programme, { today, newestBusinessDay: sold }];
    }),
  );
}
