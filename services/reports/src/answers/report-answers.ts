import type { ClickHouseReader } from '@semarak/infra/clickhouse';
import { HttpProblem } from '@semarak/infra/http-server';
import { currentIdSql, inlineViews } from '@semarak/infra/report-database';
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Catalogue, Report } from '../catalogue/catalogue.ts';
import type { Programme } from '../catalogue/database.ts';
import type { Known } from '../freshness/freshness.ts';
import { KeptAnswers, type ReportRows } from './kept-answers.ts';
import type { Turns } from './turns.ts';

export type Format = 'json' | 'csv';

export interface ReportAsked {
  readonly name: string;
  readonly programme: string;
  /** `YYYY-MM-DD`, the mall's date. */
  readonly asOf: string;
  readonly format: Format;
  /** The header as it came. */
  readonly ifNoneMatch: string | undefined;
}

export type ReportAnswer =
  | { readonly type: 'not_modified'; readonly etag: string }
  | {
      readonly type: 'rows';
      readonly report: Report;
      readonly programme: Programme;
      readonly known: Known;
      /** Undefined while rows are being written. */
      readonly etag: string | undefined;
      readonly rows: ReportRows;
    };

/** How often a report is asked again because the rows went over to another database meanwhile. */
const swapsMax = 3;

const clickhouseFormats = { json: 'JSONEachRow', csv: 'CSVWithNames' } as const;

const lateShape = z.object({ late: z.number(), database_id: z.string() });
const lateStatement = `
SELECT
    toUInt32(count()) AS late,
    ${currentIdSql} AS database_id
FROM semarak.transaction_records
WHERE programme = {programme:String} AND business_day < {as_of:Date32}
    AND received_at >= toDateTime64({as_of:String} || ' 00:00:00', 3, {time_zone:String})
    AND received_at < toDateTime64(toString(addDays({as_of:Date32}, 1)) || ' 00:00:00', 3, {time_zone:String})`;

/** Answers reports from ClickHouse, and knows when an answer is still good. */
export class ReportAnswers {
  readonly #parts: ReportAnswersParts;
  readonly #kept: KeptAnswers;

  constructor(parts: ReportAnswersParts) {
    this.#parts = parts;
    this.#kept = new KeptAnswers(parts.kept);
  }

  /** Throws HttpProblem 404 for an unknown report, 422 for an unknown programme, 429. */
  async answer(asked: ReportAsked): Promise<ReportAnswer> {
    for (let swaps = 0; ; swaps++) {
      // Read before the query: the rows are at least as new as what is said of them.
      const known = await this.#parts.known();
      const report = await this.#reportOf(asked, known);
      const programme = programmeOf(asked, known);
      const etag = etagOf(asked, known);
      if (etag !== undefined && matches(asked.ifNoneMatch, etag)) {
        this.#parts.count('not_modified');
        return { type: 'not_modified', etag };
      }
      const key = `${known.position ?? known.id} ${whatIsAsked(asked)}`;
      const { found, answer } = this.#kept.get(key, () => this.#ask({ asked, programme, known }));
      const rows = await answer;
      this.#parts.count(found ? 'kept' : 'query');
      if (rows.databaseId === known.state.databaseId || swaps >= swapsMax)
        return { type: 'rows', report, programme, known, etag, rows };
    }
  }

  /** Records received on the mall's date `asOf` whose business day lies before it. */
  async late(asked: { programme: Programme; asOf: string }): Promise<{
    readonly lateRecords: number;
    readonly databaseId: string;
  }> {
    const { clickhouse, timeoutMs } = this.#parts;
    const { programme, asOf } = asked;
    const params = { programme: programme.programme, as_of: asOf, time_zone: programme.time_zone };
    const answer = await clickhouse({
      statement: lateStatement,
      format: 'JSONEachRow',
      params,
      settings: inlineViews,
      timeoutMs,
    });
    const { late, database_id } = lateShape.parse(JSON.parse(answer.text));
    return { lateRecords: late, databaseId: database_id };
  }

  async #reportOf({ name }: ReportAsked, known: Known): Promise<Report> {
    const report = (await this.#parts.catalogue(known.state.views)).get(name);
    if (report !== undefined) return report;
    const errors = [{ field: 'name', message: 'must be one of GET /v1/reports' }];
    throw new HttpProblem(404, `There is no report ${name}; GET /v1/reports lists them.`, {
      errors,
    });
  }

  #ask(of: { asked: ReportAsked; programme: Programme; known: Known }): Promise<ReportRows> {
    const { asked, programme } = of;
    const { clickhouse, turns, timeoutMs, rowsMax, bytesMax, observe } = this.#parts;
    return turns.take(async () => {
      const begun = performance.now();
      const { text } = await clickhouse({
        statement: `SELECT * FROM semarak.${asked.name}(programme = {programme:String}, as_of = {as_of:Date32})`,
        format: clickhouseFormats[asked.format],
        params: { programme: asked.programme, as_of: asked.asOf },
        settings: {
          ...inlineViews,
          output_format_json_quote_64bit_integers: 0,
          output_format_json_quote_denormals: 0,
          output_format_csv_crlf_end_of_line: 1,
          max_result_rows: rowsMax,
          max_result_bytes: bytesMax,
          max_execution_time: Math.ceil(timeoutMs / 1000),
        },
        timeoutMs,
      });
      observe(asked.name, (performance.now() - begun) / 1000);
      const late = await this.late({ programme, asOf: asked.asOf });
      return { text, ...late };
    });
  }
}

interface ReportAnswersParts {
  readonly clickhouse: ClickHouseReader;
  /** As of a moment after it is asked for. */
  readonly known: () => Promise<Known>;
  readonly catalogue: (views: string) => Promise<Catalogue>;
  readonly turns: Turns;
  readonly kept: { readonly answersMax: number; readonly bytesMax: number };
  readonly timeoutMs: number;
  readonly rowsMax: number;
  readonly bytesMax: number;
  readonly count: (from: 'query' | 'kept' | 'not_modified') => void;
  readonly observe: (report: string, seconds: number) => void;
}

/** Throws HttpProblem 422 for one that is not published. */
export function programmeOf(asked: { programme: string }, known: Known): Programme {
  const programme = known.state.programmes.get(asked.programme);
  if (programme !== undefined) return programme;
  const errors = [{ field: 'programme', message: 'is none that is known' }];
  throw new HttpProblem(422, `programme ${asked.programme} is none that is known.`, { errors });
}

const whatIsAsked = ({ name, programme, asOf, format }: ReportAsked): string =>
  JSON.stringify([name, programme, asOf, format]);

/** Weak, since complete_up_to moves on while the numbers stand. */
export function etagOf(asked: ReportAsked, known: Pick<Known, 'position'>): string | undefined {
  if (known.position === undefined) return undefined;
  const digest = createHash('sha256').update(`${known.position} ${whatIsAsked(asked)}`);
  return `W/"${digest.digest('base64url').slice(0, 22)}"`;
}

/** Weak comparison, RFC 9110 13.1.2. */
export function matches(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  const opaque = (tag: string): string => tag.trim().replace(/^W\//, '');
  return ifNoneMatch.split(',').some((tag) => opaque(tag) === opaque(etag));
}
