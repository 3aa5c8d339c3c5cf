import type { ClickHouseReader } from '@semarak/infra/clickhouse';
import { currentIdSql, inlineViews } from '@semarak/infra/report-database';
import { z } from 'zod';

export const programmeShape = z.object({
  programme: z.string(),
  name: z.string(),
  time_zone: z.string(),
  currency: z.string(),
});
export type Programme = Readonly<z.infer<typeof programmeShape>>;

const shape = z.object({
  database_id: z.string(),
  views: z.string(),
  programmes: z.array(programmeShape),
});

/** What answers depend on beside the rows. */
export interface DatabaseState {
  /** Of the generation that everybody reads. */
  readonly databaseId: string;
  /** Another text once any view of `semarak` has been made again. */
  readonly views: string;
  readonly programmes: ReadonlyMap<string, Programme>;
}

const statement = `
SELECT
    ${currentIdSql} AS database_id,
    (SELECT toString(groupBitXor(sipHash64(name, uuid)))
        FROM system.tables WHERE database = 'semarak') AS views,
    (SELECT groupArray(CAST((programme, name, time_zone, currency),
            'Tuple(programme String, name String, time_zone String, currency String)'))
        FROM (SELECT * FROM semarak.programmes ORDER BY programme)) AS programmes`;

/** Throws what the reader throws. */
export async function readDatabaseState(
  clickhouse: ClickHouseReader,
  { timeoutMs }: { readonly timeoutMs: number },
): Promise<DatabaseState> {
  const { text } = await clickhouse({
    statement,
    format: 'JSONEachRow',
    settings: { ...inlineViews, output_format_json_named_tuples_as_objects: 1 },
    timeoutMs,
  });
  const { database_id, views, programmes } = shape.parse(JSON.parse(text));
  return {
    databaseId: database_id,
    views,
    programmes: new Map(programmes.map((each) => [each.programme, each])),
  };
}
