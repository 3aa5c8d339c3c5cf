import { decide, encodeState, initialState } from '@semarak/programme';
import { beforeEach, describe, expect, it } from 'vitest';
import { context, tenantId } from '../admission/published.fixture.ts';
import { Standings } from './standings.ts';

const name = { programme: 'pacific-place', memberId: 'M-1' };
const december = Date.UTC(2014, 11, 10, 5);

/** A member who bought for 6,000,000 at an instant. */
function bought(occurredAt: number): Buffer {
  const rules = context.rulesOf(name.programme);
  if (rules === undefined) throw new Error('no rules');
  const enrolledAt = Date.UTC(2014, 11, 1, 3);
  const state = initialState();
  decide(
    state,
    { type: 'MemberEnrolled', value: { ...name, enrolledAt, receivedAt: enrolledAt } },
    rules,
  );
  const day = Math.floor((occurredAt + 7 * 3_600_000) / 86_400_000);
  const value = {
    ...name,
    transactionId: 'T-1/2014-12-10/1',
    type: 'sale' as const,
    tenantId,
    businessDay: day,
    amount: 6_000_000,
    currency: 'IDR',
    occurredAt,
    receivedAt: occurredAt,
    originalId: null,
  };
  decide(state, { type: 'TransactionRecorded', value }, rules);
  return Buffer.from(encodeState(state));
}

describe('Standings', () => {
  let stored: Buffer | null;
  let newest: number | undefined;
  let asked: unknown[];
  let standings: Standings;

  beforeEach(() => {
    stored = bought(december);
    newest = undefined;
    asked = [];
    standings = new Standings({
      programmes: {
        rulesOf: (programme) => context.rulesOf(programme),
        campaignsOf: () => [],
      },
      readAccrual: (from) => {
        asked.push(from);
        return Promise.resolve({ position: 42, states: [stored] });
      },
      readRewards: () => Promise.resolve([]),
      partitionOf: () => 5,
      newest: () => newest,
      now: () => Date.UTC(2015, 5, 1),
    });
  });

  it('reads the member’s state from the key’s partition, true for its position', async () => {
    expect(await standings.member(name)).toMatchObject({
      standing: { tier: 'blue', month: '2014-12', monthSpend: 6_000_000 },
      position: { topic: 'transactions', partition: 5, offset: 42 },
    });
    expect(asked).toEqual([{ partition: 5, names: ['pacific-place/M-1'] }]);
  });

  it('takes the month of the newest sale seen by anybody, but never a later one than now', async () => {
    newest = Date.UTC(2015, 0, 15);
    const january = await standings.member(name);
    expect(january?.standing).toMatchObject({ month: '2015-01', monthSpend: 0 });
    stored = bought(Date.UTC(2015, 7, 1));
    expect((await standings.member(name))?.standing.month).toBe('2015-06');
  });

  it('explains a transaction, and none that is not known', async () => {
    expect(await standings.explanation(name, 'T-1/2014-12-10/1')).toMatchObject({
      explanation: { type: 'sale', remaining: 6_000_000, counted: { points: { points: 24 } } },
      position: { topic: 'transactions', partition: 5, offset: 42 },
    });
    expect(await standings.explanation(name, 'T-1/2014-12-10/2')).toBeUndefined();
    stored = null;
    expect(await standings.explanation(name, 'T-1/2014-12-10/1')).toBeUndefined();
  });

  it('takes the month asked for', async () => {
    const member = await standings.member(name, Date.UTC(2014, 11, 31, 16));
    expect(member?.standing.month).toBe('2014-12');
    const later = await standings.member(name, Date.UTC(2014, 11, 31, 17));
    expect(later?.standing.month).toBe('2015-01');
  });

  it('knows nobody of whom nothing is stored, and nobody of another programme', async () => {
    stored = null;
    expect(await standings.member(name)).toBeUndefined();
    expect(await standings.member({ ...name, programme: 'polytron' })).toBeUndefined();
  });
});
