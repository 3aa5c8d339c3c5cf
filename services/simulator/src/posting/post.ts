import { transactionIdOf, type Enrolment, type Transaction } from '../mall/records.ts';
import type { LineAnswer } from './gateway-client.ts';
import type { Pace } from './pace.ts';

export interface Gateway {
  enrol(enrolments: readonly Enrolment[]): Promise<void>;
  post(transactions: readonly Transaction[]): Promise<LineAnswer[]>;
}

export interface PostingOptions {
  /** Requests with transactions in flight at once. */
  readonly lanes: number;
  /** Transactions or enrolments in one request. */
  readonly linesMax: number;
  /** Awaited before each request. */
  readonly pace: Pace;
  readonly onPosted?: (posted: { readonly records: number }) => void;
}

export interface Posted {
  readonly enrolments: number;
  readonly accepted: number;
  readonly duplicates: number;
  /** Another content under an id that stands, as the simulation meant it. */
  readonly conflicts: number;
  /** Answers that the simulation did not expect, as the gateway wrote them; at most 20 are kept. */
  readonly surprises: readonly string[];
  readonly surprised: number;
}

const surprisesKept = 20;

interface Lane {
  readonly enrolments: Enrolment[];
  readonly transactions: Transaction[];
}

interface Tally {
  enrolments: number;
  accepted: number;
  duplicates: number;
  conflicts: number;
  surprised: number;
  surprises: string[];
}

/**
 * Sends a day to the gateway. What belongs to one member, or to one terminal's anonymous sales, goes
 * through one lane, one request after the other, so its order is the order in the log; an enrolment
 * goes before the transactions received after it. Lanes know nothing of each other.
 */
export async function postDay(
  gateway: Gateway,
  day: { readonly enrolments: readonly Enrolment[]; readonly transactions: readonly Transaction[] },
  options: PostingOptions,
): Promise<Posted> {
  const lanes = Array.from({ length: options.lanes }, (): Lane => ({
    enrolments: [],
    transactions: [],
  }));
  const laneOf = (key: string): Lane => lanes[hash(key) % lanes.length] as Lane;
  for (const enrolment of day.enrolments) laneOf(enrolment.memberId).enrolments.push(enrolment);
  for (const sent of day.transactions) laneOf(logKeyOf(sent)).transactions.push(sent);

  const meant = conflictsMeant(day.transactions);
  const tally: Tally = {
    enrolments: 0,
    accepted: 0,
    duplicates: 0,
    conflicts: 0,
    surprised: 0,
    surprises: [],
  };
  await Promise.all(
    lanes.map((lane) =>
      postLane({ gateway, lane, options, tally, isConflict: (sent) => meant.has(sent) }),
    ),
  );
  return tally;
}

async function postLane(work: {
  readonly gateway: Gateway;
  readonly lane: Lane;
  readonly options: PostingOptions;
  readonly tally: Tally;
  readonly isConflict: (sent: Transaction) => boolean;
}): Promise<void> {
  const { lane, options, gateway, tally } = work;
  let enrolled = 0;
  const enrolUntil = async (isDue: (enrolment: Enrolment) => boolean): Promise<void> => {
    for (;;) {
      const next: Enrolment[] = [];
      while (next.length < options.linesMax) {
        const enrolment = lane.enrolments[enrolled];
        if (enrolment === undefined || !isDue(enrolment)) break;
        next.push(enrolment);
        enrolled += 1;
      }
      if (next.length === 0) return;
      await options.pace(next.length);
      await gateway.enrol(next);
      tally.enrolments += next.length;
      options.onPosted?.({ records: next.length });
    }
  };
  for (let from = 0; from < lane.transactions.length; from += options.linesMax) {
    const chunk = lane.transactions.slice(from, from + options.linesMax);
    const until = Date.parse(chunk.at(-1)?.receivedAt ?? '');
    await enrolUntil(({ receivedAt }) => Date.parse(receivedAt) <= until);
    await options.pace(chunk.length);
    const answers = await gateway.post(chunk);
    chunk.forEach((sent, index) => {
      const answer = answers[index];
      if (answer === undefined) throw new Error('the gateway answered too few lines');
      count(tally, { answer, meant: work.isConflict(sent) ? 'conflict' : 'record' });
    });
    options.onPosted?.({ records: chunk.length });
  }
  await enrolUntil(() => true);
}

function count(
  tally: Tally,
  sent: { readonly answer: LineAnswer; readonly meant: 'record' | 'conflict' },
): void {
  const { status, text } = sent.answer;
  if (sent.meant === 'conflict' && status === 'conflict') tally.conflicts += 1;
  else if (sent.meant === 'record' && status === 'accepted') tally.accepted += 1;
  else if (sent.meant === 'record' && status === 'duplicate') tally.duplicates += 1;
  else {
    tally.surprised += 1;
    if (tally.surprises.length < surprisesKept) tally.surprises.push(text);
  }
}

/** Those whose id came before with another content. */
function conflictsMeant(transactions: readonly Transaction[]): ReadonlySet<Transaction> {
  const first = new Map<string, Transaction>();
  const meant = new Set<Transaction>();
  for (const sent of transactions) {
    const known = first.get(transactionIdOf(sent));
    if (known === undefined) first.set(transactionIdOf(sent), sent);
    else if (known.amount !== sent.amount) meant.add(sent);
  }
  return meant;
}

/** As the log is keyed: by member; what is anonymous by the terminal of its sale. */
const logKeyOf = (sent: Transaction): string =>
  sent.memberId ?? sent.original?.terminalId ?? sent.terminalId;

function hash(text: string): number {
  let value = 0;
  for (let index = 0; index < text.length; index += 1)
    value = (Math.imul(value, 31) + text.charCodeAt(index)) >>> 0;
  return value;
}
