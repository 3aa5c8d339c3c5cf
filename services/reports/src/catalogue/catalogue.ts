import type { ClickHouseReader } from '@semarak/infra/clickhouse';
import { z } from 'zod';

export interface Column {
  readonly name: string;
  /** ClickHouse’s. */
  readonly type: string;
}

export interface Report {
  readonly name: string;
  readonly parameters: readonly string[];
  readonly columns: readonly Column[];
}

export type Catalogue = ReadonlyMap<string, Report>;

/** What every report takes; a view with other parameters is no report. */
const reportParameters = ['programme', 'as_of'] as const;

const names = z.object({ data: z.array(z.tuple([z.string()])) });
const described = z.object({ meta: z.array(z.object({ name: z.string(), type: z.string() })) });

// Views that only other views use are not named report_….
const statement = `
SELECT name FROM system.tables
WHERE database = 'semarak' AND (startsWith(name, 'report_') OR name = 'member_value')
    AND arraySort(parameterized_view_parameters.name) = ['as_of', 'programme']
ORDER BY name`;

/**
 * The reports that ClickHouse has, with their columns: the views of `semarak` that are called report_… or
 * member_value and take the two parameters. Throws what the reader throws.
 */
export async function readCatalogue(
  clickhouse: ClickHouseReader,
  { timeoutMs }: { readonly timeoutMs: number },
): Promise<Catalogue> {
  const { text } = await clickhouse({ statement, format: 'JSONCompact', timeoutMs });
  const reports: Report[] = [];
  for (const [name] of names.parse(JSON.parse(text)).data) {
    const answer = await clickhouse({
      statement: `SELECT * FROM semarak.${name}(programme = '', as_of = '2000-01-01') LIMIT 0`,
      format: 'JSONCompact',
      timeoutMs,
    });
    const { meta } = described.parse(JSON.parse(answer.text));
    reports.push({ name, parameters: reportParameters, columns: meta });
  }
  return new Map(reports.map((report) => [report.name, report]));
}

/** Reads the catalogue once for each state of the views. */
export class KnownCatalogue {
  readonly #read: () => Promise<Catalogue>;
  #views = '';
  #known: Promise<Catalogue> | undefined;

  constructor(read: () => Promise<Catalogue>) {
    this.#read = read;
  }

  /** `views`: as in DatabaseState. */
  at(views: string): Promise<Catalogue> {
    if (this.#known !== undefined && this.#views === views) return this.#known;
    const read = this.#read();
    this.#views = views;
    this.#known = read;
    read.catch(() => {
      if (this.#known === read) this.#known = undefined;
    });
    return read;
  }
}
