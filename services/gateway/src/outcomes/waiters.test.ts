import type { Records, Typed } from '@semarak/schemas';
import { describe, expect, it } from 'vitest';
import { OutcomeWaiters } from './waiters.ts';

const name = { programme: 'pacific-place', transactionId: 'T-1/2014-12-01/1' };
const envelope = {
  sourcePartition: 0,
  sourceOffset: 5,
  ordinal: 0,
  programme: name.programme,
  programmeVersion: 1,
  cause: name.transactionId,
  occurredAt: 0,
  receivedAt: 0,
  memberId: 'M-1',
};

const posted = (changes: Partial<Records['TransactionPosted']> = {}): Typed => ({
  type: 'TransactionPosted',
  value: {
    ...envelope,
    transactionId: name.transactionId,
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
    balance: 4,
    tickets: 0,
    gift: null,
    parking: false,
    ...changes,
  },
});
const issued = (number: number, ticket: number): Typed => ({
  type: 'DrawTicketIssued',
  value: {
    ...envelope,
    campaign: 'opening-draw',
    number,
    ticket,
    transactionId: name.transactionId,
  },
});
const gift: Typed = {
  type: 'GiftEarned',
  value: {
    ...envelope,
    campaign: 'teddy-bear',
    gift: 'teddy-bear',
    edition: 'christmas',
    giftId: 'teddy-bear~1',
    transactionId: name.transactionId,
    stockLeft: 9,
  },
};
const tierChanged: Typed = {
  type: 'TierChanged',
  value: {
    ...envelope,
    fromTier: 'temporary',
    toTier: 'blue',
    reason: 'spend_reached',
    effectiveAt: null,
  },
};

function waiting(waiters = new OutcomeWaiters({ max: 2 })) {
  const waiter = waiters.enter(name);
  if (waiter === undefined) throw new Error('no room');
  const seen: { facts: unknown } = { facts: 'pending' };
  void waiter.facts.then((facts) => (seen.facts = facts));
  const known = async () => {
    await Promise.resolve();
    return seen.facts;
  };
  return { waiters, waiter, known };
}

describe('OutcomeWaiters', () => {
  it('knows enough with the posting when nothing else is due', async () => {
    const { waiters, known } = waiting();
    waiters.observe([tierChanged, posted()]);
    expect(await known()).toMatchObject({ type: 'posted', tier: 'blue', tickets: [] });
  });

  it('waits for the numbers and the gift that are due, in whatever order topics are read', async () => {
    const { waiters, known } = waiting();
    waiters.observe([issued(7, 1)]);
    waiters.observe([posted({ tickets: 2, gift: 'teddy-bear' })]);
    expect(await known()).toBe('pending');
    waiters.observe([issued(7, 1), gift]);
    expect(await known()).toBe('pending');
    waiters.observe([issued(6, 0)]);
    expect(await known()).toMatchObject({
      tickets: [
        { campaign: 'opening-draw', number: 7 },
        { campaign: 'opening-draw', number: 6 },
      ],
      gift: { status: 'earned', value: { giftId: 'teddy-bear~1' } },
    });
  });

  it('tells a rejection, also after a posting of the same batch', async () => {
    const { waiters, known } = waiting();
    const { transactionId } = name;
    waiters.observe([
      posted({ remaining: 0 }),
      {
        type: 'TransactionRejected',
        value: { ...envelope, transactionId, content: 1, reason: 'too_late' },
      },
    ]);
    expect(await known()).toEqual({ type: 'rejected', reason: 'too_late' });
  });

  it('takes the sale’s posting for the outcome of its refund, without waiting for rewards', async () => {
    const { waiters, known } = waiting();
    waiters.observe([posted({ transactionId: 'T-1/2014-12-01/0', tickets: 1 })]);
    expect(await known()).toMatchObject({ posted: { transactionId: 'T-1/2014-12-01/0' } });
  });

  it('passes over what concerns others', async () => {
    const { waiters, known } = waiting();
    waiters.observe([posted({ cause: 'T-1/2014-12-01/2' }), posted({ programme: 'polytron' })]);
    expect(await known()).toBe('pending');
  });

  it('holds no more than its limit and forgets who left', () => {
    const { waiters, waiter } = waiting();
    const second = waiting(waiters);
    expect(waiters.enter(name)).toBeUndefined();
    waiter.leave();
    waiter.leave();
    expect(waiters.size).toBe(1);
    second.waiter.leave();
    expect(waiters.size).toBe(0);
  });

  it('sends everybody home when it closes', async () => {
    const { waiters, known } = waiting();
    waiters.close();
    expect(await known()).toBeUndefined();
  });
});
