import assert from 'node:assert/strict';
import type { DrawCounter, MemberTickets, Records, SaleTickets } from '@semarak/schemas';

type Right = Pick<Records['DrawTicketEarned'], 'transactionId' | 'ticket'>;

/** What a decision about one ticket leaves behind. */
interface TicketDecision {
  readonly counter: DrawCounter;
  readonly holding: MemberTickets;
  readonly number: number;
}

export const noNumberIssued: DrawCounter = { type: 'draw', issued: 0 };
export const noTickets: MemberTickets = { type: 'tickets', sales: [] };

/** Gives the draw's next number. Throws when the right has a number already: accrual has erred. */
export function issueTicket(
  before: { counter: DrawCounter; holding: MemberTickets },
  { transactionId, ticket }: Right,
): TicketDecision {
  const { sale, others } = saleIn(before.holding, transactionId);
  assert(
    sale.tickets.every((held) => held.ticket !== ticket),
    `ticket ${ticket} of ${transactionId} was earned twice`,
  );
  const number = before.counter.issued + 1;
  const tickets = [...sale.tickets, { ticket, number }];
  return {
    counter: { ...before.counter, issued: number },
    holding: { type: 'tickets', sales: [...others, { transactionId, tickets }] },
    number,
  };
}

/**
 * Takes a right's number out of the draw; the counter stands, so the number never comes again.
 * Throws when the right has no number: accrual has erred.
 */
export function voidTicket(
  before: { counter: DrawCounter; holding: MemberTickets },
  { transactionId, ticket }: Right,
): TicketDecision {
  const { sale, others } = saleIn(before.holding, transactionId);
  const voided = sale.tickets.find((held) => held.ticket === ticket);
  assert(voided, `ticket ${ticket} of ${transactionId} was forfeited but never earned`);
  const tickets = sale.tickets.filter((held) => held !== voided);
  return {
    counter: before.counter,
    holding: {
      type: 'tickets',
      sales: tickets.length === 0 ? others : [...others, { transactionId, tickets }],
    },
    number: voided.number,
  };
}

function saleIn(
  { sales }: MemberTickets,
  transactionId: string,
): { sale: SaleTickets; others: readonly SaleTickets[] } {
  const sale = sales.find((entry) => entry.transactionId === transactionId);
  if (sale === undefined) return { sale: { transactionId, tickets: [] }, others: sales };
  return { sale, others: sales.filter((entry) => entry !== sale) };
}
