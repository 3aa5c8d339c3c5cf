import type { TopicName } from '@semarak/schemas';
import { kinds, type Columns } from './columns.ts';

const { text, emptyText, nullableText, whole, day, nullableDay, time, nullableTime, flag } = kinds;

/** The topic whose places `source_partition` and `source_offset` mean. */
type PlacesOf = Extract<TopicName, 'transactions' | 'members' | 'entitlements'>;

/**
 * Rows that say where in the log they come from: once written they never change, so that they can be
 * compared up to a place in the log while the system goes on.
 */
export interface PlacedRelation {
  readonly places: PlacesOf;
  readonly columns: Columns;
  /** The columns by which rows of one offset are told apart. */
  readonly apartBy: readonly string[];
}

/**
 * One row for each thing that stands now. `slice` is the Kafka key of the partition whose records
 * decide it; `changedBy` are the facts by which it is changed, each with the text of the row’s key.
 */
export interface StandingRelation {
  readonly columns: Columns;
  readonly key: readonly string[];
  readonly places: PlacesOf;
  readonly slice: string;
  readonly changedBy: readonly {
    readonly table: string;
    readonly key: string;
    readonly places: PlacesOf;
  }[];
  /** Facts of which each can change any row. */
  readonly allChangedBy?: readonly { readonly table: string; readonly places: PlacesOf }[];
}

const place = { source_partition: whole, source_offset: whole, ordinal: whole };
const cause = { cause: text, occurred_at: time, received_at: time, ...place };
const ruled = { programme: text, programme_version: whole };

const programmeColumns = {
  programme: text,
  version: whole,
  name: text,
  effective_from: text,
  time_zone: text,
  currency: text,
};

/** Everything in ClickHouse that says where it comes from: the tables and the views that keep places. */
export const placedRelations = {
  transaction_records: {
    places: 'transactions',
    apartBy: ['ordinal'],
    columns: {
      programme: text,
      transaction_id: text,
      type: text,
      terminal_id: text,
      tenant_id: emptyText,
      member_id: emptyText,
      business_day: day,
      occurred_at: time,
      received_at: time,
      amount: whole,
      currency: emptyText,
      original_id: emptyText,
      ...place,
    },
  },
  programme_publications: {
    places: 'transactions',
    apartBy: ['ordinal'],
    columns: {
      programme: text,
      version: whole,
      name: text,
      effective_from: text,
      time_zone: text,
      currency: text,
      published_at: time,
      tenants: kinds.tenants,
      tiers: kinds.tiers,
      gifts: kinds.gifts,
      points_expire_after_months: whole,
      tier_months: kinds.numbers,
      utc_offsets: kinds.offsets,
      ...place,
    },
  },
  business_days_closed: {
    places: 'transactions',
    apartBy: ['ordinal'],
    columns: { programme: text, business_day: day, closed_at: time, ...place },
  },
  sale_postings: {
    places: 'transactions',
    apartBy: ['ordinal'],
    columns: {
      ...ruled,
      transaction_id: text,
      member_id: emptyText,
      tenant_id: text,
      category: emptyText,
      business_day: day,
      sold_at: time,
      amount: whole,
      remaining: whole,
      remaining_change: whole,
      first_in_category: whole,
      first_in_category_change: whole,
      points: whole,
      points_change: whole,
      balance: whole,
      tickets: whole,
      gift: emptyText,
      parking: flag,
      // ClickHouse works these out of the others; reports sum them.
      has_member: flag,
      standing_change: whole,
      day_customers_change: whole,
      month_customers_change: whole,
      year_customers_change: whole,
      ...cause,
    },
  },
  member_firsts: {
    places: 'transactions',
    apartBy: ['ordinal', 'period'],
    // The member is there as a hash alone: what it is used for, the reports, is compared.
    columns: { programme: text, period: text, business_day: day, change: whole, ...place },
  },
  point_expiries: {
    places: 'transactions',
    apartBy: ['ordinal'],
    columns: {
      ...ruled,
      member_id: text,
      last_day: day,
      points: whole,
      points_change: whole,
      balance: whole,
      ...cause,
    },
  },
  membership_changes: {
    places: 'transactions',
    apartBy: ['ordinal'],
    columns: {
      ...ruled,
      member_id: text,
      type: text,
      activated_at: nullableTime,
      activated_by: emptyText,
      from_tier: text,
      to_tier: text,
      reason: text,
      ...cause,
    },
  },
  parking_changes: {
    places: 'transactions',
    apartBy: ['ordinal'],
    columns: {
      ...ruled,
      transaction_id: text,
      member_id: text,
      business_day: day,
      status: text,
      ...cause,
    },
  },
  rejection_changes: {
    places: 'transactions',
    apartBy: ['ordinal'],
    columns: {
      ...ruled,
      transaction_id: text,
      content: whole,
      member_id: emptyText,
      business_day: day,
      status: text,
      reason: text,
      ...cause,
    },
  },
  draw_ticket_changes: {
    places: 'entitlements',
    apartBy: ['ordinal'],
    columns: {
      ...ruled,
      draw: text,
      number: whole,
      member_id: text,
      transaction_id: text,
      ticket: whole,
      business_day: day,
      status: text,
      ...cause,
    },
  },
  gift_changes: {
    places: 'entitlements',
    apartBy: ['ordinal'],
    columns: {
      ...ruled,
      campaign: text,
      gift: text,
      edition: text,
      gift_id: text,
      member_id: text,
      transaction_id: text,
      business_day: day,
      status: text,
      stock_left: whole,
      ...cause,
    },
  },
  transactions: {
    places: 'transactions',
    apartBy: [],
    columns: {
      programme: text,
      transaction_id: text,
      type: text,
      terminal_id: text,
      member_id: nullableText,
      tenant_id: nullableText,
      category: nullableText,
      business_day: day,
      occurred_at: time,
      received_at: time,
      amount: whole,
      currency: nullableText,
      original_id: nullableText,
      source_partition: whole,
      source_offset: whole,
    },
  },
  // The points ledger but for what no record has told yet, which `members` shows.
  point_entries: {
    places: 'transactions',
    apartBy: ['ordinal'],
    columns: {
      programme: text,
      member_id: emptyText,
      transaction_id: nullableText,
      points: whole,
      balance: whole,
      kind: text,
      business_day: day,
      occurred_at: time,
      programme_version: whole,
      cause: text,
      ...place,
    },
  },
  tier_steps: {
    places: 'transactions',
    apartBy: ['ordinal'],
    columns: {
      programme: text,
      member_id: text,
      from_tier: text,
      to_tier: text,
      transaction_id: nullableText,
      business_day: nullableDay,
      occurred_at: time,
      reason: text,
      programme_version: whole,
      cause: text,
      ...place,
    },
  },
} as const satisfies Record<string, PlacedRelation>;

export type PlacedName = keyof typeof placedRelations;

const memberKey = "concat(programme, ' ', member_id)";
const saleKey =
  "concat(programme, ' ', transaction_id, ' ', if(member_id = '', 'NULL', member_id))";

/** Everything in ClickHouse that says what stands now, but the reports. */
export const standingRelations = {
  sales: {
    columns: {
      programme: text,
      transaction_id: text,
      member_id: nullableText,
      tenant_id: text,
      category: text,
      business_day: day,
      occurred_at: time,
      amount: whole,
      remaining: whole,
      points: whole,
      programme_version: whole,
    },
    key: ['programme', 'transaction_id', 'member_id'],
    places: 'transactions',
    slice: "concat(programme, '/', ifNull(member_id, splitByChar('/', transaction_id)[1]))",
    changedBy: [{ table: 'sale_postings', key: saleKey, places: 'transactions' }],
  },
  members: {
    columns: {
      programme: text,
      member_id: text,
      enrolled_at: time,
      activated_at: nullableTime,
      tier: text,
      points: whole,
      gender: text,
      birth_date: nullableDay,
      zone: text,
    },
    key: ['programme', 'member_id'],
    places: 'transactions',
    slice: "concat(programme, '/', member_id)",
    changedBy: [
      { table: 'member_enrolments', key: memberKey, places: 'transactions' },
      { table: 'membership_changes', key: memberKey, places: 'transactions' },
      { table: 'sale_postings', key: memberKey, places: 'transactions' },
      { table: 'point_expiries', key: memberKey, places: 'transactions' },
      { table: 'member_profiles', key: memberKey, places: 'members' },
    ],
    // What a closed month has taken from members who stay away.
    allChangedBy: [{ table: 'business_days_closed', places: 'transactions' }],
  },
  parking_grants: {
    columns: {
      programme: text,
      member_id: text,
      transaction_id: text,
      business_day: day,
      status: text,
    },
    key: ['programme', 'transaction_id', 'member_id'],
    places: 'transactions',
    slice: "concat(programme, '/', member_id)",
    changedBy: [
      {
        table: 'parking_changes',
        key: "concat(programme, ' ', transaction_id, ' ', member_id)",
        places: 'transactions',
      },
    ],
  },
  rejected_transactions: {
    columns: {
      programme: text,
      transaction_id: text,
      content: whole,
      member_id: nullableText,
      reason: text,
      business_day: day,
      occurred_at: time,
    },
    key: ['programme', 'transaction_id', 'content'],
    places: 'transactions',
    // A refusal without a member lies with the terminal of the sale that it names, which is not told
    // here, so that all of them are compared as one.
    slice: "''",
    changedBy: [
      {
        table: 'rejection_changes',
        key: "concat(programme, ' ', transaction_id, ' ', toString(content))",
        places: 'transactions',
      },
    ],
  },
  draw_tickets: {
    columns: {
      programme: text,
      draw: text,
      number: whole,
      member_id: text,
      transaction_id: text,
      status: text,
      business_day: day,
      issued_at: time,
    },
    key: ['programme', 'draw', 'number'],
    places: 'entitlements',
    slice: "concat(programme, '/', draw)",
    changedBy: [
      {
        table: 'draw_ticket_changes',
        key: "concat(programme, ' ', draw, ' ', toString(number))",
        places: 'entitlements',
      },
    ],
  },
  gifts: {
    columns: {
      programme: text,
      campaign: text,
      gift_id: text,
      gift: text,
      edition: text,
      member_id: text,
      transaction_id: text,
      status: text,
      business_day: day,
    },
    key: ['programme', 'campaign', 'gift_id'],
    places: 'entitlements',
    slice: "concat(programme, '/', campaign)",
    changedBy: [
      {
        table: 'gift_changes',
        key: "concat(programme, ' ', campaign, ' ', gift_id)",
        places: 'entitlements',
      },
    ],
  },
  programme_versions: {
    columns: programmeColumns,
    key: ['programme', 'version'],
    places: 'transactions',
    slice: "''",
    changedBy: [
      {
        table: 'programme_publications',
        key: "concat(programme, ' ', toString(version))",
        places: 'transactions',
      },
    ],
  },
  programmes: {
    columns: programmeColumns,
    key: ['programme'],
    places: 'transactions',
    slice: "''",
    changedBy: [{ table: 'programme_publications', key: 'programme', places: 'transactions' }],
  },
  tenants: {
    columns: { programme: text, tenant_id: text, name: text, category: text, floor: text },
    key: ['programme', 'tenant_id'],
    places: 'transactions',
    slice: "''",
    changedBy: [
      {
        table: 'programme_publications ARRAY JOIN tenants AS tenant',
        key: "concat(programme, ' ', tenant.tenant_id)",
        places: 'transactions',
      },
    ],
  },
} as const satisfies Record<string, StandingRelation>;

export type StandingName = keyof typeof standingRelations;
