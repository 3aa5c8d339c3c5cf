import { isoDate } from '@semarak/schemas';
import { createRandom } from '../random/random.ts';
import type { Enrolment, SimulatedDay, Transaction } from './records.ts';

const dayMs = 86_400_000;

type Sent = { readonly sentAt: number } & (
  { readonly enrolment: Enrolment } | { readonly transaction: Transaction }
);

/**
 * The same records in another order of sending, enrolments included. Each is held back by up to
 * `heldDaysMax`, so none is sent when one is out whose receivedAt is further ahead than that. Days are
 * those on which the records are sent (UTC). The seed decides the order.
 */
export function shuffledDays(
  days: Iterable<SimulatedDay>,
  order: { readonly seed: number; readonly heldDaysMax: number },
): SimulatedDay[] {
  const random = createRandom({ seed: order.seed, label: 'shuffle' });
  const sentAt = ({ receivedAt }: { readonly receivedAt: string }) =>
    Date.parse(receivedAt) + Math.floor(random.uniform() * order.heldDaysMax * dayMs);
  const sent: Sent[] = [];
  for (const { enrolments, transactions } of days) {
    for (const enrolment of enrolments) sent.push({ enrolment, sentAt: sentAt(enrolment) });
    for (const transaction of transactions) sent.push({ transaction, sentAt: sentAt(transaction) });
  }
  sent.sort((a, b) => a.sentAt - b.sentAt);

  const shuffled = new Map<string, { enrolments: Enrolment[]; transactions: Transaction[] }>();
  for (const one of sent) {
    const day = isoDate(Math.floor(one.sentAt / dayMs));
    const lists = shuffled.get(day) ?? { enrolments: [], transactions: [] };
    shuffled.set(day, lists);
    if ('enrolment' in one) lists.enrolments.push(one.enrolment);
    else lists.transactions.push(one.transaction);
  }
  return [...shuffled].map(([day, lists]) => ({ day, ...lists }));
}
