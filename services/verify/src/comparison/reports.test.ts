import type { ClickHouse } from '@semarak/infra/clickhouse';
import { epochDayOf, programmeFiles, readProgramme } from '@semarak/schemas';
import { describe, expect, it } from 'vitest';
import { ReportRecount } from '../recount/reports.ts';
import { Cuts } from './cuts.ts';
import type { Difference } from './differences.ts';
import { compareReports } from './reports.ts';

const newest = programmeFiles()
  .map(readProgramme)
  .find(({ programme }) => programme === 'pacific-place');
const day = epochDayOf('2014-12-24') ?? NaN;
const report = 'report_average_spending_by_category';

/** A recount of two sales of one member, together one unit more than a number holds. */
function recounted(): ReportRecount {
  if (newest === undefined) throw new Error('pacific-place ships');
  const recount = new ReportRecount({ newest, day });
  const sale = {
    programme: newest.programme,
    transactionId: 'T1/2014-12-24/1',
    memberId: 'M1',
    tenantId: 'X',
    category: 'Toys',
    businessDay: day,
    soldAt: 0,
    amount: 1,
    points: 0,
    programmeVersion: 1,
  };
  const sales = new Map([2 ** 53, 1].map((remaining, at) => [String(at), { ...sale, remaining }]));
  recount.add({ sales, profiles: new Map(), enrolments: [] });
  return recount;
}

/** Answers with this spend, its whole numbers quoted where they are asked for so, as ClickHouse's JSON is. */
const clickhouseWith = (spend: bigint) => {
  const query = (sql: string): Promise<unknown[]> => {
    if (!sql.includes(report)) return Promise.resolve([{ rows: 0 }]);
    const quote = /SETTINGS output_format_json_quote_64bit_integers = 1$/.test(sql) ? '"' : '';
    const whole = (value: bigint): string => `${quote}${value}${quote}`;
    const rows = ['today', 'month_to_date', 'year_to_date'].map(
      (period) =>
        `{"period":"${period}","category":"Toys","customers":${whole(1n)},` +
        `"spend":${whole(spend)},"average_spending":${Number(spend)}}`,
    );
    return Promise.resolve(JSON.parse(`[${rows.join(',')}]`) as unknown[]);
  };
  return { query } as unknown as ClickHouse;
};

async function differencesWith(spend: bigint): Promise<Difference[]> {
  const differences: Difference[] = [];
  await compareReports(recounted(), {
    clickhouse: clickhouseWith(spend),
    cuts: new Cuts({ transactions: [], members: [] } as never),
    wanted: new Set([report]),
    report: (difference) => differences.push(difference),
    unsettled: () => undefined,
  });
  return differences;
}

describe('compareReports', () => {
  it('finds a sum over all members right to its last digit', async () => {
    expect(await differencesWith(2n ** 53n + 1n)).toEqual([]);
  });

  it('finds a sum that is off by one, where numbers would be equal', async () => {
    expect(Number(2n ** 53n)).toBe(Number(2n ** 53n + 1n));
    expect((await differencesWith(2n ** 53n))[0]?.says).toContain('should be 1 9007199254740993 ');
  });
});
