import { describe, expect, it } from 'vitest';
import type { Committed, Offsets, Round } from './round.ts';
import { lagRecords, Samples } from './samples.ts';

/** One partition of each topic: ends, and what has been taken in. */
interface Flow {
  readonly transactions: number;
  readonly members: number;
  readonly accrual: number;
  readonly loyaltyEvents: number;
  readonly entitlements: number;
  readonly rewards: number;
  readonly rewardEvents: number;
  /** Of transactions, members, loyalty-events and reward-events. */
  readonly projected: readonly [number, number, number, number];
}

const settled: Flow = {
  transactions: 10,
  members: 4,
  accrual: 10,
  loyaltyEvents: 20,
  entitlements: 3,
  rewards: 3,
  rewardEvents: 5,
  projected: [10, 4, 20, 5],
};

const later: Flow = {
  transactions: 11,
  members: 5,
  accrual: 11,
  loyaltyEvents: 21,
  entitlements: 4,
  rewards: 4,
  rewardEvents: 6,
  projected: [11, 5, 21, 6],
};

const committed = (offsets: Readonly<Record<string, number>>): Committed =>
  new Map(Object.entries(offsets).map(([place, offset]) => [place, { offset, metadata: '' }]));

const roundOf = (at: number, flow: Flow): Round => ({
  at,
  sourceEnds: new Map([
    ['transactions/0', flow.transactions],
    ['members/0', flow.members],
  ]),
  accrual: committed({ 'transactions/0': flow.accrual }),
  derivedEnds: new Map([
    ['loyalty-events/0', flow.loyaltyEvents],
    ['entitlements/0', flow.entitlements],
  ]),
  rewards: committed({ 'entitlements/0': flow.rewards }),
  rewardEnds: new Map([['reward-events/0', flow.rewardEvents]]),
  projector: new Map(),
});

const projectedOf = ({ projected }: Flow): Offsets =>
  new Map([
    ['transactions/0', projected[0]],
    ['members/0', projected[1]],
    ['loyalty-events/0', projected[2]],
    ['reward-events/0', projected[3]],
  ]);

class Seen {
  readonly #samples: Samples;
  constructor(limits = { everyMs: 1, samplesMax: 100 }) {
    this.#samples = new Samples(limits);
  }
  at(at: number, flow: Flow): number | undefined {
    return this.#samples.observe(roundOf(at, flow), projectedOf(flow));
  }
}

describe('complete up to', () => {
  it('is the moment of the question while all have taken in everything', () => {
    const seen = new Seen();
    expect(seen.at(100, settled)).toBe(100);
    expect(seen.at(200, settled)).toBe(200);
  });

  it.each<[string, Partial<Flow>]>([
    ['accrual', { transactions: 11, projected: [11, 4, 20, 5] }],
    ['rewards', { entitlements: 4 }],
    ['the projector on transactions', { transactions: 11, accrual: 11 }],
    ['the projector on members', { members: 5 }],
    ['the projector on loyalty-events', { loyaltyEvents: 21 }],
    ['the projector on reward-events', { rewardEvents: 6 }],
  ])('stands still while %s is behind, and goes on after that', (_who, behind) => {
    const seen = new Seen();
    expect(seen.at(100, settled)).toBe(100);
    for (const at of [200, 300]) expect(seen.at(at, { ...settled, ...behind })).toBe(100);
    expect(seen.at(400, later)).toBe(400);
  });

  it('is not known after a start with a lag', () => {
    const seen = new Seen();
    expect(seen.at(100, { ...settled, accrual: 9 })).toBeUndefined();
    expect(seen.at(200, settled)).toBe(200);
  });

  it('waits for what accrual writes of a record after it was noted', () => {
    const seen = new Seen();
    const arrived = { ...settled, transactions: 11, projected: [11, 4, 20, 5] as const };
    expect(seen.at(100, arrived)).toBeUndefined();
    // Accrual has it now, and has written one event of it.
    const folded = { ...arrived, accrual: 11, loyaltyEvents: 21 };
    expect(seen.at(200, folded)).toBeUndefined();
    expect(seen.at(300, { ...folded, projected: [11, 4, 21, 5] })).toBe(300);
  });

  it('waits for what rewards writes of an entitlement', () => {
    const seen = new Seen();
    const entitled = { ...settled, entitlements: 4 };
    expect(seen.at(100, entitled)).toBeUndefined();
    const numbered = { ...entitled, rewards: 4, rewardEvents: 6 };
    expect(seen.at(200, numbered)).toBeUndefined();
    expect(seen.at(300, { ...numbered, projected: [10, 4, 20, 6] })).toBe(300);
  });

  it('moves on under a load that is never taken in whole', () => {
    const seen = new Seen();
    const told: (number | undefined)[] = [];
    for (let step = 0; step < 10; step++) {
      // Everybody is one round behind.
      const n = (behind: number): number => Math.max(0, 10 * (step - behind));
      const flow: Flow = {
        transactions: n(0),
        members: n(0),
        accrual: n(1),
        loyaltyEvents: n(1),
        entitlements: n(1),
        rewards: n(2),
        rewardEvents: n(2),
        projected: [n(3), n(3), n(3), n(3)],
      };
      told.push(seen.at(step, flow));
    }
    const known = told.filter((at) => at !== undefined);
    expect(known.at(-1)).toBeGreaterThanOrEqual(5);
    expect(known.at(-1)).toBeLessThanOrEqual(6);
    expect([...known].sort((a, b) => a - b)).toEqual(known);
  });

  it('is taken back when another database has not come as far', () => {
    const seen = new Seen();
    expect(seen.at(100, settled)).toBe(100);
    const swapped: Flow = { ...settled, projected: [8, 4, 18, 5] };
    expect(seen.at(200, swapped)).toBeUndefined();
    expect(seen.at(300, settled)).toBe(300);
  });

  it('forgets every second note when there are too many, never the first', () => {
    const seen = new Seen({ everyMs: 1, samplesMax: 4 });
    expect(seen.at(100, settled)).toBe(100);
    for (let at = 101; at < 200; at++)
      expect(seen.at(at, { ...settled, transactions: at, accrual: 9 })).toBe(100);
    expect(seen.at(200, { ...settled, accrual: 200, projected: [200, 4, 20, 5] })).toBe(200);
  });
});

it('the lag counts a record once for each who has yet to take it in', () => {
  const flow: Flow = { ...settled, transactions: 13, rewards: 1, projected: [9, 4, 20, 5] };
  // Accrual 3, rewards 2, the projector 4.
  expect(lagRecords(roundOf(0, flow), projectedOf(flow))).toBe(9);
  expect(lagRecords(roundOf(0, settled), projectedOf(settled))).toBe(0);
});
