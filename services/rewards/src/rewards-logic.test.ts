import { findGift, rewardsOfMember } from '@semarak/schemas';
import { describe, expect, it } from 'vitest';
import { rewardsLogic } from './rewards-logic.ts';
import {
  announced,
  giftRecord,
  handedOver,
  RewardsRun,
  sale,
  ticketRecord,
  type RewardEvent,
} from './rewards-run.ts';

const earn = (memberId: string, n: number, ticket = 0) =>
  ticketRecord('DrawTicketEarned', { memberId, sale: n, ticket });
const forfeit = (memberId: string, n: number, ticket = 0) =>
  ticketRecord('DrawTicketForfeited', { memberId, sale: n, ticket });
const entitle = (memberId: string, n: number) => giftRecord('GiftEntitled', { memberId, sale: n });
const withdraw = (memberId: string, n: number) =>
  giftRecord('GiftWithdrawn', { memberId, sale: n });

type Given = Parameters<RewardsRun['apply']>[0];

function run(records: readonly Given[]): RewardsRun {
  const made = new RewardsRun();
  records.forEach((record) => made.apply(record));
  return made;
}

/** `type number` or `type giftId stockLeft`: what a case is about. */
const brief = (event: RewardEvent): string =>
  'number' in event.value
    ? `${event.type} ${String(event.value.number)}`
    : `${event.type} ${event.value.giftId} ${String(event.value.stockLeft)}`;

interface Case {
  readonly name: string;
  readonly given: readonly Given[];
  readonly when: Given;
  readonly then: readonly string[];
}

const stock1 = announced({ stock: 1 });

describe('draw tickets', () => {
  it.each<Case>([
    { name: 'the first number is 1', given: [], when: earn('a', 1), then: ['DrawTicketIssued 1'] },
    {
      name: 'numbers of one draw run on over members',
      given: [earn('a', 1)],
      when: earn('b', 2),
      then: ['DrawTicketIssued 2'],
    },
    {
      name: 'a sale may hold several numbers, and loses the one that is named',
      given: [earn('a', 1, 0), earn('a', 1, 1), earn('a', 1, 2)],
      when: forfeit('a', 1, 1),
      then: ['DrawTicketVoided 2'],
    },
    {
      name: 'a ticket earned again gets a new number',
      given: [earn('a', 1), forfeit('a', 1)],
      when: earn('a', 1),
      then: ['DrawTicketIssued 2'],
    },
    {
      name: 'a voided last number is not given to another',
      given: [earn('a', 1), earn('b', 2), forfeit('b', 2)],
      when: earn('c', 3),
      then: ['DrawTicketIssued 3'],
    },
  ])('$name', ({ given, when, then }) => {
    expect(run(given).apply(when).map(brief)).toEqual(then);
  });

  it('carries its cause and its own place in the log', () => {
    const record = earn('a', 1);
    const [event] = run([earn('b', 7)]).apply(record);
    expect(event).toEqual({
      type: 'DrawTicketIssued',
      value: { ...record.value, sourcePartition: 3, sourceOffset: 1, ordinal: 0, number: 2 },
    });
  });

  it('crashes on a right earned twice or forfeited without having been earned', () => {
    expect(() => run([earn('a', 1), earn('a', 1)])).toThrow('earned twice');
    expect(() => run([forfeit('a', 1)])).toThrow('never earned');
  });
});

describe('gifts', () => {
  it.each<Case>([
    {
      name: 'an item is taken from stock',
      given: [announced({ stock: 5 })],
      when: entitle('a', 1),
      then: ['GiftEarned bear~1 4'],
    },
    {
      name: 'the last item leaves none',
      given: [stock1],
      when: entitle('a', 1),
      then: ['GiftEarned bear~1 0'],
    },
    {
      name: 'an empty stock is told, with an id of its own',
      given: [stock1, entitle('a', 1)],
      when: entitle('b', 2),
      then: ['GiftUnavailable bear~2 0'],
    },
    {
      name: 'withdrawn before it left the desk: back to stock',
      given: [stock1, entitle('a', 1)],
      when: withdraw('a', 1),
      then: ['GiftReturned bear~1 1'],
    },
    {
      name: 'a returned item can be earned by another',
      given: [stock1, entitle('a', 1), withdraw('a', 1)],
      when: entitle('b', 2),
      then: ['GiftEarned bear~2 0'],
    },
    {
      name: 'a hand-over tells nothing',
      given: [stock1, entitle('a', 1)],
      when: handedOver({ memberId: 'a', serial: 1 }),
      then: [],
    },
    {
      name: 'withdrawn after it left the desk: a claim, not stock',
      given: [stock1, entitle('a', 1), handedOver({ memberId: 'a', serial: 1 })],
      when: withdraw('a', 1),
      then: ['GiftClaimed bear~1 0'],
    },
    {
      name: 'a claimed item that is deserved again is the same item',
      given: [stock1, entitle('a', 1), handedOver({ memberId: 'a', serial: 1 }), withdraw('a', 1)],
      when: entitle('a', 1),
      then: ['GiftEarned bear~1 0'],
    },
    {
      name: 'a hand-over that the log has after the withdrawal is a claim and leaves the stock',
      given: [stock1, entitle('a', 1), withdraw('a', 1)],
      when: handedOver({ memberId: 'a', serial: 1 }),
      then: ['GiftClaimed bear~1 0'],
    },
    {
      name: 'an unavailable right that is withdrawn leaves the stock as it is',
      given: [stock1, entitle('a', 1), entitle('b', 2)],
      when: withdraw('b', 2),
      then: ['GiftReturned bear~2 0'],
    },
    {
      name: 'an unavailable right that comes back asks the stock again',
      given: [stock1, entitle('a', 1), entitle('b', 2), withdraw('b', 2), withdraw('a', 1)],
      when: entitle('b', 2),
      then: ['GiftEarned bear~3 0'],
    },
    {
      name: 'each month of the document has a stock of its own',
      given: [stock1, entitle('a', 1)],
      when: giftRecord('GiftEntitled', {
        memberId: 'a',
        sale: 0,
        transactionId: 't1/2015-01-02/1',
      }),
      then: ['GiftEarned bear~2 6'],
    },
    {
      name: 'a later version raises the stock for what it decides',
      given: [stock1, entitle('a', 1), announced({ stock: 3, version: 2 })],
      when: giftRecord('GiftEntitled', { memberId: 'b', sale: 2, programmeVersion: 2 }),
      then: ['GiftEarned bear~2 1'],
    },
    {
      name: 'a later version below what is taken gives nothing, and is not negative',
      given: [announced({ stock: 3 }), entitle('a', 1), entitle('b', 2)].concat(
        announced({ stock: 1, version: 2 }),
      ),
      when: giftRecord('GiftEntitled', { memberId: 'c', sale: 3, programmeVersion: 2 }),
      then: ['GiftUnavailable bear~3 0'],
    },
    {
      name: 'a version is known from its first announcement; those of other sources change nothing',
      given: [stock1, announced({ stock: 9, sourcePartition: 1 })],
      when: entitle('a', 1),
      then: ['GiftEarned bear~1 0'],
    },
  ])('$name', ({ given, when, then }) => {
    expect(run(given).apply(when).map(brief)).toEqual(then);
  });

  it.each<{ name: string; given: readonly Given[]; serial: number; memberId: string }>([
    {
      name: 'one handed over',
      given: [handedOver({ memberId: 'a', serial: 1 })],
      serial: 1,
      memberId: 'a',
    },
    {
      name: 'a claimed one',
      given: [handedOver({ memberId: 'a', serial: 1 }), withdraw('a', 1)],
      serial: 1,
      memberId: 'a',
    },
    { name: 'an unavailable one', given: [entitle('b', 2)], serial: 2, memberId: 'b' },
    { name: 'one that never was', given: [], serial: 9, memberId: 'a' },
    { name: 'another member’s', given: [], serial: 1, memberId: 'b' },
  ])('handing over $name changes nothing', ({ given, serial, memberId }) => {
    const made = run([stock1, entitle('a', 1), ...given]);
    const before = made.snapshot();
    expect(made.apply(handedOver({ memberId, serial }))).toEqual([]);
    expect(made.snapshot()).toEqual(before);
  });

  it('crashes on a version that was never announced', () => {
    expect(() => run([entitle('a', 1)])).toThrow('before it was announced');
  });

  it('crashes on a right entitled twice or withdrawn without having been entitled', () => {
    expect(() => run([stock1, entitle('a', 1), entitle('a', 1)])).toThrow('entitled twice');
    expect(() => run([stock1, withdraw('a', 1)])).toThrow('never entitled');
  });
});

describe('what readers see', () => {
  it('gives a member’s numbers and gifts, and finds a gift’s holder by its id', async () => {
    const made = run([
      ...[announced({ stock: 1 }), earn('a', 1), earn('a', 2), earn('a', 3), forfeit('a', 2)],
      ...[entitle('b', 1), entitle('a', 4), handedOver({ memberId: 'b', serial: 1 })],
    ]);
    const campaigns = ['draw', 'bear', 'unknown'];
    const rewards = await rewardsOfMember(
      { programme: 'mall', memberId: 'a', campaigns },
      made.read,
    );
    expect(rewards.tickets).toEqual([
      { campaign: 'draw', number: 1, transactionId: sale(1) },
      { campaign: 'draw', number: 3, transactionId: sale(3) },
    ]);
    expect(rewards.gifts).toMatchObject([{ giftId: 'bear~2', status: 'unavailable' }]);
    const of = { programme: 'mall', giftId: 'bear~1' };
    expect(await findGift(of, made.read)).toMatchObject({ memberId: 'b', status: 'handed_over' });
    expect(await findGift({ ...of, giftId: 'bear~3' }, made.read)).toBeUndefined();
    expect(await findGift({ ...of, giftId: 'nonsense' }, made.read)).toBeUndefined();
  });
});

describe('sources', () => {
  it('go on from the place of a derivation that restarted', () => {
    const value = { sourcePartition: 1, sourceOffset: 7, ordinal: 1_000_000, restartedAt: 0 };
    const source = { topic: 'transactions', partition: 1, offset: 7, ordinal: 1_000_000 };
    expect(rewardsLogic.sourceOf({ type: 'DerivationRestarted', value })).toEqual({
      ...source,
      restarts: true,
    });
  });

  it('names the transaction’s place for derived records, and none for the desk’s command', () => {
    const record = earn('a', 1);
    expect(rewardsLogic.sourceOf(record)).toEqual({
      topic: 'transactions',
      partition: record.value.sourcePartition,
      offset: record.value.sourceOffset,
      ordinal: 0,
    });
    expect(rewardsLogic.sourceOf(handedOver({ memberId: 'a', serial: 1 }))).toBeUndefined();
  });

  it('a closed day changes nothing yet', () => {
    const made = new RewardsRun();
    const value = { sourcePartition: 0, sourceOffset: 0, ordinal: 0, programme: 'mall' };
    const closing = { ...value, businessDay: 16428, closedAt: 0, partitions: 8 };
    expect(made.apply({ type: 'BusinessDayAnnounced', value: closing })).toEqual([]);
    expect(made.snapshot()).toEqual({});
  });
});
