/** The rows of the reports that the page shows; the columns are those of the views in ClickHouse. */
export const periods = ['today', 'month_to_date', 'year_to_date'] as const;
export type Period = (typeof periods)[number];

interface InPeriod {
  readonly period: Period;
}

export interface Reports {
  report_average_spending_by_category: InPeriod & {
    readonly category: string;
    readonly customers: number;
    readonly spend: number;
    readonly average_spending: number;
  };
  report_transactions_by_category: InPeriod & {
    readonly category: string;
    readonly transactions: number;
  };
  report_active_members_by_zone: InPeriod & {
    readonly zone: string;
    readonly active_members: number;
  };
  report_active_members_by_age: InPeriod & {
    readonly age_band: string;
    readonly active_members: number;
  };
  report_active_members_by_gender: InPeriod & {
    readonly gender: string;
    readonly active_members: number;
  };
  report_new_members: InPeriod & { readonly new_members: number };
  report_new_members_by_day: { readonly day: string; readonly new_members: number };
  report_tenants: InPeriod & {
    readonly tenant_id: string;
    readonly name: string;
    readonly category: string;
    readonly floor: string;
    readonly spend: number;
    readonly visits: number;
    readonly members: number;
    readonly previous_spend: number;
    readonly previous_visits: number;
  };
  report_hours_by_category: InPeriod & {
    readonly category: string;
    readonly hour: number;
    readonly transactions: number;
    readonly spend: number;
  };
  report_tier_movement_by_month: {
    /** `YYYY-MM` */
    readonly month: string;
    readonly from_tier: string;
    readonly to_tier: string;
    readonly changes: number;
  };
  report_points: InPeriod & {
    readonly given: number;
    readonly redeemed: number;
    readonly expired: number;
    readonly outstanding: number;
  };
  report_tickets_by_day: {
    readonly day: string;
    readonly draw: string;
    readonly issued: number;
    readonly voided: number;
  };
  report_gifts_by_day: {
    readonly day: string;
    readonly campaign: string;
    readonly gift: string;
    readonly edition: string;
    readonly earned: number;
    readonly returned: number;
    readonly unavailable: number;
    readonly claimed: number;
  };
  report_gift_stock: {
    readonly campaign: string;
    readonly gift: string;
    readonly edition: string;
    /** What the month had at its beginning. */
    readonly stock: number;
    readonly stock_left: number;
  };
  report_members_near_next_tier: {
    readonly member_id: string;
    readonly tier: string;
    readonly next_tier: string;
    readonly month_spend: number;
    readonly missing: number;
  };
  report_member_groups: {
    readonly member_group: string;
    readonly members: number;
    readonly sales: number;
    readonly spend: number;
    readonly average_spending: number;
    readonly average_recency_days: number;
  };
}

export type ReportName = keyof Reports;
export type Row<Name extends ReportName> = Reports[Name];

/** The answer of `/v1/reports/{name}`. */
export interface ReportAnswer<Name extends ReportName> {
  /** RFC 3339 with the mall's offset; null before the first record. */
  readonly complete_up_to: string | null;
  readonly late_records_today: number;
  readonly rows: readonly Row<Name>[];
}

export interface Programme {
  readonly programme: string;
  readonly name: string;
  readonly time_zone: string;
  readonly currency: string;
  /** The newest business day with a sale; the mall's date before the first. */
  readonly today: string;
  /** The same; null before the first. */
  readonly newest_business_day: string | null;
}

export interface Freshness {
  readonly complete_up_to: string | null;
  readonly late_records_today: number;
  readonly lag_records: number;
}

export interface QueryAnswer {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly (readonly unknown[])[];
  readonly row_count: number;
  readonly elapsed_ms: number;
  readonly rows_read: number;
  readonly bytes_read: number;
  readonly truncated: boolean;
}
