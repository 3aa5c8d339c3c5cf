import { encodeRewardState, type Records, type Typed } from '@semarak/schemas';
import { describe, expect, it } from 'vitest';
import { RisingOnly } from '../comparison/consumer-view.ts';
import { RewardsRecount, type Rewarded } from './rewards-recount.ts';
import { rewardsStates } from './states.ts';

const partition = 6;
const sale = (n: number, day = '24'): string => `T1/2014-12-${day}/${n}`;
const cause = (memberId: string, campaign: string) => ({
  sourcePartition: 1,
  sourceOffset: 0,
  ordinal: 0,
  programme: 'mall',
  programmeVersion: 1,
  cause: 'T1/2014-12-24/99',
  occurredAt: 5,
  receivedAt: 6,
  memberId,
  campaign,
});

function document(stock: number): string {
  const tiers = ['blue'];
  return JSON.stringify({
    programme: 'mall',
    version: 1,
    name: 'Mall',
    effectiveFrom: '2014-12-01T00:00',
    timeZone: 'Asia/Jakarta',
    currency: 'IDR',
    join: { rule: 'enrolment' },
    tiers: [{ tier: 'blue', monthSpend: 0, keep: 'forever', benefits: [] }],
    tickets: [{ campaign: 'draw', name: 'Draw', minimumAmount: 1, numbers: 'one_per_sale', tiers }],
    gifts: [
      {
        campaign: 'bear',
        gift: 'teddy-bear',
        name: 'Teddy bear',
        minimumAmount: 1,
        tiers,
        editions: [{ month: '2014-12', edition: 'christmas', stock }],
      },
    ],
    tenants: [{ tenantId: 'shop', name: 'Shop', category: 'Toys', floor: '1' }],
  });
}

/** A recount that takes records one after the other and says in short what each should cause. */
function counting(stock = 1) {
  const recount = new RewardsRecount(partition);
  let offset = 0;
  const short = (rewarded: Rewarded): string => {
    if (rewarded.type !== 'event') return rewarded.type;
    const { type, value } = rewarded.event;
    expect(value).toMatchObject({
      sourcePartition: partition,
      sourceOffset: offset - 1,
      ordinal: 0,
    });
    if ('number' in value) return `${type} ${value.number}`;
    return 'stockLeft' in value ? `${type} ${value.giftId} ${value.stockLeft}` : type;
  };
  const ticket =
    (type: 'DrawTicketEarned' | 'DrawTicketForfeited') =>
    (memberId: string, n: number, ticket = 0) =>
      short(
        recount.apply(
          { type, value: { ...cause(memberId, 'draw'), transactionId: sale(n), ticket } },
          offset++,
        ),
      );
  const gift = (type: 'GiftEntitled' | 'GiftWithdrawn') => (memberId: string, n: number) => {
    const item = { transactionId: sale(n), gift: 'teddy-bear', edition: 'christmas' };
    return short(recount.apply({ type, value: { ...cause(memberId, 'bear'), ...item } }, offset++));
  };
  const announced: Records['ProgrammeAnnounced'] = {
    sourcePartition: 0,
    sourceOffset: 0,
    ordinal: 0,
    programme: 'mall',
    version: 1,
    partitions: 8,
    document: document(stock),
  };
  recount.apply({ type: 'ProgrammeAnnounced', value: announced }, offset++);
  return {
    recount,
    earn: ticket('DrawTicketEarned'),
    forfeit: ticket('DrawTicketForfeited'),
    entitle: gift('GiftEntitled'),
    withdraw: gift('GiftWithdrawn'),
    handOver: (memberId: string, giftId: string) =>
      short(
        recount.apply(
          {
            type: 'GiftHandedOver',
            value: { programme: 'mall', campaign: 'bear', memberId, giftId, handedOverAt: 7 },
          },
          offset++,
        ),
      ),
  };
}

describe('draw numbers', () => {
  it('run without a gap, and none comes again', () => {
    const { earn, forfeit } = counting();
    expect(earn('M1', 1)).toBe('DrawTicketIssued 1');
    expect(earn('M2', 2)).toBe('DrawTicketIssued 2');
    expect(forfeit('M1', 1)).toBe('DrawTicketVoided 1');
    expect(earn('M1', 1)).toBe('DrawTicketIssued 3');
    expect(earn('M1', 1, 1)).toBe('DrawTicketIssued 4');
  });

  it('what cannot be is told', () => {
    const { earn, forfeit } = counting();
    earn('M1', 1);
    expect(earn('M1', 1)).toBe('impossible');
    expect(forfeit('M2', 1)).toBe('impossible');
  });
});

describe('gifts', () => {
  it('are taken from stock until none is left, and come back', () => {
    const { entitle, withdraw } = counting(1);
    expect(entitle('M1', 1)).toBe('GiftEarned bear~1 0');
    expect(entitle('M2', 2)).toBe('GiftUnavailable bear~2 0');
    expect(withdraw('M1', 1)).toBe('GiftReturned bear~1 1');
    expect(withdraw('M2', 2)).toBe('GiftReturned bear~2 1');
    expect(entitle('M2', 2)).toBe('GiftEarned bear~3 0');
  });

  it('handed over and withdrawn are claims, which a right lifts', () => {
    const { entitle, withdraw, handOver } = counting(2);
    entitle('M1', 1);
    expect(handOver('M1', 'bear~1')).toBe('nothing');
    expect(handOver('M1', 'bear~1')).toBe('nothing');
    expect(withdraw('M1', 1)).toBe('GiftClaimed bear~1 1');
    expect(entitle('M1', 1)).toBe('GiftEarned bear~1 1');
  });

  it('that left the desk after they were returned are claims out of stock', () => {
    const { entitle, withdraw, handOver } = counting(2);
    entitle('M1', 1);
    withdraw('M1', 1);
    expect(handOver('M1', 'bear~1')).toBe('GiftClaimed bear~1 1');
    expect(handOver('M1', 'bear~9')).toBe('nothing');
    expect(handOver('M1', 'other~1')).toBe('nothing');
  });

  it('of an unknown stock cannot be', () => {
    const { recount } = counting();
    const item = { transactionId: 'T1/2015-01-03/1', gift: 'teddy-bear', edition: 'christmas' };
    const right = { type: 'GiftEntitled', value: { ...cause('M1', 'bear'), ...item } } as const;
    expect(recount.apply(right, 9).type).toBe('impossible');
  });
});

describe('entitlements that were corrected', () => {
  const at = (sourceOffset: number, ordinal = 0) => ({ sourcePartition: 1, sourceOffset, ordinal });
  const right = (id: ReturnType<typeof at>, memberId: string, n: number) => ({
    ...cause(memberId, 'draw'),
    ...id,
    transactionId: sale(n),
    ticket: 0,
  });
  const restart = { ...at(6, 1_000_000), restartedAt: 9 };
  const log: Typed<'DrawTicketEarned' | 'DrawTicketForfeited' | 'DerivationRestarted'>[] = [
    { type: 'DrawTicketEarned', value: right(at(6), 'M1', 1) },
    // The log has lost this sale and has another one in its place.
    { type: 'DrawTicketEarned', value: right(at(7), 'M2', 2) },
    { type: 'DerivationRestarted', value: restart },
    { type: 'DrawTicketForfeited', value: right(at(6, 1_000_001), 'M2', 2) },
    { type: 'DrawTicketEarned', value: right(at(7), 'M3', 3) },
    { type: 'DrawTicketEarned', value: right(at(7), 'M3', 3) },
  ];

  it('give back no number, and the sale in the place of a lost one gets its own', () => {
    const recount = new RewardsRecount(partition);
    const filter = new RisingOnly();
    const events = log.flatMap((record, offset) => {
      if (!filter.takes(record)) return [];
      const rewarded = recount.apply(record, offset);
      expect(rewarded.type).not.toBe('impossible');
      if (rewarded.type !== 'event' || !('number' in rewarded.event.value)) return [];
      const { type, value } = rewarded.event;
      return [`${value.sourceOffset} ${type} ${value.number} ${value.memberId}`];
    });
    expect(events).toEqual([
      '0 DrawTicketIssued 1 M1',
      '1 DrawTicketIssued 2 M2',
      '3 DrawTicketVoided 2 M2',
      '4 DrawTicketIssued 3 M3',
    ]);
    expect(filter.last.get(1)).toEqual({ offset: 7, ordinal: 0 });
  });
});

describe('the states that Redis should have', () => {
  it('are named and compared by meaning', () => {
    const { recount, earn, entitle, withdraw } = counting(1);
    earn('M1', 2);
    earn('M1', 1);
    entitle('M1', 1);
    withdraw('M1', 1);
    const states = rewardsStates(recount);
    expect([...states.names()].sort()).toEqual(
      ['', 'mall/bear', 'mall/bear/M1', 'mall/bear~1', 'mall/draw', 'mall/draw/M1'].sort(),
    );
    const tickets = (number: number) =>
      Buffer.from(
        encodeRewardState({
          type: 'tickets',
          sales: [
            { transactionId: sale(2), tickets: [{ ticket: 0, number }] },
            { transactionId: sale(1), tickets: [{ ticket: 0, number: 2 }] },
          ],
        }),
      );
    expect(states.unlike('mall/draw/M1', tickets(1))).toBeUndefined();
    expect(states.unlike('mall/draw/M1', tickets(7))).toBe(
      'sales.1.tickets.0.number is 7, should be 1',
    );
    const stock = { type: 'gift_stock', lastSerial: 1, taken: [] } as const;
    expect(states.unlike('mall/bear', Buffer.from(encodeRewardState(stock)))).toBeUndefined();
    expect(states.unlike('mall/bear', null)).toBe('the state is missing');
    expect(states.unlike('mall/draw/M9', tickets(1))).toBe('the state is there, none should be');
    expect(states.unlike('mall/draw', Buffer.from([99]))).toContain('cannot be read');
  });
});
