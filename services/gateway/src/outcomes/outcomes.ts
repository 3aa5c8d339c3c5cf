import { setTimeout as pause } from 'node:timers/promises';
import type { Tier, TransactionRecorded } from '@semarak/schemas';
import type { MemberAt, MemberName, Standings } from '../standing/standings.ts';
import type { Outcome } from './outcome.ts';
import type { Facts, OutcomeWaiters, Waiter } from './waiters.ts';

/** How long between two looks at a state that is not as far yet, milliseconds: twice as long each time. */
const lookAgainMs = 5;
const lookAgainMsMax = 160;

/** An outcome that was asked for before its transaction was brought in. */
export interface AwaitedOutcome {
  /**
   * The outcome, or null when it is not known after `withinMs`. A duplicate may have had its outcome
   * long ago: then it is what the sale holds now.
   */
  of(status: 'accepted' | 'duplicate', withinMs: number): Promise<Outcome | null>;
  leave(): void;
}

type OutcomeStandings = Pick<Standings, 'member' | 'rewards' | 'explanation'>;

/** Tells the outcomes of transactions from the derived topics and the workers’ states. */
export class Outcomes {
  readonly #waiters: OutcomeWaiters;
  readonly #standings: OutcomeStandings;
  readonly #onProblem: (error: unknown) => void;

  constructor(parts: {
    waiters: OutcomeWaiters;
    standings: OutcomeStandings;
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
    if (status === 'duplicate') return this.#ofDuplicate(record, waiter, deadline);
    const facts = await within(waiter, deadline);
    return facts === undefined ? null : this.#told(record, facts, deadline);
  }

  /** What is known of it already, or what is told before that is. */
  async #ofDuplicate(
    record: TransactionRecorded,
    waiter: Waiter,
    deadline: number,
  ): Promise<Outcome | null> {
    const told = waiter.facts.then((facts) => ({ facts }));
    for (let pauseMs = lookAgainMs; ; pauseMs = Math.min(2 * pauseMs, lookAgainMsMax)) {
      const known = await this.#known(record);
      const leftMs = deadline - performance.now();
      if (known !== null || leftMs <= 0) return known;
      const news = await Promise.race([told, pause(Math.min(pauseMs, leftMs))]);
      if (news !== undefined)
        return news.facts === undefined ? null : this.#told(record, news.facts, deadline);
    }
  }

  async #told(
    record: TransactionRecorded,
    facts: Facts,
    deadline: number,
  ): Promise<Outcome | null> {
    if (facts.type === 'rejected') return { result: 'rejected', reason: facts.reason };
    const { posted, tickets, gift } = facts;
    const name = memberOf(record);
    if (name !== undefined && posted.transactionId !== record.transactionId)
      return this.#heldAfter(name, posted, deadline);
    return {
      result: 'posted',
      transactionId: posted.transactionId,
      points: posted.points,
      balance: name === undefined ? null : posted.balance,
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
   * What a sale holds once accrual’s state has what a refund or void changed and rewards has followed
   * it; null when time is over before. The events of a correction do not say it: of a number or gift
   * that stays there is none.
   */
  async #heldAfter(
    name: MemberName,
    posted: { readonly transactionId: string; readonly sourceOffset: number },
    deadline: number,
  ): Promise<Outcome | null> {
    for (let pauseMs = lookAgainMs; ; pauseMs = Math.min(2 * pauseMs, lookAgainMsMax)) {
      const member = await this.#standings.member(name);
      if (member !== undefined && member.position.offset > posted.sourceOffset) {
        const held = await this.#held(name, member, posted.transactionId);
        if (held !== null) return held;
      }
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) return null;
      await pause(Math.min(pauseMs, leftMs));
    }
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
    const held = await this.#held(name, member, record.originalId ?? record.transactionId);
    if (held !== null || record.type !== 'void') return held;
    const sale = await this.#saleOfVoid(name, record.transactionId);
    return sale === undefined ? null : this.#held(name, member, sale);
  }

  /** The sale that a void changes: of the void of a refund, the refund’s. */
  async #saleOfVoid(name: MemberName, transactionId: string): Promise<string | undefined> {
    const explained = await this.#standings.explanation(name, transactionId);
    if (explained?.explanation.type !== 'void') return undefined;
    return explained.explanation.sale?.transactionId;
  }

  /** Null also while rewards has not followed accrual: what it says then is of before. */
  async #held(name: MemberName, member: MemberAt, saleId: string): Promise<Outcome | null> {
    const sale = member.standing.transactions.find(({ transactionId }) => transactionId === saleId);
    if (sale === undefined) return null;
    const rewards = await this.#standings.rewards(name);
    const tickets = rewards.tickets.filter(({ transactionId }) => transactionId === saleId);
    const due = sale.tickets.reduce((sum, { count }) => sum + count, 0);
    const gifts = rewards.gifts.filter(({ transactionId }) => transactionId === saleId);
    const granted = gifts.filter(({ status }) => status !== 'returned' && status !== 'claimed');
    const isFollowed =
      tickets.length === due &&
      granted.length === (sale.gift === null ? 0 : 1) &&
      granted.every(({ campaign }) => campaign === sale.gift?.campaign);
    if (!isFollowed) return null;
    const gift = granted[0] ?? gifts.at(-1);
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
