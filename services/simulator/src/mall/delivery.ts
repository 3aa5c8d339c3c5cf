import type { Random } from '../random/random.ts';
import type { MallClock } from './clock.ts';
import type { SimulationOptions } from './options.ts';
import { drawShortOutages, leavesAt, type Outages } from './outages.ts';
import type { Transaction } from './records.ts';
import type { NumberedTransaction } from './drafts.ts';

/** Milliseconds between the till and the gateway; below a second, so that a till's order stays. */
const transit = { min: 80, max: 950 };
const retryAfter = { min: 1_000, max: 20_000 };
const conflictAfter = { min: 30_000, max: 600_000 };

const dayMs = 86_400_000;
/** Beyond the correction window. */
const tooLateDays = { min: 1, max: 5 };

const conflictAddsAmount = 100;

/** What reaches the gateway, and when, in epoch milliseconds. */
export interface Delivered {
  readonly receivedAt: number;
  readonly transaction: Transaction;
}

export const byReceivedAt = (a: Delivered, b: Delivered): number => a.receivedAt - b.receivedAt;

/** The transactions as they reach the gateway: in the order of receivedAt, repeats included. */
export function deliver(day: {
  readonly options: SimulationOptions;
  readonly clock: MallClock;
  readonly transactions: readonly NumberedTransaction[];
  readonly longOutages: Outages;
  readonly random: Random;
  /** A stream of its own for what is too late. */
  readonly randomLate: Random;
}): Delivered[] {
  const { random, clock, longOutages } = day;
  const { shares, programme } = day.options;
  const shortOutages = drawShortOutages({
    share: shares.offlineTerminals,
    terminals: new Set(day.transactions.map(({ content }) => content.terminalId)),
    clock,
    random,
  });
  const sent: Delivered[] = [];
  const send = (numbered: NumberedTransaction, receivedAt: number) => {
    const occurredAt = clock.format(numbered.occurredAt);
    const transaction = { ...numbered.content, occurredAt, receivedAt: clock.format(receivedAt) };
    sent.push({ receivedAt, transaction });
  };
  for (const numbered of day.transactions) {
    const { content, occurredAt } = numbered;
    const tooLate = content.type !== 'void' && day.randomLate.chance(shares.tooLate);
    const leaves = tooLate
      ? occurredAt + (programme.correctionWindowDays + day.randomLate.integer(tooLateDays)) * dayMs
      : leavesAt(occurredAt, {
          short: shortOutages.get(content.terminalId),
          long: longOutages.get(content.terminalId),
        });
    const receivedAt = leaves + random.integer(transit);
    send(numbered, receivedAt);
    if (random.chance(shares.retries)) send(numbered, receivedAt + random.integer(retryAfter));
    if (content.type === 'sale' && random.chance(shares.conflicts))
      send(altered(numbered), receivedAt + random.integer(conflictAfter));
  }
  return sent.sort(byReceivedAt);
}

function altered({ content, occurredAt }: NumberedTransaction): NumberedTransaction {
  const amount = (content.amount ?? 0) + conflictAddsAmount;
  return { occurredAt, content: { ...content, amount } };
}
