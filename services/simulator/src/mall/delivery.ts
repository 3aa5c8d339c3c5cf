import type { Random } from '../random/random.ts';
import type { MallClock } from './clock.ts';
import type { SimulationOptions } from './options.ts';
import type { Transaction } from './records.ts';
import type { NumberedTransaction } from './drafts.ts';

/** Milliseconds between the till and the gateway; below a second, so that a till's order stays. */
const transit = { min: 80, max: 950 };
const retryAfter = { min: 1_000, max: 20_000 };
const conflictAfter = { min: 30_000, max: 600_000 };

/** When a terminal loses its line and for how long, in seconds. */
const outageFrom = { min: 10.5 * 3600, max: 20 * 3600 };
const outageLasts = { min: 1_800, max: 7_200 };

const conflictAddsAmount = 100;

/** The transactions as they reach the gateway: in the order of receivedAt, repeats included. */
export function deliver(day: {
  readonly options: SimulationOptions;
  readonly clock: MallClock;
  readonly transactions: readonly NumberedTransaction[];
  readonly random: Random;
}): Transaction[] {
  const { random, clock } = day;
  const { shares } = day.options;
  const outages = drawOutages(day);
  const sent: { readonly receivedAt: number; readonly transaction: Transaction }[] = [];
  const send = (numbered: NumberedTransaction, receivedAt: number) => {
    const occurredAt = clock.format(numbered.occurredAt);
    const transaction = { ...numbered.content, occurredAt, receivedAt: clock.format(receivedAt) };
    sent.push({ receivedAt, transaction });
  };
  for (const numbered of day.transactions) {
    const { content, occurredAt } = numbered;
    const outage = outages.get(content.terminalId);
    const offline = outage !== undefined && occurredAt >= outage.from && occurredAt < outage.until;
    const receivedAt = (offline ? outage.until : occurredAt) + random.integer(transit);
    send(numbered, receivedAt);
    if (random.chance(shares.retries)) send(numbered, receivedAt + random.integer(retryAfter));
    if (content.type === 'sale' && random.chance(shares.conflicts))
      send(altered(numbered), receivedAt + random.integer(conflictAfter));
  }
  return sent.sort((a, b) => a.receivedAt - b.receivedAt).map(({ transaction }) => transaction);
}

interface Outage {
  readonly from: number;
  readonly until: number;
}

function drawOutages(day: {
  readonly options: SimulationOptions;
  readonly clock: MallClock;
  readonly transactions: readonly NumberedTransaction[];
  readonly random: Random;
}): ReadonlyMap<string, Outage> {
  const outages = new Map<string, Outage>();
  for (const terminal of new Set(day.transactions.map(({ content }) => content.terminalId))) {
    if (!day.random.chance(day.options.shares.offlineTerminals)) continue;
    const from = day.random.integer(outageFrom);
    const until = from + day.random.integer(outageLasts);
    outages.set(terminal, {
      from: day.clock.instantOf(from),
      until: day.clock.instantOf(until),
    });
  }
  return outages;
}

function altered({ content, occurredAt }: NumberedTransaction): NumberedTransaction {
  const amount = (content.amount ?? 0) + conflictAddsAmount;
  return { occurredAt, content: { ...content, amount } };
}
