import type { Records, Tier, Typed } from '@semarak/schemas';
import type { TransactionName } from '../duplicates/place.ts';

/** A draw number given for a sale. */
interface IssuedNumber {
  readonly campaign: string;
  readonly number: number;
}

/** What the derived topics tell of one transaction. */
export type Facts =
  | { readonly type: 'rejected'; readonly reason: Records['TransactionRejected']['reason'] }
  | {
      readonly type: 'posted';
      readonly posted: Records['TransactionPosted'];
      /** After the tier changes that this transaction caused; undefined: it caused none. */
      readonly tier: Tier | undefined;
      readonly tickets: readonly IssuedNumber[];
      readonly gift: DecidedGift | undefined;
    };

interface DecidedGift {
  readonly status: 'earned' | 'unavailable';
  readonly value: Records['GiftEarned'] | Records['GiftUnavailable'];
}

export interface Waiter {
  /** Undefined: the waiters were sent home before anything was known. */
  readonly facts: Promise<Facts | undefined>;
  /** Has to be called when nobody waits any more. */
  leave(): void;
}

interface Waiting {
  readonly transactionId: string;
  readonly resolve: (facts: Facts | undefined) => void;
  rejected: Records['TransactionRejected'] | undefined;
  posted: Records['TransactionPosted'] | undefined;
  tier: Tier | undefined;
  /** By campaign and ticket, since an event may come twice. */
  readonly tickets: Map<string, IssuedNumber>;
  gift: DecidedGift | undefined;
}

/**
 * Those who wait for the outcome of a transaction. Nothing is kept of transactions that nobody waits
 * for, and there are never more than `max`.
 */
export class OutcomeWaiters {
  readonly #max: number;
  readonly #byKey = new Map<string, Set<Waiting>>();
  #size = 0;

  constructor(options: { max: number }) {
    this.#max = options.max;
  }

  get size(): number {
    return this.#size;
  }

  /**
   * Begins to wait; to be called before the transaction is brought in, so that its events cannot
   * come first. Undefined: too many wait already.
   */
  enter(name: TransactionName): Waiter | undefined {
    if (this.#size >= this.#max) return undefined;
    let resolve: (facts: Facts | undefined) => void = () => undefined;
    const facts = new Promise<Facts | undefined>((onResolve) => (resolve = onResolve));
    const waiting: Waiting = {
      transactionId: name.transactionId,
      resolve,
      rejected: undefined,
      posted: undefined,
      tier: undefined,
      tickets: new Map(),
      gift: undefined,
    };
    const key = keyOf(name);
    const beside = this.#byKey.get(key);
    if (beside === undefined) this.#byKey.set(key, new Set([waiting]));
    else beside.add(waiting);
    this.#size++;
    return { facts, leave: () => this.#leave(key, waiting) };
  }

  /** Takes in events that lie together in the log; who knows enough after them stops waiting. */
  observe(events: readonly Typed[]): void {
    const touched = new Set<Waiting>();
    for (const event of events) {
      const id = concernedBy(event);
      if (id === undefined) continue;
      for (const waiting of this.#byKey.get(keyOf(id)) ?? []) {
        take(waiting, event);
        touched.add(waiting);
      }
    }
    for (const waiting of touched) {
      const facts = factsOf(waiting);
      if (facts !== undefined) waiting.resolve(facts);
    }
  }

  /** Sends everybody home; what is known by then is not told. */
  close(): void {
    for (const beside of this.#byKey.values())
      for (const waiting of beside) waiting.resolve(undefined);
  }

  #leave(key: string, waiting: Waiting): void {
    const beside = this.#byKey.get(key);
    if (beside?.delete(waiting) !== true) return;
    this.#size--;
    if (beside.size === 0) this.#byKey.delete(key);
    waiting.resolve(undefined);
  }
}

/** The transaction whose outcome an event belongs to: its cause, or the sale that a reward is for. */
function concernedBy(event: Typed): TransactionName | undefined {
  switch (event.type) {
    case 'TransactionPosted':
    case 'TierChanged':
      return { programme: event.value.programme, transactionId: event.value.cause };
    case 'TransactionRejected':
    case 'DrawTicketIssued':
    case 'GiftEarned':
    case 'GiftUnavailable':
      return event.value;
    default:
      return undefined;
  }
}

function take(waiting: Waiting, event: Typed): void {
  switch (event.type) {
    case 'TransactionPosted':
      if (concerns(waiting, event.value)) waiting.posted = event.value;
      return;
    case 'TierChanged':
      waiting.tier = event.value.toTier;
      return;
    case 'TransactionRejected':
      waiting.rejected = event.value;
      return;
    case 'DrawTicketIssued': {
      const { campaign, number, ticket } = event.value;
      waiting.tickets.set(`${campaign}/${ticket}`, { campaign, number });
      return;
    }
    case 'GiftEarned':
      waiting.gift = { status: 'earned', value: event.value };
      return;
    case 'GiftUnavailable':
      waiting.gift = { status: 'unavailable', value: event.value };
      return;
    default:
      return;
  }
}

/**
 * Of the postings that one transaction causes, its own sale’s counts; a refund or void has none of its
 * own, and the first one, its sale’s, is taken.
 */
const concerns = (waiting: Waiting, posted: Records['TransactionPosted']): boolean =>
  waiting.posted === undefined || posted.transactionId === waiting.transactionId;

/** Undefined while something is still to come. */
function factsOf(waiting: Waiting): Facts | undefined {
  const { rejected, posted, tickets, gift } = waiting;
  if (rejected !== undefined) return { type: 'rejected', reason: rejected.reason };
  if (posted === undefined) return undefined;
  const own = posted.transactionId === waiting.transactionId;
  const complete = tickets.size >= posted.tickets && (posted.gift === null || gift !== undefined);
  if (own && !complete) return undefined;
  return {
    type: 'posted',
    posted,
    tier: waiting.tier,
    tickets: [...tickets.values()],
    gift,
  };
}

/** Unique among all programmes: ids hold no `/`. */
const keyOf = (name: TransactionName): string => `${name.programme}/${name.transactionId}`;
