import type { MemberStanding } from '@semarak/programme';
import type { HeldTicket, MemberGift, TransactionRecorded } from '@semarak/schemas';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { MemberAt, Standings } from '../standing/standings.ts';
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

const refund: TransactionRecorded = {
  ...record,
  transactionId: 'T-1/2014-12-01/2',
  type: 'refund',
  amount: 200_000,
  originalId: record.transactionId,
};
const reduced = {
  ...posted,
  cause: refund.transactionId,
  remaining: 800_000,
  remainingChange: -200_000,
  points: 3,
  pointsChange: -1,
  balance: 8,
  tickets: 1,
  gift: 'magic-balloon',
};
const number = { campaign: 'opening-draw', number: 7, transactionId: record.transactionId };
const balloon: MemberGift = {
  campaign: 'magic-balloon',
  giftId: 'magic-balloon~1',
  serial: 1,
  transactionId: record.transactionId,
  gift: 'magic-balloon',
  edition: 'classic',
  programmeVersion: 1,
  status: 'earned',
};
const bear: MemberGift = {
  ...balloon,
  campaign: 'teddy-bear',
  giftId: 'teddy-bear~1',
  gift: 'teddy-bear',
  edition: 'christmas',
};
const heldWithBalloon = {
  ...held,
  remaining: 800_000,
  points: 3,
  gift: { campaign: 'magic-balloon', gift: 'magic-balloon', edition: 'classic' },
};
const afterRefund = () => at(6, { tier: 'blue', points: 8, transactions: [heldWithBalloon] });

describe('Outcomes', () => {
  let waiters: OutcomeWaiters;
  let members: (MemberAt | undefined | Error)[];
  let rewards: { tickets: HeldTicket[]; gifts: MemberGift[] };
  let explained: Awaited<ReturnType<Standings['explanation']>>;
  let problems: unknown[];
  let outcomes: Outcomes;

  beforeEach(() => {
    waiters = new OutcomeWaiters({ max: 5 });
    members = [];
    rewards = { tickets: [], gifts: [] };
    explained = undefined;
    problems = [];
    outcomes = new Outcomes({
      waiters,
      standings: {
        member: () => {
          const next = members.length > 1 ? members.shift() : members[0];
          return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
        },
        rewards: () => Promise.resolve(rewards),
        explanation: () => Promise.resolve(explained),
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

  it('tells of a refund what its sale still holds, once the state and rewards have followed', async () => {
    members = [at(5, { transactions: [held] }), afterRefund()];
    rewards = { tickets: [number], gifts: [bear] };
    const outcome = expected(refund).of('accepted', 5_000);
    waiters.observe([{ type: 'TransactionPosted', value: reduced }]);
    await vi.waitFor(() => expect(members).toHaveLength(1));
    rewards = { tickets: [number], gifts: [balloon, { ...bear, status: 'returned' }] };
    expect(await outcome).toEqual({
      result: 'posted',
      transactionId: record.transactionId,
      points: 3,
      balance: 8,
      tier: 'blue',
      tickets: [{ draw: 'opening-draw', number: 7 }],
      gift: { giftId: balloon.giftId, gift: 'magic-balloon', edition: 'classic', status: 'earned' },
      parking: true,
    });
  });

  it('is null of a refund while rewards has what the refund took away', async () => {
    members = [at(6, { transactions: [{ ...held, tickets: [] }] })];
    rewards.tickets = [number];
    const outcome = expected(refund).of('accepted', 30);
    waiters.observe([{ type: 'TransactionPosted', value: { ...reduced, tickets: 0, gift: null } }]);
    expect(await outcome).toBeNull();
  });

  it('tells of a duplicate the gift that the sale has, not one that it had', async () => {
    members = [afterRefund()];
    rewards = { tickets: [number], gifts: [balloon, { ...bear, status: 'returned' }] };
    expect(await expected().of('duplicate', 0)).toMatchObject({
      gift: { giftId: 'magic-balloon~1' },
    });
  });

  it('tells of a duplicate what the sale holds as soon as rewards has followed', async () => {
    members = [afterRefund()];
    rewards = { tickets: [], gifts: [] };
    const outcome = expected().of('duplicate', 5_000);
    setTimeout(() => (rewards = { tickets: [number], gifts: [balloon] }), 20);
    const began = performance.now();
    expect(await outcome).toMatchObject({ tickets: [{ number: 7 }] });
    expect(performance.now() - began).toBeLessThan(2_500);
  });

  it('tells of a repeated void of a refund what the sale holds', async () => {
    const voiding: TransactionRecorded = {
      ...refund,
      transactionId: 'T-1/2014-12-01/3',
      type: 'void',
      originalId: refund.transactionId,
    };
    members = [at(7, { transactions: [held] })];
    rewards.tickets = [number];
    explained = {
      explanation: {
        type: 'void',
        transactionId: voiding.transactionId,
        occurredAt: 0,
        amount: 0,
        outcome: 'accepted',
        refused: null,
        originalId: refund.transactionId,
        currency: 'IDR',
        sale: {
          transactionId: record.transactionId,
          amount: 1_000_000,
          remaining: 1_000_000,
          points: 4,
        },
      },
      position: { topic: 'transactions', partition: 0, offset: 7 },
    };
    expect(await expected(voiding).of('duplicate', 0)).toMatchObject({
      transactionId: record.transactionId,
      points: 4,
    });
  });

  it('goes home with nothing of a duplicate when all are sent home', async () => {
    members = [at(6)];
    const outcome = expected().of('duplicate', 60_000);
    waiters.close();
    expect(await outcome).toBeNull();
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
