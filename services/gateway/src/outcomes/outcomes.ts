import { setTimeout as pause } from 'node:timers/promises';
import type { Tier, TransactionRecorded } from '@semarak/schemas';
import type { MemberAt, MemberName, Standings } from '../standing/standings.ts';
import type { Outcome } from './outcome.ts';
import type { Facts, OutcomeWaiters, Waiter } from './waiters.ts';

/** How long between two looks at a member whose newest record is not committed yet, milliseconds. */
const lookAgainMs = 5;

/** An outcome that was asked for before its transaction was brought in. */
export interface AwaitedOutcome {
  /**
   * The outcome, or null when it is not known after `withinMs`. A duplicate may have had its outcome
   * long ago: then it is what the sale holds now.
   */
  of(status: 'accepted' | 'duplicate', withinMs: number): Promise<Outcome | null>;
  leave(): void;
}

/** Tells the outcomes of transactions from the derived topics and the workers’ states. */
export class Outcomes {
  readonly #waiters: OutcomeWaiters;
  readonly #standings: Pick<Standings, 'member' | 'rewards'>;

  readonly #onProblem: (error: unknown) => void;

  constructor(parts: {
    waiters: OutcomeWaiters;
    standings: Pick<Standings, 'member' | 'rewards'>;
    /** What kept an outcome from being told; the transaction is in the log all the same. */
    onProblem: (error: unknown) => void;
  }) {
    this.#waiters = parts.waiters;
    this.#standings = parts.standings;
    this.#onProblem = parts.onProblem;
  }

  /** To be called before the transaction is brought in. Undefined: too many wait already. */
  expect(record: TransactionRecorded): AwaitedOutcome | undefined {
    const waiter = this.#waiters.enter(record);
    if (waiter === undefined) return undefined;
    return {
      leave: () => waiter.leave(),
      of: async (status, withinMs) => {
        try {
          return await this.#outcome({ record, waiter, status }, performance.now() + withinMs);
        } catch (error) {
          this.#onProblem(error);
          return null;
        }
      },
    };
  }

  async #outcome(
    of: { record: TransactionRecorded; waiter: Waiter; status: 'accepted' | 'duplicate' },
    deadline: number,
  ): Promise<Outcome | null> {
    const { record, waiter, status } = of;
    if (status === 'duplicate') {
      const known = await this.#known(record);
      if (known !== null) return known;
    }
    const facts = await within(waiter, deadline);
    if (facts !== undefined) return this.#told(record, facts, deadline);
    return status === 'duplicate' ? this.#known(record) : null;
  }

  async #told(record: TransactionRecorded, facts: Facts, deadline: number): Promise<Outcome> {
    if (facts.type === 'rejected') return { result: 'rejected', reason: facts.reason };
    const { posted, tickets, gift } = facts;
    const anonymous = record.memberId === null;
    return {
      result: 'posted',
      transactionId: posted.transactionId,
      points: posted.points,
      balance: anonymous ? null : posted.balance,
      tier: facts.tier ?? (await this.#tierAfter(record, posted.sourceOffset, deadline)),
      tickets: tickets.map(({ campaign, number }) => ({ draw: campaign, number })),
      gift:
        gift === undefined
          ? null
          : {
              giftId: gift.value.giftId,
              gift: gift.value.gift,
              edition: gift.value.edition,
              status: gift.status,
            },
      parking: posted.parking,
    };
  }

  /**
   * The member’s tier once the state holds the record at `offset`: events are written before the
   * state, and a record just before this one may have moved the tier. When time is over, as it
   * stands then.
   */
  async #tierAfter(
    record: TransactionRecorded,
    offset: number,
    deadline: number,
  ): Promise<Tier | null> {
    const name = memberOf(record);
    if (name === undefined) return null;
    for (;;) {
      const member = await this.#standings.member(name);
      const current = member !== undefined && member.position.offset > offset;
      if (current || performance.now() >= deadline) return member?.standing.tier ?? 'none';
      await pause(lookAgainMs);
    }
  }

  /** What the member’s state says of a transaction that is in the log; null when it says nothing. */
  async #known(record: TransactionRecorded): Promise<Outcome | null> {
    const name = memberOf(record);
    const member = name === undefined ? undefined : await this.#standings.member(name);
    if (name === undefined || member === undefined) return null;
    const refused = member.standing.refusals.find(
      ({ transactionId }) => transactionId === record.transactionId,
    );
    if (refused !== undefined) return { result: 'rejected', reason: refused.reason };
    return this.#held(name, member, record.originalId ?? record.transactionId);
  }

  async #held(name: MemberName, member: MemberAt, saleId: string): Promise<Outcome | null> {
    const sale = member.standing.transactions.find(({ transactionId }) => transactionId === saleId);
    if (sale === undefined) return null;
    const rewards = await this.#standings.rewards(name);
    const tickets = rewards.tickets.filter(({ transactionId }) => transactionId === saleId);
    const gift = rewards.gifts.findLast(({ transactionId }) => transactionId === saleId);
    const due = sale.tickets.reduce((sum, { count }) => sum + count, 0);
    if (tickets.length < due || (sale.gift !== null && gift === undefined)) return null;
    return {
      result: 'posted',
      transactionId: saleId,
      points: sale.points,
      balance: member.standing.points,
      tier: member.standing.tier,
      tickets: tickets.map(({ campaign, number }) => ({ draw: campaign, number })),
      gift:
        gift === undefined
          ? null
          : {
              giftId: gift.giftId,
              gift: gift.gift,
              edition: gift.edition,
              status: gift.status,
            },
      parking: sale.parking,
    };
  }
}

const memberOf = ({ programme, memberId }: TransactionRecorded): MemberName | undefined =>
  memberId === null ? undefined : { programme, memberId };

/** What the waiter is told until then; it leaves when time is over. */
async function within(waiter: Waiter, deadline: number): Promise<Facts | undefined> {
  const timer = setTimeout(() => waiter.leave(), Math.max(0, deadline - performance.now()));
  try {
    return await waiter.facts;
  } finally {
    clearTimeout(timer);
  }
}
