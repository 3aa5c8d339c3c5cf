import { UnreadableRecord } from '@semarak/infra/records';
import type { Emission, States } from '@semarak/infra/stream-processor';
import {
  programmeFiles,
  readProgramme,
  type ProgrammePublished,
  type TransactionRecorded,
  type Typed,
} from '@semarak/schemas';
import { describe, expect, it } from 'vitest';
import { accrual, type AccrualState } from './accrual.ts';

const partition = 3;
const jakarta = (time: string) => Date.parse(`2014-12-01T${time}:00+07:00`);
const document = programmeFiles()
  .map(readProgramme)
  .find(({ programme }) => programme === 'pacific-place');

const published: ProgrammePublished = {
  programme: 'pacific-place',
  version: 1,
  publishedAt: jakarta('00:00'),
  partitions: 2,
  document: JSON.stringify(document),
  supersedes: 0,
};

const sale = (change: Partial<TransactionRecorded>): Typed<'TransactionRecorded'> => ({
  type: 'TransactionRecorded',
  value: {
    programme: 'pacific-place',
    transactionId: 'T1/2014-12-01/1',
    type: 'sale',
    memberId: 'M-1',
    tenantId: 'PP-001',
    businessDay: 16405,
    amount: 6_000_000,
    currency: 'IDR',
    occurredAt: jakarta('12:00'),
    receivedAt: jakarta('12:01'),
    originalId: null,
    ...change,
  },
});

const enrolled: Typed<'MemberEnrolled'> = {
  type: 'MemberEnrolled',
  value: {
    programme: 'pacific-place',
    memberId: 'M-1',
    enrolledAt: jakarta('10:00'),
    receivedAt: jakarta('10:00'),
  },
};

describe('the key of a record', () => {
  it('is its member, of an anonymous sale and what corrects it the terminal of the sale', () => {
    const anonymous = { memberId: null };
    const refund = { type: 'refund', originalId: 'T2/2014-12-01/7' } as const;
    expect(
      [
        enrolled,
        sale({}),
        sale(anonymous),
        sale({ ...anonymous, ...refund }),
        { type: 'ProgrammePublished', value: published } as const,
      ].map((record) => accrual.keyOf?.(record)),
    ).toEqual([
      'pacific-place/M-1',
      'pacific-place/M-1',
      'pacific-place/T1',
      'pacific-place/T2',
      undefined,
    ]);
  });
});

describe('a record whose id names no till', () => {
  it.each([
    ['an anonymous sale', { memberId: null, transactionId: 'T1-17' }],
    ['a sale of a member', { transactionId: 'T1/2014-12-01' }],
    ['what it corrects', { memberId: null, type: 'refund', originalId: '17' } as const],
  ])('is put aside, and the line goes on: %s', (_, change) => {
    expect(() => accrual.keyOf?.(sale(change))).toThrow(UnreadableRecord);
  });
});

/** Folds records at offsets 0, 1, … as the processor would, states stored and read between any two. */
function given() {
  const stored = new Map<string, Uint8Array>();
  let offset = 0;
  return {
    stored,
    when: (record: Typed): readonly Emission[] => {
      const names = accrual.statesOf(record, { partition, offset });
      const states = new Map<string, AccrualState>();
      for (const name of names) {
        const bytes = stored.get(name);
        if (bytes !== undefined) states.set(name, accrual.decode(name, bytes));
      }
      const seen: States<AccrualState> = {
        get: (name) => {
          expect(names).toContain(name);
          return states.get(name);
        },
        set: (name, state) => {
          stored.set(name, accrual.encode(name, state));
        },
      };
      return accrual.decide(record, seen, { partition, offset: offset++ }, names);
    },
  };
}

describe('accrual', () => {
  it('announces a version to every partition of entitlements, once', () => {
    const { when } = given();
    const first = when({ type: 'ProgrammePublished', value: published });
    expect(first).toMatchObject([
      { topic: 'entitlements', partition: 0, record: { value: { ordinal: 0, version: 1 } } },
      { topic: 'entitlements', partition: 1, record: { value: { ordinal: 1, version: 1 } } },
    ]);
    expect(when({ type: 'ProgrammePublished', value: published })).toEqual([]);
  });

  it('puts aside a document that is none', () => {
    const { when, stored } = given();
    const value = { ...published, document: '{"programme":"pacific-place"}' };
    expect(() => when({ type: 'ProgrammePublished', value })).toThrow('no programme document');
    expect(stored.size).toBe(0);
  });

  it('puts aside the second of two publications of one version, and one that mixes currencies', () => {
    const { when, stored } = given();
    when({ type: 'ProgrammePublished', value: published });
    const next = (change: object): Typed => ({
      type: 'ProgrammePublished',
      value: {
        ...published,
        version: 2,
        document: JSON.stringify({
          ...document,
          version: 2,
          effectiveFrom: '2015-01-01T00:00',
          ...change,
        }),
        supersedes: 1,
      },
    });
    expect(() => when(next({ currency: 'USD' }))).toThrow('currency: must be IDR');
    expect(when(next({ name: 'One' }))).toHaveLength(2);
    const state = stored.get('');
    expect(() => when(next({ name: 'Other' }))).toThrow('version 2 with another content');
    expect(when(next({ name: 'One' }))).toEqual([]);
    expect(stored.get('')).toBe(state);
  });

  it('gives every event its cause, place and ordinal within its topic', () => {
    const { when } = given();
    when({ type: 'ProgrammePublished', value: published });
    when(enrolled);
    const emissions = when(sale({}));
    expect(emissions.map(({ topic, key, record }) => [topic, key, record.type])).toEqual([
      ['loyalty-events', 'pacific-place/M-1', 'MemberActivated'],
      ['loyalty-events', 'pacific-place/M-1', 'TierChanged'],
      ['loyalty-events', 'pacific-place/M-1', 'TierChanged'],
      ['loyalty-events', 'pacific-place/M-1', 'TransactionPosted'],
      ['entitlements', 'pacific-place/opening-draw', 'DrawTicketEarned'],
      ['entitlements', 'pacific-place/teddy-bear', 'GiftEntitled'],
    ]);
    expect(emissions.map(({ record }) => record.value)).toMatchObject(
      [0, 1, 2, 3, 0, 1].map((ordinal) => ({
        sourcePartition: partition,
        sourceOffset: 2,
        ordinal,
        cause: 'T1/2014-12-01/1',
        receivedAt: jakarta('12:01'),
      })),
    );
  });

  it('announces a closed day once, and no day before it', () => {
    const { when, stored } = given();
    when({ type: 'ProgrammePublished', value: published });
    const close = (businessDay: number) =>
      when({
        type: 'BusinessDayClosed',
        value: {
          programme: 'pacific-place',
          businessDay,
          closedAt: jakarta('23:00'),
          partitions: 2,
        },
      });
    expect(close(16405)).toMatchObject([
      { topic: 'entitlements', partition: 0, record: { type: 'BusinessDayAnnounced' } },
      { topic: 'entitlements', partition: 1 },
    ]);
    expect([close(16405), close(16404)]).toEqual([[], []]);
    expect(accrual.decode('', stored.get('') ?? Buffer.alloc(0))).toMatchObject({
      documents: [{ programme: 'pacific-place' }],
      closedDays: { 'pacific-place': 16405 },
    });
  });

  it('lets the end of a closed month reach a member with their next record', () => {
    const { when } = given();
    const kept = {
      ...published,
      document: JSON.stringify({
        ...document,
        tiers: document?.tiers.map((tier) => ({ ...tier, keep: { months: 1 } })),
      }),
    };
    when({ type: 'ProgrammePublished', value: kept });
    when(enrolled);
    when(sale({}));
    // 31 January 2015: the month after the one that reached Blue is over.
    const closed = {
      programme: 'pacific-place',
      businessDay: 16466,
      closedAt: Date.parse('2015-02-01T03:00:00+07:00'),
      partitions: 2,
    };
    when({ type: 'BusinessDayClosed', value: closed });
    expect(when(sale({}))).toMatchObject([
      {
        topic: 'loyalty-events',
        record: {
          type: 'TierChanged',
          value: {
            fromTier: 'blue',
            toTier: 'temporary',
            reason: 'month_closed',
            effectiveAt: Date.parse('2015-02-01T00:00:00+07:00'),
          },
        },
      },
    ]);
    expect(when(sale({}))).toEqual([]);
  });

  it('refuses a record of a programme that nobody has published, and says so as an event', () => {
    const { when } = given();
    expect(when(sale({}))).toMatchObject([
      { record: { type: 'TransactionRejected', value: { reason: 'no_programme_in_force' } } },
    ]);
  });

  it('puts aside a record that no gateway would let through', () => {
    const { when } = given();
    when({ type: 'ProgrammePublished', value: published });
    expect(() => when(sale({ businessDay: 16_000 }))).toThrow('business day');
  });

  it('keeps the anonymous sales of a terminal and day together, and their refund reaches them', () => {
    const { when, stored } = given();
    when({ type: 'ProgrammePublished', value: published });
    when(sale({ memberId: null }));
    const refund = sale({
      memberId: null,
      type: 'refund',
      transactionId: 'T2/2014-12-01/7',
      amount: 1_000_000,
      occurredAt: jakarta('13:00'),
      originalId: 'T1/2014-12-01/1',
    });
    expect(when(refund)).toMatchObject([
      {
        key: 'pacific-place/T1',
        record: { type: 'TransactionPosted', value: { remaining: 5_000_000, points: 0 } },
      },
    ]);
    expect([...stored.keys()]).toEqual(['', 'pacific-place/T1/2014-12-01']);
  });

  it('lets the void of an anonymous refund of another till wait, that of the sale reach it', () => {
    const { when } = given();
    when({ type: 'ProgrammePublished', value: published });
    when(sale({ memberId: null }));
    const correction = (id: string, type: 'refund' | 'void', originalId: string) =>
      sale({
        ...{ memberId: null, type, transactionId: id, originalId, occurredAt: jakarta('13:00') },
        ...(type === 'void'
          ? { tenantId: null, amount: 0, currency: null }
          : { amount: 1_000_000 }),
      });
    const left = (emissions: readonly Emission[]) => emissions.map(({ record }) => record.value);
    const there = correction('T2/2014-12-01/7', 'refund', 'T1/2014-12-01/1');
    expect(left(when(there))).toMatchObject([{ remaining: 5_000_000 }]);
    expect(when(correction('T2/2014-12-01/8', 'void', 'T2/2014-12-01/7'))).toEqual([]);
    // A refund under the till and business day of its sale can be voided.
    const here = correction('T1/2014-12-01/7', 'refund', 'T1/2014-12-01/1');
    expect(left(when(here))).toMatchObject([{ remaining: 4_000_000 }]);
    expect(left(when(correction('T2/2014-12-01/9', 'void', 'T1/2014-12-01/7')))).toMatchObject([
      { remaining: 5_000_000 },
    ]);
    // And so can the sale itself, from any till, with the refund that cannot.
    const [undone] = left(when(correction('T2/2014-12-01/10', 'void', 'T1/2014-12-01/1')));
    expect(undone).toMatchObject({ transactionId: 'T1/2014-12-01/1', remaining: 0 });
    expect(left(when(sale({ memberId: null, transactionId: 'T1/2014-12-01/2' })))).toMatchObject([
      { transactionId: 'T1/2014-12-01/2', remaining: 6_000_000 },
    ]);
  });
});
