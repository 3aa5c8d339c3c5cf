import type { MemberStanding } from '@semarak/programme';
import type { HeldTicket, MemberGift, TransactionRecorded } from '@semarak/schemas';
import { beforeEach, describe, expect, it } from 'vitest';
import type { MemberAt } from '../standing/standings.ts';
import { Outcomes } from './outcomes.ts';
import { OutcomeWaiters } from './waiters.ts';

const record: TransactionRecorded = {
  programme: 'pacific-place',
  transactionId: 'T-1/2014-12-01/1',
  type: 'sale',
  memberId: 'M-1',
  tenantId: 'PP-001',
  businessDay: 16_405,
  amount: 1_000_000,
  currency: 'IDR',
  occurredAt: 0,
  receivedAt: 0,
  originalId: null,
};
const posted = {
  sourcePartition: 0,
  sourceOffset: 5,
  ordinal: 0,
  programme: record.programme,
  programmeVersion: 1,
  cause: record.transactionId,
  occurredAt: 0,
  receivedAt: 0,
  memberId: 'M-1',
  transactionId: record.transactionId,
  tenantId: 'PP-001',
  businessDay: 16_405,
  soldAt: 0,
  amount: 1_000_000,
  remaining: 1_000_000,
  remainingChange: 1_000_000,
  category: 'Fashion',
  firstInCategory: 0,
  firstInCategoryChange: 0,
  firstInMall: 0,
  firstInMallChange: 0,
  points: 4,
  pointsChange: 4,
  balance: 9,
  tickets: 0,
  gift: null,
  parking: true,
};
const standing = (changes: Partial<MemberStanding>): MemberStanding => ({
  tier: 'temporary',
  benefits: [],
  points: 9,
  lots: [],
  tierKeptThrough: null,
  month: '2014-12',
  monthSpend: 0,
  nextTier: null,
  enrolledAt: 0,
  activatedAt: 0,
  activatingAmount: null,
  transactions: [],
  refusals: [],
  ...changes,
});
const at = (offset: number, changes: Partial<MemberStanding> = {}): MemberAt => ({
  standing: standing(changes),
  position: { topic: 'transactions', partition: 0, offset },
});
const held = {
  transactionId: record.transactionId,
  businessDay: 16_405,
  occurredAt: 0,
  tenantId: 'PP-001',
  amount: 1_000_000,
  remaining: 1_000_000,
  points: 4,
  tickets: [{ campaign: 'opening-draw', count: 1 }],
  gift: null,
  parking: true,
};

describe('Outcomes', () => {
  let waiters: OutcomeWaiters;
  let members: (MemberAt | undefined | Error)[];
  let rewards: { tickets: HeldTicket[]; gifts: MemberGift[] };
  let problems: unknown[];
  let outcomes: Outcomes;

  beforeEach(() => {
    waiters = new OutcomeWaiters({ max: 5 });
    members = [];
    rewards = { tickets: [], gifts: [] };
    problems = [];
    outcomes = new Outcomes({
      waiters,
      standings: {
        member: () => {
          const next = members.length > 1 ? members.shift() : members[0];
          return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
        },
        rewards: () => Promise.resolve(rewards),
      },
      onProblem: (error) => problems.push(error),
    });
  });

  const expected = (of: TransactionRecorded = record) => {
    const awaited = outcomes.expect(of);
    if (awaited === undefined) throw new Error('no room');
    return awaited;
  };

  it('waits with the tier until the state holds the transaction', async () => {
    members = [at(5), at(5), at(6, { tier: 'blue' })];
    const outcome = expected().of('accepted', 5_000);
    waiters.observe([{ type: 'TransactionPosted', value: posted }]);
    expect(await outcome).toEqual({
      result: 'posted',
      transactionId: record.transactionId,
      points: 4,
      balance: 9,
      tier: 'blue',
      tickets: [],
      gift: null,
      parking: true,
    });
  });

  it('knows neither tier nor balance of an anonymous sale', async () => {
    const outcome = expected({ ...record, memberId: null }).of('accepted', 5_000);
    const value = { ...posted, memberId: null };
    waiters.observe([{ type: 'TransactionPosted', value }]);
    expect(await outcome).toMatchObject({ tier: null, balance: null });
  });

  it('is null when the time is over, and when it cannot be told', async () => {
    expect(await expected().of('accepted', 0)).toBeNull();
    members = [new Error('Redis is gone')];
    expect(await expected().of('duplicate', 5_000)).toBeNull();
    expect(problems).toHaveLength(1);
  });

  it('tells of a duplicate what the sale holds now', async () => {
    members = [at(6, { tier: 'blue', transactions: [held] })];
    const { transactionId } = record;
    rewards.tickets = [
      { campaign: 'opening-draw', number: 3, transactionId: 'T-1/2014-12-01/0' },
      { campaign: 'opening-draw', number: 7, transactionId },
    ];
    expect(await expected().of('duplicate', 0)).toMatchObject({
      points: 4,
      balance: 9,
      tier: 'blue',
      tickets: [{ draw: 'opening-draw', number: 7 }],
    });
  });

  it('waits for a duplicate whose number is still to come', async () => {
    members = [at(6, { transactions: [held] })];
    expect(await expected().of('duplicate', 0)).toBeNull();
  });

  it('tells that a duplicate was refused', async () => {
    const { transactionId } = record;
    members = [at(6, { refusals: [{ transactionId, reason: 'too_late' }] })];
    expect(await expected().of('duplicate', 0)).toEqual({
      result: 'rejected',
      reason: 'too_late',
    });
  });

  it('leaves nothing behind', () => {
    const awaited = expected();
    awaited.leave();
    expect(waiters.size).toBe(0);
  });
});
