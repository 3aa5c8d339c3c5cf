import type { ClickHouse } from '@semarak/infra/clickhouse';
import { isoDate } from '@semarak/schemas';
import { reportColumns, type ReportRecount } from '../recount/reports.ts';
import type { Cuts } from './cuts.ts';
import type { Difference } from './differences.ts';

type ReportRow = Readonly<Record<string, string | number>>;

/** What a report is computed from, with the topic whose places each has. */
const sources = [
  { table: 'sale_postings', places: 'transactions' },
  { table: 'member_firsts', places: 'transactions' },
  { table: 'member_enrolments', places: 'transactions' },
  { table: 'programme_publications', places: 'transactions' },
  { table: 'member_profiles', places: 'members' },
] as const;

/** Whole numbers as text: read as numbers, sums over all members could lose their last digits. */
const exactly = 'SETTINGS output_format_json_quote_64bit_integers = 1';

/**
 * Compares the reports of a programme at a date with the recount. While records behind the cut come in
 * a report that differs is unsettled.
 */
export async function compareReports(
  recount: ReportRecount,
  by: {
    clickhouse: ClickHouse;
    cuts: Cuts;
    /** Where the log ends when it is asked for. */
    endsNow: () => Promise<Cuts>;
    wanted: ReadonlySet<string> | undefined;
    report: (difference: Difference) => void;
    unsettled: (report: string) => void;
  },
): Promise<void> {
  const { programme, day } = recount;
  for (const [name, should] of Object.entries(recount.figures())) {
    if (by.wanted !== undefined && !by.wanted.has(name)) continue;
    const columns = reportColumns[name] ?? [];
    const rows = await by.clickhouse.query<ReportRow>(
      `SELECT * FROM semarak.${name}(programme = '${programme}', as_of = '${isoDate(day)}') ${exactly}`,
    );
    const differences = unlikeFigures(name, { rows, columns, should });
    if (differences.length === 0) continue;
    if (await hasGrown(by)) by.unsettled(name);
    else
      for (const { key, says } of differences)
        by.report({ in: name, key: `${programme} ${isoDate(day)} ${key}`, says });
  }
}

function unlikeFigures(
  name: string,
  of: {
    rows: readonly ReportRow[];
    columns: readonly string[];
    should: ReadonlyMap<string, string>;
  },
): Difference[] {
  const { rows, columns, should } = of;
  const dimension = columns.length > 1 ? columns[0] : undefined;
  const figures = dimension === undefined ? columns : columns.slice(1);
  const differences: Difference[] = [];
  const left = new Map(should);
  for (const row of rows) {
    const period = String(row['period']);
    const key = dimension === undefined ? period : `${period} ${row[dimension]}`;
    const is = figures.map((column) => String(row[column])).join(' ');
    const wanted = left.get(key);
    left.delete(key);
    if (wanted !== is)
      differences.push({
        in: name,
        key,
        says: `${figures.join(', ')} is ${is}, should be ${wanted ?? 'no row'}`,
      });
  }
  for (const [key, wanted] of left)
    differences.push({
      in: name,
      key,
      says: `the row is missing, ${figures.join(', ')} should be ${wanted}`,
    });
  return differences;
}

/** Whether there is a row of a record behind the cut; what no record says is damage, not growth. */
async function hasGrown(by: {
  clickhouse: ClickHouse;
  cuts: Cuts;
  endsNow: () => Promise<Cuts>;
}): Promise<boolean> {
  for (const { table, places } of sources) {
    const behind = await by.clickhouse.query<{ partition: number; offset: number }>(
      `SELECT toUInt32(source_partition) AS partition, toFloat64(min(source_offset)) AS offset
       FROM semarak.${table} WHERE ${by.cuts.notBelow(places)} GROUP BY partition`,
    );
    if (behind.length === 0) continue;
    const ends = await by.endsNow();
    if (behind.some((at) => ends.has(places, at))) return true;
  }
  return false;
}
