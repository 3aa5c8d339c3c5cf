import type { ClickHouseReader } from '@semarak/infra/clickhouse';
import { damageStatement, type Damage } from '@semarak/infra/report-database';
import { z } from 'zod';

const shape = z.object({
  kind: z.enum(['detached', 'mutation', 'replication', 'merges']),
  place: z.string(),
  count: z.int(),
  example: z.string(),
});

/** Throws what the reader throws. */
export async function readDamage(
  clickhouse: ClickHouseReader,
  { timeoutMs }: { readonly timeoutMs: number },
): Promise<readonly Damage[]> {
  const format = 'JSONEachRow';
  const { text } = await clickhouse({ statement: damageStatement, format, timeoutMs });
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => shape.parse(JSON.parse(line)));
}
