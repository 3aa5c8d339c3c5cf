import { epochDayOf, programmeFiles, readProgramme } from '@semarak/schemas';
import { describe, expect, it } from 'vitest';
import { ReportRecount } from './reports.ts';
import type { StandingSale } from './standings.ts';

const newest = programmeFiles()
  .map(readProgramme)
  .find(({ programme }) => programme === 'pacific-place');
const day = (text: string): number => epochDayOf(text) ?? NaN;

const sale = (memberId: string | null, businessDay: string, remaining: number): StandingSale => ({
  programme: 'pacific-place',
  transactionId: `T1/${businessDay}/1`,
  memberId,
  tenantId: 'X',
  category: 'Toys',
  businessDay: day(businessDay),
  soldAt: 0,
  amount: 100,
  remaining,
  points: 0,
  programmeVersion: 1,
});

const given = (sales: readonly StandingSale[]) =>
  new Map(sales.map((one, index) => [String(index), one]));

function reports(asOf: string) {
  if (newest === undefined) throw new Error('pacific-place ships');
  return new ReportRecount({ newest, day: day(asOf) });
}

describe('ReportRecount', () => {
  it('counts sales of members of which something remains, by period', () => {
    const recount = reports('2014-12-24');
    const sales = given([
      sale('M1', '2014-12-24', 10),
      sale('M1', '2014-12-24', 20),
      sale('M2', '2014-12-01', 40),
      sale('M1', '2014-11-30', 80),
      sale('M3', '2013-12-24', 1_000),
      sale('M3', '2014-12-25', 1_000),
      sale(null, '2014-12-24', 1_000),
      sale('M3', '2014-12-24', 0),
    ]);
    recount.add({ sales, profiles: new Map(), enrolments: [] });
    const figures = recount.figures();
    expect(figures['report_average_spending_by_category']).toEqual(
      new Map([
        ['today Toys', '1 30 30'],
        ['month_to_date Toys', '2 70 35'],
        ['year_to_date Toys', '2 150 75'],
      ]),
    );
    expect(figures['report_transactions_by_category']?.get('year_to_date Toys')).toBe('4');
    expect(figures['report_active_members_by_zone']?.get('today unknown')).toBe('1');
  });

  it('adds up partitions, each with members of its own', () => {
    const recount = reports('2014-12-24');
    for (const member of ['M1', 'M2'])
      recount.add({
        sales: given([sale(member, '2014-12-24', 10)]),
        profiles: new Map(),
        enrolments: [],
      });
    expect(recount.figures()['report_average_spending_by_category']?.get('today Toys')).toBe(
      '2 20 10',
    );
  });

  it('adds up to the unit what is more than a number holds, and divides it as ClickHouse does', () => {
    const recount = reports('2014-12-24');
    const sales = given([
      sale('M1', '2014-12-24', 2 ** 53),
      sale('M1', '2014-12-24', 1),
      sale('M2', '2014-12-24', 1),
      sale('M3', '2014-12-24', 1),
    ]);
    recount.add({ sales, profiles: new Map(), enrolments: [] });
    const spend = recount.figures()['report_average_spending_by_category']?.get('today Toys');
    expect(spend).toBe(`3 9007199254740995 ${9007199254740996 / 3}`);
  });

  it.each([
    ['1996-12-25', 'under 18'],
    ['1996-12-24', '18-24'],
    ['1989-12-24', '25-34'],
    ['1959-12-25', '45-54'],
    ['1959-12-24', '55 and over'],
    ['1899-12-31', 'unknown'],
  ])('whoever was born on %s is %s', (birthDate, band) => {
    const recount = reports('2014-12-24');
    const profile = {
      programme: 'pacific-place',
      memberId: 'M1',
      gender: 'female' as const,
      birthDate: day(birthDate),
      zone: 'South',
      offset: 0,
    };
    const profiles = new Map([['pacific-place/M1', profile]]);
    recount.add({ sales: given([sale('M1', '2014-12-24', 10)]), profiles, enrolments: [] });
    expect(recount.figures()['report_active_members_by_age']?.get(`today ${band}`)).toBe('1');
  });

  it('takes the mall’s date of an enrolment, and always has three rows of new members', () => {
    const recount = reports('2014-12-24');
    // 00:30 on 24 December in Jakarta.
    const enrolledAt = Date.UTC(2014, 11, 23, 17, 30);
    recount.add({
      sales: new Map(),
      profiles: new Map(),
      enrolments: [{ programme: 'pacific-place', enrolledAt }],
    });
    expect(recount.figures()['report_new_members']).toEqual(
      new Map([
        ['today', '1'],
        ['month_to_date', '1'],
        ['year_to_date', '1'],
      ]),
    );
    expect(reports('2014-12-24').figures()['report_new_members']?.get('today')).toBe('0');
  });
});
