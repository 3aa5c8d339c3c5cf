import { UnreadableRecord } from '@semarak/infra/records';
import { epochDayOf, readProgramme, programmeFiles, type Typed } from '@semarak/schemas';
import { describe, expect, it } from 'vitest';
import { factsOf, profileRemovalFacts } from './facts.ts';

const day = (text: string): number => epochDayOf(text) ?? Number.NaN;
const at = { partition: 3, offset: 42 };
const sale = 'till-1/2014-12-24/7';
const occurredAt = Date.UTC(2014, 11, 24, 5);
const receivedAt = occurredAt + 1_000;

/** What every derived event of these tests has; its cause lies in another place than the event. */
const derived = {
  sourcePartition: 5,
  sourceOffset: 900,
  ordinal: 2,
  programme: 'pacific-place',
  programmeVersion: 1,
  cause: 'till-2/2015-01-03/1',
  occurredAt,
  receivedAt,
  memberId: 'ani',
};
const ruled = { programme: 'pacific-place', programme_version: 1 };
const cause = {
  cause: 'till-2/2015-01-03/1',
  occurred_at: occurredAt,
  received_at: receivedAt,
  source_partition: 5,
  source_offset: 900,
  ordinal: 2,
};
const own = { source_partition: 3, source_offset: 42, ordinal: 0 };

const recorded = {
  programme: 'pacific-place',
  transactionId: sale,
  type: 'sale' as const,
  memberId: 'ani',
  tenantId: 'PP-001',
  businessDay: day('2014-12-24'),
  amount: 1_250_000,
  currency: 'IDR',
  occurredAt,
  receivedAt,
  originalId: null,
};

const gift = {
  ...derived,
  campaign: 'teddy-bear',
  gift: 'teddy-bear',
  edition: 'christmas',
  giftId: 'teddy-bear~1',
  transactionId: sale,
  stockLeft: 9,
};
const posting = {
  ...derived,
  transactionId: sale,
  tenantId: 'PP-001',
  businessDay: day('2014-12-24'),
  soldAt: 3,
  amount: 10,
  remaining: 4,
  remainingChange: -6,
  category: 'Fashion',
  firstInCategory: 1,
  firstInCategoryChange: -2,
  firstInMall: 0,
  firstInMallChange: 0,
  points: 1,
  pointsChange: -2,
  balance: -1,
  tickets: 0,
  gift: null,
  parking: false,
};
const ticket = { ...derived, campaign: 'opening-draw', number: 12, transactionId: sale, ticket: 0 };

/** The one row that a record is. */
function factOf(...record: Parameters<typeof factsOf>) {
  const facts = factsOf(...record);
  expect(facts).toHaveLength(1);
  return facts[0];
}

describe('a record of the log', () => {
  it('is a row of transactions as it was sent, by its own place', () => {
    expect(factOf({ type: 'TransactionRecorded', value: recorded }, at)).toEqual({
      table: 'transaction_records',
      tablePartition: '201412',
      row: {
        programme: 'pacific-place',
        transaction_id: sale,
        type: 'sale',
        terminal_id: 'till-1',
        tenant_id: 'PP-001',
        member_id: 'ani',
        business_day: 16_428,
        occurred_at: occurredAt,
        received_at: receivedAt,
        amount: 1_250_000,
        currency: 'IDR',
        original_id: null,
        ...own,
      },
    });
  });

  it('is an enrolment', () => {
    const value = { programme: 'pacific-place', memberId: 'ani', enrolledAt: 1, receivedAt: 2 };
    expect(factOf({ type: 'MemberEnrolled', value }, at)).toEqual({
      table: 'member_enrolments',
      tablePartition: 'all',
      row: { programme: 'pacific-place', member_id: 'ani', enrolled_at: 1, received_at: 2, ...own },
    });
  });

  it('is a profile without name and address', () => {
    const value = {
      programme: 'pacific-place',
      memberId: 'ani',
      enrolledAt: 1,
      name: 'Ani Secret',
      gender: 'female' as const,
      birthDate: day('1945-08-17'),
      address: 'Jalan Secret 1',
      zone: 'South',
      receivedAt: 2,
    };
    const fact = factOf({ type: 'MemberProfile', value }, at);
    expect(fact).toMatchObject({
      table: 'member_profiles',
      row: { gender: 'female', birth_date: -8_903, zone: 'South' },
    });
    expect(JSON.stringify(fact)).not.toContain('Secret');
    const unlikely = { ...value, birthDate: day('1899-12-31') };
    expect(factOf({ type: 'MemberProfile', value: unlikely }, at)?.row).toMatchObject({
      birth_date: null,
    });
  });

  it('is, of a removed profile, one of which nothing is known', () => {
    const [fact, ...more] = profileRemovalFacts(Buffer.from('pacific-place/ani'), at);
    expect(more).toEqual([]);
    expect(fact).toMatchObject({
      table: 'member_profiles',
      row: {
        programme: 'pacific-place',
        member_id: 'ani',
        gender: 'unknown',
        birth_date: null,
        zone: 'unknown',
        source_offset: at.offset,
      },
    });
    for (const key of [null, Buffer.from('ani'), Buffer.from('a/b/c'), Buffer.from('/ani')])
      expect(() => profileRemovalFacts(key, at)).toThrow(UnreadableRecord);
  });

  it('is a programme with its tenants', () => {
    const [file] = programmeFiles();
    if (file === undefined) throw new Error('no programme ships with the product');
    const document = readProgramme(file);
    const value = {
      programme: document.programme,
      version: document.version,
      publishedAt: 5,
      partitions: 8,
      document: JSON.stringify(document),
      supersedes: 0,
    };
    expect(factOf({ type: 'ProgrammePublished', value }, at)).toMatchObject({
      table: 'programme_publications',
      tablePartition: 'all',
      row: {
        time_zone: document.timeZone,
        effective_from: document.effectiveFrom,
        tenants: document.tenants,
        tiers: document.tiers,
      },
    });
    for (const broken of ['{', '{}'])
      expect(() =>
        factsOf({ type: 'ProgrammePublished', value: { ...value, document: broken } }, at),
      ).toThrow(UnreadableRecord);
  });
});

describe('a derived event', () => {
  it('is a posting of its sale, in the month of the sale', () => {
    const value = { ...posting, memberId: null };
    expect(factOf({ type: 'TransactionPosted', value }, at)).toEqual({
      table: 'sale_postings',
      tablePartition: '201412',
      row: {
        ...ruled,
        transaction_id: sale,
        member_id: null,
        tenant_id: 'PP-001',
        business_day: 16_428,
        sold_at: 3,
        amount: 10,
        remaining: 4,
        remaining_change: -6,
        category: 'Fashion',
        first_in_category: 1,
        first_in_category_change: -2,
        points: 1,
        points_change: -2,
        balance: -1,
        tickets: 0,
        gift: null,
        parking: false,
        ...cause,
      },
    });
  });

  it.each([
    { before: 0, after: 3, periods: ['today', 'month_to_date', 'year_to_date'], change: 1 },
    { before: 1, after: 2, periods: ['month_to_date'], change: 1 },
    { before: 3, after: 0, periods: ['today', 'month_to_date', 'year_to_date'], change: -1 },
    { before: 3, after: 1, periods: ['month_to_date', 'year_to_date'], change: -1 },
    { before: 2, after: 2, periods: [], change: 0 },
  ])('adds its member to the active ones: first $before, then $after', (of) => {
    const { before, after, periods, change } = of;
    const value = { ...posting, firstInMall: after, firstInMallChange: after - before };
    const [posted, ...firsts] = factsOf({ type: 'TransactionPosted', value }, at);
    expect(posted?.table).toBe('sale_postings');
    const { programme } = ruled;
    const { source_partition, source_offset, ordinal } = cause;
    const place = { source_partition, source_offset, ordinal };
    expect(firsts).toEqual(
      periods.map((period) => ({
        table: 'member_firsts',
        tablePartition: '2014',
        row: { programme, period, business_day: 16_428, member_id: 'ani', change, ...place },
      })),
    );
  });

  it.each([
    {
      record: {
        type: 'MemberActivated',
        value: { ...derived, activatedAt: 9, transactionId: sale },
      },
      row: {
        type: 'activated',
        activated_at: 9,
        activated_by: sale,
        from_tier: '',
        to_tier: '',
        reason: '',
      },
    },
    {
      record: { type: 'MemberDeactivated', value: derived },
      row: {
        type: 'deactivated',
        activated_at: null,
        activated_by: null,
        from_tier: '',
        to_tier: '',
        reason: '',
      },
    },
    {
      record: {
        type: 'TierChanged',
        value: {
          ...derived,
          fromTier: 'blue',
          toTier: 'gold',
          reason: 'spend_reached',
          effectiveAt: null,
        },
      },
      row: {
        type: 'tier_changed',
        activated_at: null,
        activated_by: null,
        from_tier: 'blue',
        to_tier: 'gold',
        reason: 'spend_reached',
      },
    },
  ] satisfies { record: Typed; row: object }[])(
    'is a change of the membership: $record.type',
    ({ record, row }) => {
      expect(factOf(record, at)).toEqual({
        table: 'membership_changes',
        tablePartition: 'all',
        row: { ...ruled, member_id: 'ani', ...row, ...cause },
      });
    },
  );

  it('has a month’s end as its time when that took the tier', () => {
    const value = {
      ...derived,
      fromTier: 'blue',
      toTier: 'temporary',
      reason: 'month_closed',
      effectiveAt: 17,
    } as const;
    expect(factOf({ type: 'TierChanged', value }, at)?.row).toMatchObject({
      ...cause,
      occurred_at: 17,
    });
  });

  it('is what expired of a lot', () => {
    const value = {
      ...derived,
      lastDay: day('2014-12-31'),
      expiredAt: 17,
      points: 4,
      pointsChange: -3,
      balance: 2,
    };
    expect(factOf({ type: 'PointsExpired', value }, at)).toEqual({
      table: 'point_expiries',
      tablePartition: '201412',
      row: {
        ...ruled,
        member_id: 'ani',
        last_day: 16_435,
        points: 4,
        points_change: -3,
        balance: 2,
        ...cause,
        occurred_at: 17,
      },
    });
  });

  it.each([
    { type: 'ParkingGranted', status: 'granted' },
    { type: 'ParkingWithdrawn', status: 'withdrawn' },
  ] as const)('is a change of parking: $type', ({ type, status }) => {
    const value = { ...derived, transactionId: sale, businessDay: day('2014-12-24') };
    expect(factOf({ type, value }, at)).toMatchObject({
      table: 'parking_changes',
      tablePartition: '201412',
      row: { status, transaction_id: sale, business_day: 16_428, ...cause },
    });
  });

  it.each([
    { type: 'TransactionRejected', status: 'rejected' },
    { type: 'RejectionWithdrawn', status: 'withdrawn' },
  ] as const)('is a change of a refusal: $type', ({ type, status }) => {
    const value = { ...derived, transactionId: sale, content: 77, reason: 'too_late' as const };
    expect(factOf({ type, value }, at)).toMatchObject({
      table: 'rejection_changes',
      tablePartition: '201412',
      row: { status, reason: 'too_late', content: 77, business_day: 16_428, ...cause },
    });
  });

  it.each([
    { type: 'DrawTicketIssued', status: 'issued' },
    { type: 'DrawTicketVoided', status: 'voided' },
  ] as const)('is a change of a number: $type', ({ type, status }) => {
    expect(factOf({ type, value: ticket }, at)).toMatchObject({
      table: 'draw_ticket_changes',
      tablePartition: '201412',
      row: { status, draw: 'opening-draw', number: 12, member_id: 'ani', ...cause },
    });
  });

  it.each([
    { type: 'GiftEarned', status: 'earned' },
    { type: 'GiftUnavailable', status: 'unavailable' },
    { type: 'GiftReturned', status: 'returned' },
    { type: 'GiftClaimed', status: 'claimed' },
  ] as const)('is a change of a gift: $type', ({ type, status }) => {
    expect(factOf({ type, value: gift }, at)).toMatchObject({
      table: 'gift_changes',
      tablePartition: '201412',
      row: { status, gift_id: 'teddy-bear~1', edition: 'christmas', stock_left: 9, ...cause },
    });
  });
});

describe('what ClickHouse could not hold', () => {
  it.each([
    '',
    'till-1',
    'till-1/2014-12-24',
    'till-1/2014-12-24/',
    '/2014-12-24/1',
    'till-1/2014-02-30/1',
    'till-1/2014-12-24/1/2',
  ])('is unreadable: transaction id "%s"', (transactionId) => {
    const broken = { ...recorded, transactionId };
    expect(() => factsOf({ type: 'TransactionRecorded', value: broken }, at)).toThrow(
      UnreadableRecord,
    );
    expect(() => factsOf({ type: 'GiftEarned', value: { ...gift, transactionId } }, at)).toThrow(
      UnreadableRecord,
    );
  });

  it.each([-25_568, 120_530])('is unreadable: business day %d', (businessDay) => {
    const broken = { ...recorded, businessDay };
    expect(() => factsOf({ type: 'TransactionRecorded', value: broken }, at)).toThrow(
      'outside 1900 to 2299',
    );
  });
});
