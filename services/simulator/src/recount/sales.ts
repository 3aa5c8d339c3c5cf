import type { ProgrammeDocument } from '@semarak/schemas';
import { transactionIdOf, type Transaction } from '../mall/records.ts';
import { localMinute } from './mall-time.ts';

/** A sale as it stands after its refunds and voids. */
export interface StandingSale {
  readonly transactionId: string;
  readonly memberId: string | undefined;
  readonly tenantId: string;
  /** YYYY-MM-DD. */
  readonly businessDay: string;
  /** Epoch milliseconds. */
  readonly occurredAt: number;
  readonly amount: number;
  /** 0 when it was voided or given back in full. */
  readonly remaining: number;
}

export type Refusal = 'no_programme_in_force' | 'too_late' | 'sale_voided' | 'refund_exceeds_sale';

export interface Sales {
  /** What was sent, by transaction id; of several contents the first, with its earliest receivedAt. */
  readonly records: ReadonlyMap<string, Transaction>;
  /** In the order of occurredAt and transaction id; refused ones are left out. */
  readonly sales: readonly StandingSale[];
  readonly refused: ReadonlyMap<string, Refusal>;
}

const dayMs = 86_400_000;

const receivedAt = (record: Transaction): number => Date.parse(record.receivedAt);

/**
 * What remains of each sale. A record that comes when the correction window of its sale is over is
 * refused, whatever it would have done.
 */
export function standingSales(day: {
  readonly transactions: Iterable<Transaction>;
  readonly programme: ProgrammeDocument;
}): Sales {
  const records = new Map<string, Transaction>();
  for (const transaction of day.transactions) {
    const id = transactionIdOf(transaction);
    const known = records.get(id);
    if (known === undefined) records.set(id, transaction);
    else if (known.amount === transaction.amount && receivedAt(transaction) < receivedAt(known))
      records.set(id, transaction);
  }
  const windowMs = day.programme.correctionWindowDays * dayMs;
  const targetOf = ({ original }: Transaction): Transaction | undefined =>
    original === undefined ? undefined : records.get(transactionIdOf(original));
  /** The record's sale, of a refund's void the refund's; the record itself while none is known. */
  const concernedBy = (record: Transaction): Transaction => {
    const target = targetOf(record);
    const sale = target?.type === 'refund' ? targetOf(target) : target;
    return sale?.type === 'sale' ? sale : record;
  };
  const isLate = (record: Transaction): boolean =>
    receivedAt(record) - Date.parse(concernedBy(record).occurredAt) > windowMs;
  /** What names something refused has nothing to change, and is not refused itself. */
  const waits = (record: Transaction): boolean => {
    const target = targetOf(record);
    return target !== undefined && (isLate(target) || isLate(concernedBy(record)));
  };

  const refused = new Map<string, Refusal>();
  const voided = new Set<string>();
  const refundsOf = new Map<string, Transaction[]>();
  for (const record of records.values()) {
    if (record.original === undefined) continue;
    if (waits(record)) continue;
    if (isLate(record)) {
      refused.set(transactionIdOf(record), 'too_late');
      continue;
    }
    const target = transactionIdOf(record.original);
    if (record.type === 'void' && records.get(target)?.type !== 'void') voided.add(target);
    if (record.type === 'refund') refundsOf.set(target, [...(refundsOf.get(target) ?? []), record]);
  }

  const sales: StandingSale[] = [];
  for (const [transactionId, sale] of records) {
    if (sale.type !== 'sale') continue;
    if (sale.tenantId === undefined || sale.amount === undefined)
      throw new Error(`the sale ${transactionId} has no tenant or no amount`);
    if (localMinute(sale.occurredAt, day.programme.timeZone) < day.programme.effectiveFrom) {
      refused.set(transactionId, 'no_programme_in_force');
      continue;
    }
    if (isLate(sale)) {
      refused.set(transactionId, 'too_late');
      continue;
    }
    let remaining = voided.has(transactionId) ? 0 : sale.amount;
    for (const refund of inOrder(refundsOf.get(transactionId) ?? [])) {
      const refundId = transactionIdOf(refund);
      if (refund.amount === undefined) throw new Error(`the refund ${refundId} has no amount`);
      if (voided.has(refundId)) continue;
      if (voided.has(transactionId)) refused.set(refundId, 'sale_voided');
      else if (refund.amount > remaining) refused.set(refundId, 'refund_exceeds_sale');
      else remaining -= refund.amount;
    }
    sales.push({
      transactionId,
      memberId: sale.memberId,
      tenantId: sale.tenantId,
      businessDay: sale.businessDay,
      occurredAt: Date.parse(sale.occurredAt),
      amount: sale.amount,
      remaining,
    });
  }
  sales.sort((a, b) => a.occurredAt - b.occurredAt || compare(a.transactionId, b.transactionId));
  return { records, sales, refused };
}

const inOrder = (refunds: readonly Transaction[]): Transaction[] =>
  [...refunds].sort(
    (a, b) =>
      Date.parse(a.occurredAt) - Date.parse(b.occurredAt) ||
      compare(transactionIdOf(a), transactionIdOf(b)),
  );

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
