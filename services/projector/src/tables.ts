import {
  array,
  bool,
  date32,
  dateTime64,
  defineTable,
  enum8,
  int64,
  int8,
  nullable,
  optionalText,
  text,
  uint16,
  uint32,
  uint8,
  type RowOf,
  type Table,
} from '@semarak/infra/clickhouse';
import type { UtcOffset } from './utc-offsets.ts';

/** Where a row comes from; the last columns of every table. */
const source = { source_partition: uint16, source_offset: int64, ordinal: uint16 };
/** What every derived event says of its cause. */
const cause = { cause: text, occurred_at: dateTime64, received_at: dateTime64, ...source };
const ruled = { programme: text, programme_version: uint32 };

/** The periods of the reports, from the shortest on. */
export const reportPeriods = ['today', 'month_to_date', 'year_to_date'] as const;

const reportPeriod = enum8(reportPeriods);

interface Tenant {
  readonly tenantId: string;
  readonly name: string;
  readonly category: string;
  readonly floor: string;
}

interface TierThreshold {
  readonly tier: string;
  readonly monthSpend: number;
}

interface GiftEdition {
  readonly campaign: string;
  readonly gift: string;
  readonly edition: string;
  readonly month: string;
  readonly stock: number;
}

/** The tables of schemas/clickhouse/20-facts.sql, in whatever database: the columns must be the same, the order need not. */
export const tables = {
  transaction_records: defineTable('transaction_records', {
    programme: text,
    transaction_id: text,
    type: text,
    terminal_id: text,
    tenant_id: optionalText,
    member_id: optionalText,
    business_day: date32,
    occurred_at: dateTime64,
    received_at: dateTime64,
    amount: int64,
    currency: optionalText,
    original_id: optionalText,
    ...source,
  }),
  member_enrolments: defineTable(
    'member_enrolments',
    {
      programme: text,
      member_id: text,
      enrolled_at: dateTime64,
      received_at: dateTime64,
      ...source,
    },
    'harmless',
  ),
  programme_publications: defineTable('programme_publications', {
    programme: text,
    version: uint32,
    name: text,
    effective_from: text,
    time_zone: text,
    currency: text,
    published_at: dateTime64,
    tenants: array<Tenant>((writer, tenant) => {
      writer.string(tenant.tenantId);
      writer.string(tenant.name);
      writer.string(tenant.category);
      writer.string(tenant.floor);
    }),
    tiers: array<TierThreshold>((writer, { tier, monthSpend }) => {
      writer.string(tier);
      writer.int64(monthSpend);
    }),
    points_expire_after_months: uint16,
    tier_months: array(int64),
    utc_offsets: array<UtcOffset>((writer, { fromDay, minutes }) => {
      writer.int64(fromDay);
      writer.int64(minutes);
    }),
    gifts: array<GiftEdition>((writer, edition) => {
      writer.string(edition.campaign);
      writer.string(edition.gift);
      writer.string(edition.edition);
      writer.string(edition.month);
      writer.int64(edition.stock);
    }),
    ...source,
  }),
  business_days_closed: defineTable('business_days_closed', {
    programme: text,
    business_day: date32,
    closed_at: dateTime64,
    ...source,
  }),
  member_profiles: defineTable(
    'member_profiles',
    {
      programme: text,
      member_id: text,
      gender: text,
      birth_date: nullable(date32),
      zone: text,
      received_at: dateTime64,
      ...source,
    },
    'harmless',
  ),
  sale_postings: defineTable('sale_postings', {
    ...ruled,
    transaction_id: text,
    member_id: optionalText,
    tenant_id: text,
    category: optionalText,
    business_day: date32,
    sold_at: dateTime64,
    amount: int64,
    remaining: int64,
    remaining_change: int64,
    first_in_category: uint8,
    first_in_category_change: int8,
    points: int64,
    points_change: int64,
    balance: int64,
    tickets: uint32,
    gift: optionalText,
    parking: bool,
    ...cause,
  }),
  member_firsts: defineTable('member_firsts', {
    programme: text,
    period: reportPeriod,
    business_day: date32,
    member_id: text,
    change: int8,
    ...source,
  }),
  point_expiries: defineTable('point_expiries', {
    ...ruled,
    member_id: text,
    last_day: date32,
    points: int64,
    points_change: int64,
    balance: int64,
    ...cause,
  }),
  membership_changes: defineTable('membership_changes', {
    ...ruled,
    member_id: text,
    type: text,
    activated_at: nullable(dateTime64),
    activated_by: optionalText,
    from_tier: text,
    to_tier: text,
    reason: text,
    ...cause,
  }),
  parking_changes: defineTable('parking_changes', {
    ...ruled,
    transaction_id: text,
    member_id: text,
    business_day: date32,
    status: text,
    ...cause,
  }),
  rejection_changes: defineTable('rejection_changes', {
    ...ruled,
    transaction_id: text,
    content: int64,
    member_id: optionalText,
    business_day: date32,
    status: text,
    reason: text,
    ...cause,
  }),
  draw_ticket_changes: defineTable('draw_ticket_changes', {
    ...ruled,
    draw: text,
    number: int64,
    member_id: text,
    transaction_id: text,
    ticket: uint32,
    business_day: date32,
    status: text,
    ...cause,
  }),
  gift_changes: defineTable('gift_changes', {
    ...ruled,
    campaign: text,
    gift: text,
    edition: text,
    gift_id: text,
    member_id: text,
    transaction_id: text,
    business_day: date32,
    status: text,
    stock_left: int64,
    ...cause,
  }),
};

type TableName = keyof typeof tables;

type Row<Name extends TableName> =
  (typeof tables)[Name] extends Table<infer R> ? R : RowOf<Record<string, never>>;

/** A row, its table, and the partition of the table in which it lies. */
export type Fact<Name extends TableName = TableName> = {
  [N in Name]: { readonly table: N; readonly tablePartition: string; readonly row: Row<N> };
}[Name];
