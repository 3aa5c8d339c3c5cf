import { ClickHouseRefused, type ClickHouseReader } from '@semarak/infra/clickhouse';
import { HttpProblem } from '@semarak/infra/http-server';
import { z } from 'zod';
import type { Turns } from './turns.ts';

export interface StatementLimits {
  readonly timeoutMs: number;
  /** Of an answer as JSON; what is beyond is left out. */
  readonly rowsMax: number;
  readonly resultRowsMax: number;
  readonly resultBytesMax: number;
  readonly memoryBytesMax: number;
}

/** Parts of an answer as JSON text, numbers as ClickHouse wrote them. */
export interface StatementRows {
  /** `[{"name","type"}, …]` */
  readonly columns: string;
  /** Arrays, one a row. */
  readonly rows: readonly string[];
  readonly elapsedMs: number;
  readonly rowsRead: number;
  readonly bytesRead: number;
  readonly truncated: boolean;
}

/** Set operations, whose parts the setting `limit` would cut one by one. */
const setOperation = /\b(union|except|intersect)\b/i;

/** Errors that are nobody’s statement’s fault. */
const notTheStatement = new Set([
  '202', // TOO_MANY_SIMULTANEOUS_QUERIES
  '209', // SOCKET_TIMEOUT
  '210', // NETWORK_ERROR
  '236', // ABORTED
  '516', // AUTHENTICATION_FAILED
]);

/** Statements of analysts, as the user who can only read. Throw HttpProblem 422 with ClickHouse’s message, 429. */
export class Statements {
  readonly #clickhouse: ClickHouseReader;
  readonly #turns: Turns;
  readonly #limits: StatementLimits;

  constructor(parts: { clickhouse: ClickHouseReader; turns: Turns; limits: StatementLimits }) {
    this.#clickhouse = parts.clickhouse;
    this.#turns = parts.turns;
    this.#limits = parts.limits;
  }

  async json(sql: string): Promise<StatementRows> {
    const { rowsMax } = this.#limits;
    const limit: Record<string, number> = setOperation.test(sql) ? {} : { limit: rowsMax + 1 };
    const settings = {
      ...limit,
      output_format_json_quote_64bit_integers: 0,
      output_format_json_quote_denormals: 0,
    };
    const text = await this.#ask({ sql, format: 'JSONCompact', settings });
    const parts = partsOf(text);
    return {
      ...parts,
      rows: parts.rows.slice(0, rowsMax),
      truncated: parts.rows.length > rowsMax,
    };
  }

  /** With a header row; lines end with CRLF, RFC 4180. */
  csv(sql: string): Promise<string> {
    const settings = { output_format_csv_crlf_end_of_line: 1 };
    return this.#ask({ sql, format: 'CSVWithNames', settings });
  }

  #ask(of: { sql: string; format: string; settings: Record<string, number> }): Promise<string> {
    const limits = this.#limits;
    return this.#turns.take(async () => {
      try {
        const answer = await this.#clickhouse({
          statement: of.sql,
          format: of.format,
          settings: {
            ...of.settings,
            max_result_rows: limits.resultRowsMax,
            max_result_bytes: limits.resultBytesMax,
            max_memory_usage: limits.memoryBytesMax,
            max_execution_time: Math.ceil(limits.timeoutMs / 1000),
          },
          // ClickHouse's own limit says more.
          timeoutMs: limits.timeoutMs + 2_000,
        });
        if (answer.format !== '' && answer.format !== of.format)
          throw refused('The answer is in the format that is asked for here: leave FORMAT out.');
        return answer.text;
      } catch (error) {
        if (error instanceof ClickHouseRefused && !notTheStatement.has(error.serverCode))
          throw refused(error.message);
        throw error;
      }
    });
  }
}

const refused = (message: string): HttpProblem =>
  new HttpProblem(422, message, { errors: [{ field: 'sql', message }] });

const statisticsShape = z.object({
  elapsed: z.number(),
  rows_read: z.number(),
  bytes_read: z.number(),
});

/**
 * The parts of ClickHouse’s JSONCompact as they stand in the text, since numbers of 64 bits would not survive
 * being parsed. A row is a line; parts are divided by empty lines; a line end within a value is escaped.
 */
export function partsOf(text: string): Omit<StatementRows, 'truncated'> {
  const parts = new Map<string, string>();
  for (const section of text.trim().replace(/^\{\n/, '').replace(/\n\}$/, '').split('\n\n')) {
    const match = /^\t"(\w+)":\s*([^]*?),?$/.exec(section);
    if (match?.[1] !== undefined && match[2] !== undefined) parts.set(match[1], match[2]);
    for (const single of section.matchAll(/^\t"statistics":\s*([^]*)$/gm))
      parts.set('statistics', single[1] ?? '');
  }
  const data = parts.get('data') ?? '[]';
  const rows = data
    .split('\n')
    .filter((line) => line.startsWith('\t\t'))
    .map((line) => line.trim().replace(/,$/, ''));
  const statistics = statisticsShape.parse(JSON.parse(parts.get('statistics') ?? 'null'));
  return {
    columns: JSON.stringify(JSON.parse(parts.get('meta') ?? '[]')),
    rows,
    elapsedMs: statistics.elapsed * 1_000,
    rowsRead: statistics.rows_read,
    bytesRead: statistics.bytes_read,
  };
}
