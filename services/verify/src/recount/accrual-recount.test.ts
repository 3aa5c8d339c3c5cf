import { decodeState, encodeState, holdingsOf } from '@semarak/programme';
import { programmeFiles, readProgramme, type Records } from '@semarak/schemas';
import { describe, expect, it } from 'vitest';
import { AccrualRecount } from './accrual-recount.ts';
import { accrualStates } from './states.ts';

const document = programmeFiles()
  .map(readProgramme)
  .find(({ programme }) => programme === 'pacific-place');
const noon = Date.UTC(2014, 11, 3, 5);

const published: Records['ProgrammePublished'] = {
  programme: 'pacific-place',
  version: document?.version ?? 0,
  publishedAt: 0,
  partitions: 3,
  document: JSON.stringify(document),
  supersedes: 0,
};

const sale = (
  sequence: number,
  of: Partial<Records['TransactionRecorded']> = {},
): Records['TransactionRecorded'] => ({
  programme: 'pacific-place',
  transactionId: `T1/2014-12-03/${sequence}`,
  type: 'sale',
  memberId: 'M1',
  tenantId: 'PP-001',
  businessDay: 16_407,
  amount: 6_000_000,
  currency: 'IDR',
  occurredAt: noon + sequence * 1_000,
  receivedAt: noon + sequence * 1_000 + 1,
  originalId: null,
  ...of,
});

/** A partition that knows the programme and has one enrolled member. */
function begun(): AccrualRecount {
  const recount = new AccrualRecount(4, () => true);
  recount.apply({ type: 'ProgrammePublished', value: published }, 0);
  const enrolled = { programme: 'pacific-place', memberId: 'M1', receivedAt: noon };
  recount.apply({ type: 'MemberEnrolled', value: { ...enrolled, enrolledAt: noon } }, 1);
  return recount;
}

describe('AccrualRecount', () => {
  it('takes in no record of a key that lies in another partition', () => {
    const recount = new AccrualRecount(4, (key) => key !== 'pacific-place/M2');
    recount.apply({ type: 'ProgrammePublished', value: published }, 0);
    const misplaced = { type: 'TransactionRecorded', value: sale(1, { memberId: 'M2' }) } as const;
    expect(recount.canTake(misplaced)).toBe(false);
    expect(recount.apply(misplaced, 1)).toEqual({ type: 'unreadable' });
    expect(recount.histories.size).toBe(0);
  });

  it('announces a version to every partition once', () => {
    const recount = new AccrualRecount(4, () => true);
    const caused = recount.apply({ type: 'ProgrammePublished', value: published }, 7);
    expect(
      caused.type === 'events' && caused.events.map(({ event, to }) => [event.value, to]),
    ).toEqual(
      [0, 1, 2].map((partition) => [
        {
          sourcePartition: 4,
          sourceOffset: 7,
          ordinal: partition,
          programme: 'pacific-place',
          version: published.version,
          partitions: 3,
          document: published.document,
        },
        { partition },
      ]),
    );
    expect(recount.apply({ type: 'ProgrammePublished', value: published }, 8)).toEqual({
      type: 'events',
      events: [],
    });
  });

  it('counts ordinals for each topic by itself', () => {
    const caused = begun().apply({ type: 'TransactionRecorded', value: sale(1) }, 2);
    const ids =
      caused.type === 'events' &&
      caused.events.map(({ topic, event }) => `${topic} ${event.type} ${event.value.ordinal}`);
    expect(ids).toEqual([
      'loyalty-events MemberActivated 0',
      'loyalty-events TierChanged 1',
      'loyalty-events TierChanged 2',
      'loyalty-events TransactionPosted 3',
      'entitlements DrawTicketEarned 0',
      'entitlements GiftEntitled 1',
    ]);
  });

  it('puts aside what can be part of no history', () => {
    const value = sale(1, { businessDay: 16_000 });
    expect(begun().apply({ type: 'TransactionRecorded', value }, 2).type).toBe('unreadable');
    const nameless = sale(1, { memberId: null, transactionId: '17' });
    expect(begun().apply({ type: 'TransactionRecorded', value: nameless }, 2).type).toBe(
      'unreadable',
    );
    const broken = { ...published, document: '{}' };
    expect(begun().apply({ type: 'ProgrammePublished', value: broken }, 2).type).toBe('unreadable');
  });

  it('keeps anonymous sales by terminal and day', () => {
    const recount = begun();
    recount.apply({ type: 'TransactionRecorded', value: sale(1, { memberId: null }) }, 2);
    expect([...recount.histories.keys()]).toEqual([
      'pacific-place/M1',
      'pacific-place/T1/2014-12-03',
    ]);
  });

  it('closes days once', () => {
    const recount = begun();
    const day = { programme: 'pacific-place', businessDay: 16_407, closedAt: noon, partitions: 3 };
    const closed = recount.apply({ type: 'BusinessDayClosed', value: day }, 2);
    expect(closed.type === 'events' && closed.events).toHaveLength(3);
    const earlier = { ...day, businessDay: 16_406 };
    const again = recount.apply({ type: 'BusinessDayClosed', value: earlier }, 3);
    expect(again.type === 'events' && again.events).toEqual([]);
    expect(recount.published.closedDays).toEqual({ 'pacific-place': 16_407 });
  });
});

describe('the histories that Redis should have', () => {
  it('may be encoded in another way, but not mean anything else', () => {
    const recount = begun();
    for (let n = 1; n <= 40; n++)
      recount.apply({ type: 'TransactionRecorded', value: sale(n) }, n + 1);
    const states = accrualStates(recount);
    const kept = Buffer.from(recount.histories.get('pacific-place/M1') ?? []);
    const state = decodeState(kept);
    state.encoded = undefined;
    expect(states.unlike('pacific-place/M1', Buffer.from(encodeState(state)))).toBeUndefined();
    const { points } = holdingsOf(state);
    state.end.balance += 10;
    expect(states.unlike('pacific-place/M1', Buffer.from(encodeState(state)))).toBe(
      `end.balance is ${points + 10}, should be ${points}`,
    );
    expect(states.unlike('pacific-place/M1', null)).toBe('the state is missing');
    expect(states.unlike('pacific-place/M2', kept)).toBe('the state is there, none should be');
  });
});
