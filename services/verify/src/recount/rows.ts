import { mallTime } from '@semarak/programme';
import { epochDayOf, type Records, type Typed } from '@semarak/schemas';
import type { PlacedName } from '../comparison/relations.ts';
import type { Event } from '../comparison/consumer-view.ts';
import { documentOf } from './accrual-recount.ts';

/** A row that a relation of ClickHouse should have, with its place. */
export interface ExpectedRow {
  readonly relation: PlacedName;
  readonly offset: number;
  readonly row: Readonly<Record<string, unknown>>;
}

export interface LogPlace {
  readonly partition: number;
  readonly offset: number;
}

/** The category of a tenant by the newest version that names it; undefined: no version does. */
export type CategoryOf = (at: { programme: string; tenantId: string }) => string | undefined;

/** Days since 1970-01-01 that ClickHouse can hold: 1900-01-01 to 2299-12-31. */
export const isReportDay = (day: number): boolean => day >= -25_567 && day <= 120_529;

/** The business day of a transaction id; undefined for text that is none. */
export function dayOfId(transactionId: string): number | undefined {
  const [terminalId, day, sequence, ...more] = transactionId.split('/');
  if (!terminalId || !sequence || more.length > 0) return undefined;
  return epochDayOf(day ?? '');
}

const terminalOfId = (transactionId: string): string =>
  transactionId.slice(0, transactionId.indexOf('/'));

/**
 * The rows that a record of `transactions` should have beside those of what it causes; undefined: it
 * cannot be a row and should be a dead letter.
 */
export function rowsOfTransaction(
  record: Typed,
  at: LogPlace,
  categoryOf: CategoryOf,
): readonly ExpectedRow[] | undefined {
  const own = ownPlace(at);
  const { offset } = at;
  switch (record.type) {
    case 'TransactionRecorded':
      return transactionRows(record.value, at, categoryOf);
    case 'ProgrammePublished': {
      const { programme, version, publishedAt } = record.value;
      const document = documentOf(record.value.document);
      if (document === undefined) return undefined;
      const row = {
        programme,
        version,
        name: document.name,
        effective_from: document.effectiveFrom,
        time_zone: document.timeZone,
        currency: document.currency,
        published_at: publishedAt,
        tenants: document.tenants,
        tiers: document.tiers,
        gifts: document.gifts,
        points_expire_after_months: document.points?.expiresAfterMonths ?? 0,
        tier_months: document.tiers.map(({ keep }, place) =>
          place > 0 && keep !== 'forever' ? keep.months : 0,
        ),
        utc_offsets: offsetsOfMonths(document.timeZone),
        ...own,
      };
      return [{ relation: 'programme_publications', offset, row }];
    }
    case 'BusinessDayClosed': {
      const { programme, businessDay, closedAt } = record.value;
      if (!isReportDay(businessDay)) return undefined;
      const row = { programme, business_day: businessDay, closed_at: closedAt, ...own };
      return [{ relation: 'business_days_closed', offset, row }];
    }
    default:
      return [];
  }
}

function transactionRows(
  value: Records['TransactionRecorded'],
  at: LogPlace,
  categoryOf: CategoryOf,
): readonly ExpectedRow[] | undefined {
  if (dayOfId(value.transactionId) === undefined || !isReportDay(value.businessDay))
    return undefined;
  const { programme, tenantId } = value;
  const row = {
    programme,
    transaction_id: value.transactionId,
    type: value.type,
    terminal_id: terminalOfId(value.transactionId),
    tenant_id: tenantId,
    member_id: value.memberId,
    category: tenantId === null ? null : (categoryOf({ programme, tenantId }) ?? 'unknown'),
    business_day: value.businessDay,
    occurred_at: value.occurredAt,
    received_at: value.receivedAt,
    amount: value.amount,
    currency: value.currency,
    original_id: value.originalId,
    ...ownPlace(at),
  };
  const { offset } = at;
  return [
    { relation: 'transaction_records', offset, row },
    { relation: 'transactions', offset, row },
  ];
}

const dayMs = 86_400_000;

/** By how many minutes a mall's clock is ahead of UTC when months from 1990 to 2100 begin, where that changes. */
function offsetsOfMonths(timeZone: string): { fromDay: number; minutes: number }[] {
  const clock = mallTime(timeZone);
  const found: { fromDay: number; minutes: number }[] = [];
  for (let year = 1990; year <= 2100; year++)
    for (let month = 0; month < 12; month++) {
      const fromDay = Date.UTC(year, month) / dayMs;
      const midnight = clock.instantOf(new Date(fromDay * dayMs).toISOString().slice(0, 16));
      const minutes = (fromDay * dayMs - midnight) / 60_000;
      if (found.at(-1)?.minutes !== minutes) found.push({ fromDay, minutes });
    }
  return found;
}

const ownPlace = ({ partition, offset }: LogPlace) => ({
  source_partition: partition,
  source_offset: offset,
  ordinal: 0,
});

/** The rows that a derived event should have. */
export function rowsOfEvent(event: Event): readonly ExpectedRow[] {
  const at = { offset: event.value.sourceOffset };
  switch (event.type) {
    case 'TransactionPosted':
      return postingRows(event.value);
    case 'PointsExpired': {
      const { value } = event;
      const row = {
        ...caused(value),
        member_id: value.memberId,
        last_day: value.lastDay,
        points: value.points,
        points_change: value.pointsChange,
        balance: value.balance,
        occurred_at: value.expiredAt,
      };
      const ledger = {
        ...row,
        transaction_id: null,
        points: value.pointsChange,
        kind: 'expired',
        // It is gone from the day after the last on which it is good.
        business_day: value.lastDay + 1,
      };
      return [
        { relation: 'point_expiries', ...at, row },
        { relation: 'point_entries', ...at, row: ledger },
      ];
    }
    case 'MemberActivated':
    case 'MemberDeactivated': {
      const activated = event.type === 'MemberActivated';
      const row = {
        ...caused(event.value),
        member_id: event.value.memberId,
        type: activated ? 'activated' : 'deactivated',
        activated_at: activated ? event.value.activatedAt : null,
        activated_by: activated ? event.value.transactionId : null,
        from_tier: '',
        to_tier: '',
        reason: '',
      };
      return [{ relation: 'membership_changes', ...at, row }];
    }
    case 'TierChanged':
      return tierRows(event.value);
    case 'ParkingGranted':
    case 'ParkingWithdrawn': {
      const row = {
        ...caused(event.value),
        transaction_id: event.value.transactionId,
        member_id: event.value.memberId,
        business_day: event.value.businessDay,
        status: event.type === 'ParkingGranted' ? 'granted' : 'withdrawn',
      };
      return [{ relation: 'parking_changes', ...at, row }];
    }
    case 'TransactionRejected':
    case 'RejectionWithdrawn': {
      const row = {
        ...caused(event.value),
        transaction_id: event.value.transactionId,
        content: event.value.content,
        member_id: event.value.memberId,
        business_day: dayOfId(event.value.transactionId),
        status: event.type === 'TransactionRejected' ? 'rejected' : 'withdrawn',
        reason: event.value.reason,
      };
      return [{ relation: 'rejection_changes', ...at, row }];
    }
    case 'DrawTicketIssued':
    case 'DrawTicketVoided': {
      const row = {
        ...caused(event.value),
        draw: event.value.campaign,
        number: event.value.number,
        member_id: event.value.memberId,
        transaction_id: event.value.transactionId,
        ticket: event.value.ticket,
        business_day: dayOfId(event.value.transactionId),
        status: event.type === 'DrawTicketIssued' ? 'issued' : 'voided',
      };
      return [{ relation: 'draw_ticket_changes', ...at, row }];
    }
    case 'GiftEarned':
    case 'GiftUnavailable':
    case 'GiftReturned':
    case 'GiftClaimed': {
      const row = {
        ...caused(event.value),
        campaign: event.value.campaign,
        gift: event.value.gift,
        edition: event.value.edition,
        gift_id: event.value.giftId,
        member_id: event.value.memberId,
        transaction_id: event.value.transactionId,
        business_day: dayOfId(event.value.transactionId),
        status: event.type.slice('Gift'.length).toLowerCase(),
        stock_left: event.value.stockLeft,
      };
      return [{ relation: 'gift_changes', ...at, row }];
    }
    default:
      return [];
  }
}

function postingRows(value: Records['TransactionPosted']): readonly ExpectedRow[] {
  const at = { offset: value.sourceOffset };
  // Named one by one: by far the most rows, and what spreads make is slow and large.
  const row = {
    transaction_id: value.transactionId,
    member_id: value.memberId,
    tenant_id: value.tenantId,
    category: value.category,
    business_day: value.businessDay,
    sold_at: value.soldAt,
    amount: value.amount,
    remaining: value.remaining,
    remaining_change: value.remainingChange,
    first_in_category: value.firstInCategory,
    first_in_category_change: value.firstInCategoryChange,
    points: value.points,
    points_change: value.pointsChange,
    balance: value.balance,
    tickets: value.tickets,
    gift: value.gift,
    parking: value.parking,
    has_member: value.memberId !== null,
    standing_change: begun(value.remaining, value.remainingChange, 1),
    day_customers_change: begun(value.firstInCategory, value.firstInCategoryChange, 1),
    month_customers_change: begun(value.firstInCategory, value.firstInCategoryChange, 2),
    year_customers_change: begun(value.firstInCategory, value.firstInCategoryChange, 3),
    programme: value.programme,
    programme_version: value.programmeVersion,
    cause: value.cause,
    occurred_at: value.occurredAt,
    received_at: value.receivedAt,
    source_partition: value.sourcePartition,
    source_offset: value.sourceOffset,
    ordinal: value.ordinal,
  };
  const rows: ExpectedRow[] = [{ relation: 'sale_postings', ...at, row }, ...firstsRows(value)];
  if (value.pointsChange === 0) return rows;
  const ledger = {
    programme: value.programme,
    member_id: value.memberId,
    transaction_id: value.transactionId,
    points: value.pointsChange,
    balance: value.balance,
    kind: value.pointsChange > 0 ? 'earned' : 'reversed',
    business_day: value.businessDay,
    occurred_at: value.occurredAt,
    programme_version: value.programmeVersion,
    cause: value.cause,
    source_partition: value.sourcePartition,
    source_offset: value.sourceOffset,
    ordinal: value.ordinal,
  };
  rows.push({ relation: 'point_entries', ...at, row: ledger });
  return rows;
}

/** 1 when a change has made it at least `least`, -1 when it is so no more, 0 when nothing is otherwise. */
const begun = (now: number, change: number, least: number): number =>
  Number(now >= least) - Number(now - change >= least);

/** Of its member's day, month and year, in this order: what a sale is the first of has each before it too. */
const periods = ['today', 'month_to_date', 'year_to_date'] as const;

function firstsRows(value: Records['TransactionPosted']): readonly ExpectedRow[] {
  const { firstInMall: now, firstInMallChange: change } = value;
  if (change === 0) return [];
  return periods.flatMap((period, index) => {
    const changed = begun(now, change, index + 1);
    if (changed === 0) return [];
    const row = {
      programme: value.programme,
      period,
      business_day: value.businessDay,
      change: changed,
      source_partition: value.sourcePartition,
      source_offset: value.sourceOffset,
      ordinal: value.ordinal,
    };
    return [{ relation: 'member_firsts', offset: value.sourceOffset, row } as const];
  });
}

function tierRows(value: Records['TierChanged']): readonly ExpectedRow[] {
  const at = { offset: value.sourceOffset };
  const row = {
    ...caused(value),
    member_id: value.memberId,
    type: 'tier_changed',
    activated_at: null,
    activated_by: null,
    from_tier: value.fromTier,
    to_tier: value.toTier,
    reason: value.reason,
    occurred_at: value.effectiveAt ?? value.occurredAt,
  };
  const byTransaction = value.cause.includes('/') && value.reason !== 'month_closed';
  const change = {
    ...row,
    transaction_id: byTransaction ? value.cause : null,
    business_day: byTransaction ? dayOfId(value.cause) : null,
  };
  return [
    { relation: 'membership_changes', ...at, row },
    { relation: 'tier_steps', ...at, row: change },
  ];
}

function caused(value: {
  programme: string;
  programmeVersion: number;
  cause: string;
  occurredAt: number;
  receivedAt: number;
  sourcePartition: number;
  sourceOffset: number;
  ordinal: number;
}) {
  return {
    programme: value.programme,
    programme_version: value.programmeVersion,
    cause: value.cause,
    occurred_at: value.occurredAt,
    received_at: value.receivedAt,
    source_partition: value.sourcePartition,
    source_offset: value.sourceOffset,
    ordinal: value.ordinal,
  };
}
