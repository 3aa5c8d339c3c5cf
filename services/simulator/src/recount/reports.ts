import type { ProgrammeDocument } from '@semarak/schemas';
import type { Enrolment } from '../mall/records.ts';
import { localMinute } from './mall-time.ts';
import type { StandingSale } from './sales.ts';

/** A row of a report under the column names that the report database uses. */
export type ReportRow = Readonly<Record<string, string | number>>;

export const reportNames = [
  'report_average_spending_by_category',
  'report_transactions_by_category',
  'report_active_members_by_zone',
  'report_active_members_by_age',
  'report_active_members_by_gender',
  'report_new_members',
] as const;
export type ReportName = (typeof reportNames)[number];

/** The reports on a day, for the day, its month and its year up to then. */
export function reportsOf(records: {
  readonly programme: ProgrammeDocument;
  /** The first of each member. */
  readonly enrolments: ReadonlyMap<string, Enrolment>;
  readonly sales: readonly StandingSale[];
  /** YYYY-MM-DD. */
  readonly asOf: string;
}): Record<ReportName, ReportRow[]> {
  const reports: Record<ReportName, ReportRow[]> = {
    report_average_spending_by_category: [],
    report_transactions_by_category: [],
    report_active_members_by_zone: [],
    report_active_members_by_age: [],
    report_active_members_by_gender: [],
    report_new_members: [],
  };
  const periods = [
    { period: 'today', from: records.asOf },
    { period: 'month_to_date', from: `${records.asOf.slice(0, 7)}-01` },
    { period: 'year_to_date', from: `${records.asOf.slice(0, 4)}-01-01` },
  ];
  for (const { period, from } of periods) {
    const within = (day: string) => day >= from && day <= records.asOf;
    const sales = records.sales.filter(
      (sale) => sale.remaining > 0 && sale.memberId !== undefined && within(sale.businessDay),
    );
    const active = new Set(sales.map(({ memberId }) => memberId ?? ''));

    for (const [category, sold] of byCategory(sales, records.programme)) {
      const spend = sold.reduce((sum, { remaining }) => sum + remaining, 0);
      const customers = new Set(sold.map(({ memberId }) => memberId)).size;
      const average_spending = spend / customers;
      reports.report_average_spending_by_category.push({
        period,
        category,
        customers,
        spend,
        average_spending,
      });
      reports.report_transactions_by_category.push({ period, category, transactions: sold.length });
    }

    const profiles = [...active].map((memberId) => records.enrolments.get(memberId));
    const zones = tally(profiles.map((profile) => profile?.zone ?? 'unknown'));
    const genders = tally(profiles.map((profile) => profile?.gender ?? 'unknown'));
    const ages = tally(profiles.map((profile) => ageBand(profile?.birthDate, records.asOf)));
    for (const [zone, active_members] of zones)
      reports.report_active_members_by_zone.push({ period, zone, active_members });
    for (const [gender, active_members] of genders)
      reports.report_active_members_by_gender.push({ period, gender, active_members });
    for (const [age_band, active_members] of ages)
      reports.report_active_members_by_age.push({ period, age_band, active_members });

    let new_members = 0;
    for (const { enrolledAt } of records.enrolments.values())
      if (within(localMinute(enrolledAt, records.programme.timeZone).slice(0, 10)))
        new_members += 1;
    reports.report_new_members.push({ period, new_members });
  }
  return reports;
}

function byCategory(
  sales: readonly StandingSale[],
  programme: ProgrammeDocument,
): Map<string, StandingSale[]> {
  const categoryOf = new Map(programme.tenants.map((tenant) => [tenant.tenantId, tenant.category]));
  const grouped = new Map<string, StandingSale[]>();
  for (const sale of sales) {
    const category = categoryOf.get(sale.tenantId) ?? 'unknown';
    const group = grouped.get(category);
    if (group === undefined) grouped.set(category, [sale]);
    else group.push(sale);
  }
  return grouped;
}

function tally(values: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

/** Both dates as YYYY-MM-DD; a year of age is complete on the birthday. */
export function ageBand(birthDate: string | undefined, asOf: string): string {
  if (birthDate === undefined) return 'unknown';
  const years = Number(asOf.slice(0, 4)) - Number(birthDate.slice(0, 4));
  const age = asOf.slice(5) < birthDate.slice(5) ? years - 1 : years;
  if (age < 18) return 'under 18';
  if (age < 25) return '18-24';
  if (age < 35) return '25-34';
  if (age < 45) return '35-44';
  if (age < 55) return '45-54';
  return '55 and over';
}
