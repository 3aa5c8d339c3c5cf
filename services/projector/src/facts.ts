import { UnreadableRecord } from '@semarak/infra/records';
import {
  epochDayOf,
  isoDate,
  memberOfKey,
  programmeDocument,
  type BusinessDayClosed,
  type MemberEnrolled,
  type MemberProfile,
  type ProgrammePublished,
  type TransactionRecorded,
  type Typed,
} from '@semarak/schemas';
import type { RecordPosition } from '@semarak/infra/stream-processor';
import { reportPeriods, type Fact } from './tables.ts';
import { utcOffsets } from './utc-offsets.ts';

/** Date32 of ClickHouse, as days since 1970-01-01: 1900-01-01 to 2299-12-31. */
const date32Bounds = { min: -25_567, max: 120_529 } as const;

/** Days that records are of are mostly the same few, one record after the other. */
const daysKept = 1_000;

/** A table without PARTITION BY has one partition of this id. */
const unpartitioned = 'all';

/**
 * What a record says to the report database. Pure: the same record at the same place gives the same rows.
 * Throws UnreadableRecord when ClickHouse could not hold one.
 */
export function factsOf(record: Typed, at: RecordPosition): readonly Fact[] {
  switch (record.type) {
    case 'TransactionRecorded':
      return [transactionFact(record.value, at)];
    case 'MemberEnrolled':
      return [enrolmentFact(record.value, at)];
    case 'ProgrammePublished':
      return [programmeFact(record.value, at)];
    case 'BusinessDayClosed':
      return [closingFact(record.value, at)];
    case 'MemberProfile':
      return [profileFact(record.value, at)];
    case 'TransactionPosted':
      return postingFacts(record.value);
    case 'MemberActivated':
    case 'MemberDeactivated':
    case 'TierChanged':
      return [membershipFact(record)];
    case 'PointsExpired':
      return [expiryFact(record.value)];
    case 'ParkingGranted':
    case 'ParkingWithdrawn':
      return [parkingFact(record)];
    case 'TransactionRejected':
    case 'RejectionWithdrawn':
      return [rejectionFact(record)];
    case 'DrawTicketIssued':
    case 'DrawTicketVoided':
      return [ticketFact(record)];
    case 'GiftEarned':
    case 'GiftUnavailable':
    case 'GiftReturned':
    case 'GiftClaimed':
      return [giftFact(record)];
    case 'DrawTicketEarned':
    case 'DrawTicketForfeited':
    case 'GiftEntitled':
    case 'GiftWithdrawn':
    case 'GiftHandedOver':
    case 'ProgrammeAnnounced':
    case 'BusinessDayAnnounced':
    case 'DerivationRestarted':
    case 'DeadLetter':
      return [];
  }
}

function transactionFact(value: TransactionRecorded, { partition, offset }: RecordPosition): Fact {
  return {
    table: 'transaction_records',
    tablePartition: monthOf(value.businessDay),
    row: {
      programme: value.programme,
      transaction_id: value.transactionId,
      type: value.type,
      terminal_id: dayAndTerminal(value.transactionId).terminalId,
      tenant_id: value.tenantId,
      member_id: value.memberId,
      business_day: value.businessDay,
      occurred_at: value.occurredAt,
      received_at: value.receivedAt,
      amount: value.amount,
      currency: value.currency,
      original_id: value.originalId,
      source_partition: partition,
      source_offset: offset,
      ordinal: 0,
    },
  };
}

function enrolmentFact(value: MemberEnrolled, at: RecordPosition): Fact {
  return {
    table: 'member_enrolments',
    tablePartition: unpartitioned,
    row: {
      programme: value.programme,
      member_id: value.memberId,
      enrolled_at: value.enrolledAt,
      received_at: value.receivedAt,
      ...ownPlace(at),
    },
  };
}

function programmeFact(value: ProgrammePublished, at: RecordPosition): Fact {
  const document = parsedDocument(value.document);
  return {
    table: 'programme_publications',
    tablePartition: unpartitioned,
    row: {
      programme: value.programme,
      version: value.version,
      name: document.name,
      effective_from: document.effectiveFrom,
      time_zone: document.timeZone,
      currency: document.currency,
      published_at: value.publishedAt,
      tenants: document.tenants,
      tiers: document.tiers,
      points_expire_after_months: document.points?.expiresAfterMonths ?? 0,
      // The first tier is kept forever, whatever it says.
      tier_months: document.tiers.map(({ keep }, index) =>
        index === 0 || keep === 'forever' ? 0 : keep.months,
      ),
      utc_offsets: utcOffsets(document.timeZone),
      gifts: document.gifts.flatMap(({ campaign, gift, editions }) =>
        editions.map((edition) => ({ campaign, gift, ...edition })),
      ),
      ...ownPlace(at),
    },
  };
}

function closingFact(value: BusinessDayClosed, at: RecordPosition): Fact {
  if (!isDate32(value.businessDay))
    throw new UnreadableRecord(`business day ${value.businessDay} is outside 1900 to 2299`);
  return {
    table: 'business_days_closed',
    tablePartition: unpartitioned,
    row: {
      programme: value.programme,
      business_day: value.businessDay,
      closed_at: value.closedAt,
      ...ownPlace(at),
    },
  };
}

function parsedDocument(text: string) {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new UnreadableRecord('the programme document is no JSON', error);
  }
  const parsed = programmeDocument.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new UnreadableRecord('the programme document does not fit its schema', parsed.error);
}

/** Name and address stay in the log. A birth date that ClickHouse cannot hold is as good as none. */
function profileFact(value: MemberProfile, at: RecordPosition): Fact {
  return {
    table: 'member_profiles',
    tablePartition: unpartitioned,
    row: {
      programme: value.programme,
      member_id: value.memberId,
      gender: value.gender,
      birth_date: isDate32(value.birthDate) ? value.birthDate : null,
      zone: value.zone,
      received_at: value.receivedAt,
      ...ownPlace(at),
    },
  };
}

/** A member’s profile is removed: the row of it that holds from now on knows nothing of the member. */
export function profileRemovalFacts(key: Buffer | null, at: RecordPosition): Fact[] {
  const member = memberOfKey(key?.toString() ?? '');
  if (member === undefined)
    throw new UnreadableRecord('a profile is removed, but the key is no programme/memberId');
  return [
    {
      table: 'member_profiles',
      tablePartition: unpartitioned,
      row: {
        programme: member.programme,
        member_id: member.memberId,
        gender: 'unknown',
        birth_date: null,
        zone: 'unknown',
        // The record has none.
        received_at: 0,
        ...ownPlace(at),
      },
    },
  ];
}

type Posting = Extract<Typed, { type: 'TransactionPosted' }>['value'];

function postingFacts(value: Posting): Fact[] {
  const facts = [postingFact(value)];
  if (value.memberId !== null && value.firstInMallChange !== 0)
    addFirsts(value, value.memberId, facts);
  return facts;
}

/** A sale that is the first of its member’s year is that of the month and the day too, and so on. */
function addFirsts(value: Posting, memberId: string, facts: Fact[]): void {
  const before = value.firstInMall - value.firstInMallChange;
  const [from, to] =
    before < value.firstInMall ? [before, value.firstInMall] : [value.firstInMall, before];
  for (const period of reportPeriods.slice(from, to))
    facts.push({
      table: 'member_firsts',
      tablePartition: yearOf(value.businessDay),
      row: {
        programme: value.programme,
        period,
        business_day: value.businessDay,
        member_id: memberId,
        change: value.firstInMallChange > 0 ? 1 : -1,
        source_partition: value.sourcePartition,
        source_offset: value.sourceOffset,
        ordinal: value.ordinal,
      },
    });
}

function postingFact(value: Posting): Fact {
  return {
    table: 'sale_postings',
    tablePartition: monthOf(value.businessDay),
    row: {
      programme: value.programme,
      programme_version: value.programmeVersion,
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
      cause: value.cause,
      occurred_at: value.occurredAt,
      received_at: value.receivedAt,
      source_partition: value.sourcePartition,
      source_offset: value.sourceOffset,
      ordinal: value.ordinal,
    },
  };
}

type MembershipRecord = Extract<
  Typed,
  { type: 'MemberActivated' | 'MemberDeactivated' | 'TierChanged' }
>;

const membershipTypes = {
  MemberActivated: 'activated',
  MemberDeactivated: 'deactivated',
  TierChanged: 'tier_changed',
} as const;

function membershipFact(record: MembershipRecord): Fact {
  const { value } = record;
  const activation = record.type === 'MemberActivated' ? record.value : undefined;
  const change = record.type === 'TierChanged' ? record.value : undefined;
  return {
    table: 'membership_changes',
    tablePartition: unpartitioned,
    row: {
      programme: value.programme,
      programme_version: value.programmeVersion,
      member_id: value.memberId,
      type: membershipTypes[record.type],
      activated_at: activation?.activatedAt ?? null,
      activated_by: activation?.transactionId ?? null,
      from_tier: change?.fromTier ?? '',
      to_tier: change?.toTier ?? '',
      reason: change?.reason ?? '',
      cause: value.cause,
      // What a month's end takes away happened then, whatever record made it known.
      occurred_at: change?.effectiveAt ?? value.occurredAt,
      received_at: value.receivedAt,
      source_partition: value.sourcePartition,
      source_offset: value.sourceOffset,
      ordinal: value.ordinal,
    },
  };
}

function expiryFact(value: Extract<Typed, { type: 'PointsExpired' }>['value']): Fact {
  return {
    table: 'point_expiries',
    tablePartition: monthOf(value.lastDay),
    row: {
      ...ruled(value),
      member_id: value.memberId,
      last_day: value.lastDay,
      points: value.points,
      points_change: value.pointsChange,
      balance: value.balance,
      ...causeOf(value),
      occurred_at: value.expiredAt,
    },
  };
}

type ParkingRecord = Extract<Typed, { type: 'ParkingGranted' | 'ParkingWithdrawn' }>;

function parkingFact({ type, value }: ParkingRecord): Fact {
  return {
    table: 'parking_changes',
    tablePartition: monthOf(value.businessDay),
    row: {
      programme: value.programme,
      programme_version: value.programmeVersion,
      transaction_id: value.transactionId,
      member_id: value.memberId,
      business_day: value.businessDay,
      status: type === 'ParkingGranted' ? 'granted' : 'withdrawn',
      cause: value.cause,
      occurred_at: value.occurredAt,
      received_at: value.receivedAt,
      source_partition: value.sourcePartition,
      source_offset: value.sourceOffset,
      ordinal: value.ordinal,
    },
  };
}

type RejectionRecord = Extract<Typed, { type: 'TransactionRejected' | 'RejectionWithdrawn' }>;

function rejectionFact({ type, value }: RejectionRecord): Fact {
  const { businessDay } = dayAndTerminal(value.transactionId);
  return {
    table: 'rejection_changes',
    tablePartition: monthOf(businessDay),
    row: {
      ...ruled(value),
      transaction_id: value.transactionId,
      content: value.content,
      member_id: value.memberId,
      business_day: businessDay,
      status: type === 'TransactionRejected' ? 'rejected' : 'withdrawn',
      reason: value.reason,
      ...causeOf(value),
    },
  };
}

type TicketRecord = Extract<Typed, { type: 'DrawTicketIssued' | 'DrawTicketVoided' }>;

function ticketFact({ type, value }: TicketRecord): Fact {
  const { businessDay } = dayAndTerminal(value.transactionId);
  return {
    table: 'draw_ticket_changes',
    tablePartition: monthOf(businessDay),
    row: {
      ...ruled(value),
      draw: value.campaign,
      number: value.number,
      member_id: value.memberId,
      transaction_id: value.transactionId,
      ticket: value.ticket,
      business_day: businessDay,
      status: type === 'DrawTicketIssued' ? 'issued' : 'voided',
      ...causeOf(value),
    },
  };
}

type GiftRecord = Extract<
  Typed,
  { type: 'GiftEarned' | 'GiftUnavailable' | 'GiftReturned' | 'GiftClaimed' }
>;

const giftStatuses = {
  GiftEarned: 'earned',
  GiftUnavailable: 'unavailable',
  GiftReturned: 'returned',
  GiftClaimed: 'claimed',
} as const;

function giftFact({ type, value }: GiftRecord): Fact {
  const { businessDay } = dayAndTerminal(value.transactionId);
  return {
    table: 'gift_changes',
    tablePartition: monthOf(businessDay),
    row: {
      ...ruled(value),
      campaign: value.campaign,
      gift: value.gift,
      edition: value.edition,
      gift_id: value.giftId,
      member_id: value.memberId,
      transaction_id: value.transactionId,
      business_day: businessDay,
      status: giftStatuses[type],
      stock_left: value.stockLeft,
      ...causeOf(value),
    },
  };
}

function ruled(value: { programme: string; programmeVersion: number }) {
  return { programme: value.programme, programme_version: value.programmeVersion };
}

function causeOf(value: {
  cause: string;
  occurredAt: number;
  receivedAt: number;
  sourcePartition: number;
  sourceOffset: number;
  ordinal: number;
}) {
  return {
    cause: value.cause,
    occurred_at: value.occurredAt,
    received_at: value.receivedAt,
    source_partition: value.sourcePartition,
    source_offset: value.sourceOffset,
    ordinal: value.ordinal,
  };
}

function ownPlace({ partition, offset }: RecordPosition) {
  return { source_partition: partition, source_offset: offset, ordinal: 0 };
}

/** Also the day of a transaction that is known by its id alone. */
function dayAndTerminal(transactionId: string): { businessDay: number; terminalId: string } {
  const first = transactionId.indexOf('/');
  const second = transactionId.indexOf('/', first + 1);
  const businessDay = dayOf(transactionId.slice(first + 1, second));
  const isWhole = first > 0 && second > first && second < transactionId.length - 1;
  if (!isWhole || businessDay === undefined || transactionId.includes('/', second + 1))
    throw new UnreadableRecord(`"${transactionId}" is no transaction id`);
  return { businessDay, terminalId: transactionId.slice(0, first) };
}

const days = new Map<string, number>();

/** `YYYY-MM-DD` as days since 1970-01-01. */
function dayOf(text: string): number | undefined {
  const known = days.get(text);
  if (known !== undefined) return known;
  const day = epochDayOf(text);
  if (day === undefined) return undefined;
  if (days.size >= daysKept) days.clear();
  days.set(text, day);
  return day;
}

/** With their months. */
const months = new Map<number, string>();

/** ClickHouse's toYYYYMM, which names the partition. */
function monthOf(businessDay: number): string {
  const known = months.get(businessDay);
  if (known !== undefined) return known;
  if (!isDate32(businessDay))
    throw new UnreadableRecord(`business day ${businessDay} is outside 1900 to 2299`);
  const month = isoDate(businessDay).slice(0, 7).replace('-', '');
  if (months.size >= daysKept) months.clear();
  months.set(businessDay, month);
  return month;
}

/** ClickHouse's toYear. */
const yearOf = (businessDay: number): string => monthOf(businessDay).slice(0, 4);

function isDate32(day: number): boolean {
  return day >= date32Bounds.min && day <= date32Bounds.max;
}
