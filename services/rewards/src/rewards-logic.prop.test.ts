import { rewardsOfMember } from '@semarak/schemas';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { announced, giftRecord, handedOver, RewardsRun, ticketRecord } from './rewards-run.ts';

const members = ['a', 'b', 'c'] as const;
const action = fc.record({
  memberId: fc.constantFrom(...members),
  sale: fc.integer({ min: 0, max: 4 }),
  ticket: fc.integer({ min: 0, max: 2 }),
});

/** Grants a right that is not there and takes back one that is: all that accrual can send. */
function toggle(held: Set<string>, key: string): 'granted' | 'withdrawn' {
  if (held.delete(key)) return 'withdrawn';
  held.add(key);
  return 'granted';
}

it('numbers run 1 to n once each, whatever is earned and forfeited between', () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 120 }), (actions) => {
      const run = new RewardsRun();
      const held = new Set<string>();
      for (const of of actions) {
        const change = toggle(held, JSON.stringify(of));
        run.apply(
          ticketRecord(change === 'granted' ? 'DrawTicketEarned' : 'DrawTicketForfeited', of),
        );
      }
      const issued = run.events.filter(({ type }) => type === 'DrawTicketIssued');
      const numbers = issued.map(({ value }) => ('number' in value ? value.number : 0));
      expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    }),
  );
});

it('a member holds the numbers issued and not voided, and one for each right', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 80 }), async (actions) => {
      const run = new RewardsRun();
      const held = new Set<string>();
      const standing = new Map<number, string>();
      for (const of of actions) {
        const change = toggle(held, JSON.stringify(of));
        const type = change === 'granted' ? 'DrawTicketEarned' : 'DrawTicketForfeited';
        for (const { value } of run.apply(ticketRecord(type, of))) {
          if (!('number' in value)) continue;
          if (change === 'granted') standing.set(value.number, of.memberId);
          else expect(standing.delete(value.number)).toBe(true);
        }
      }
      expect(standing.size).toBe(held.size);
      for (const memberId of members) {
        const of = { programme: 'mall', memberId, campaigns: ['draw'] };
        const { tickets } = await rewardsOfMember(of, run.read);
        const expected = [...standing].flatMap(([n, owner]) => (owner === memberId ? [n] : []));
        expect(tickets.map(({ number }) => number).sort((a, b) => a - b)).toEqual(expected);
      }
    }),
  );
});

const giftAction = fc.oneof(
  { weight: 3, arbitrary: fc.record({ type: fc.constant('right' as const), of: action }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('handOver' as const),
      memberId: fc.constantFrom(...members),
      serial: fc.integer({ min: 1, max: 12 }),
    }),
  },
);

/** A desk hands over only what waits there; `late` also what has just been withdrawn. */
const stockProperty = (desk: 'prompt' | 'late') =>
  fc.asyncProperty(
    fc.integer({ min: 0, max: 5 }),
    fc.array(giftAction, { maxLength: 60 }),
    async (stock, actions) => {
      const run = new RewardsRun();
      run.apply(announced({ stock }));
      const held = new Set<string>();
      for (const step of actions) {
        if (step.type === 'right') {
          const change = toggle(held, `${step.of.memberId} ${String(step.of.sale)}`);
          run.apply(giftRecord(change === 'granted' ? 'GiftEntitled' : 'GiftWithdrawn', step.of));
        } else {
          const before = (await giftsOf(run)).find(({ serial }) => serial === step.serial);
          if (desk === 'prompt' && before?.status === 'returned') continue;
          run.apply(handedOver(step));
          const once = run.snapshot();
          expect(run.apply(handedOver(step))).toEqual([]);
          expect(run.snapshot()).toEqual(once);
        }
        const out = (await giftsOf(run)).filter(({ status }) =>
          ['earned', 'handed_over', 'claimed'].includes(status),
        ).length;
        if (desk === 'prompt') expect(out).toBeLessThanOrEqual(stock);
        const told = run.events.at(-1)?.value;
        if (step.type === 'right' && told !== undefined && 'stockLeft' in told)
          expect(told.stockLeft).toBe(Math.max(0, stock - out));
      }
    },
  );

async function giftsOf(run: RewardsRun) {
  const all = await Promise.all(
    members.map((memberId) =>
      rewardsOfMember({ programme: 'mall', memberId, campaigns: ['bear'] }, run.read),
    ),
  );
  return all.flatMap(({ gifts }) => gifts);
}

it('stock = left + earned + claimed at every moment', async () => {
  await fc.assert(stockProperty('prompt'));
});

it('a hand-over after the withdrawal is counted out of stock, and a second one changes nothing', async () => {
  await fc.assert(stockProperty('late'));
});
