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
const clickhouseWith = (spend: bigint, behind: readonly object[]) => {
  const query = (sql: string): Promise<unknown[]> => {
    if (!sql.includes(report)) return Promise.resolve([...behind]);
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

/** What is told, and what the answer was put off for, with rows behind the cut of a log that ends at 9. */
async function toldWith(spend: bigint, behind: readonly object[] = []) {
  const differences: Difference[] = [];
  const unsettled: string[] = [];
  await compareReports(recounted(), {
    clickhouse: clickhouseWith(spend, behind),
    cuts: new Cuts({ transactions: [], members: [] } as never),
    endsNow: () => Promise.resolve(new Cuts({ transactions: [9], members: [9] } as never)),
    wanted: new Set([report]),
    report: (difference) => differences.push(difference),
    unsettled: (what) => unsettled.push(what),
  });
  return { differences, unsettled };
}

describe('compareReports', () => {
  it('finds a sum over all members right to its last digit', async () => {
    expect((await toldWith(2n ** 53n + 1n)).differences).toEqual([]);
  });

  it('finds a sum that is off by one, where numbers would be equal', async () => {
    expect(Number(2n ** 53n)).toBe(Number(2n ** 53n + 1n));
    const { differences } = await toldWith(2n ** 53n);
    expect(differences[0]?.says).toContain('should be 1 9007199254740993 ');
  });

  it('waits for the recount of what has come in behind the cut', async () => {
    const { differences, unsettled } = await toldWith(1n, [{ partition: 0, offset: 8 }]);
    expect({ differences, unsettled }).toEqual({ differences: [], unsettled: [report] });
  });

  it('does not wait because of a row from where the log has nothing', async () => {
    const { differences, unsettled } = await toldWith(1n, [{ partition: 0, offset: 9 }]);
    expect(differences).toHaveLength(3);
    expect(unsettled).toEqual([]);
  });
});
