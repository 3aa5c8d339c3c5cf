import type { TransactionRecorded } from '@semarak/schemas';
import type { Correction, Sale } from './state.ts';

/** What makes two records of one id the same: everything but receivedAt. */
interface Content {
  readonly kind: string;
  readonly tenantId: string | null;
  readonly businessDay: number;
  readonly amount: number;
  readonly currency: string | null;
  readonly occurredAt: number;
  readonly originalId: string | null;
}

const contentOfRecord = (record: TransactionRecorded): Content => ({
  kind: record.type,
  tenantId: record.tenantId,
  businessDay: record.businessDay,
  amount: record.amount,
  currency: record.currency,
  occurredAt: record.occurredAt,
  originalId: record.originalId,
});

const contentOfHeld = (held: Sale | Correction): Content =>
  held.kind === 'sale' ? { ...held, originalId: null } : held;

/** Whether a record that arrives is a copy of the one held under its id. */
export function isCopy(held: Sale | Correction, record: TransactionRecorded): boolean {
  return (
    held.kind === record.type &&
    held.amount === record.amount &&
    held.occurredAt === record.occurredAt &&
    held.businessDay === record.businessDay &&
    held.tenantId === record.tenantId &&
    held.currency === record.currency &&
    (held.kind === 'sale' || held.originalId === record.originalId)
  );
}

/**
 * A digest of a record’s content in 53 bits; receivedAt is not content. Tells apart the records of
 * one id; it is the `content` of TransactionRejected.
 */
export const contentDigest = (record: TransactionRecorded): number =>
  digestOf(contentOfRecord(record));

export const heldDigest = (held: Sale | Correction): number => digestOf(contentOfHeld(held));

function digestOf(content: Content): number {
  const { kind, tenantId, businessDay, amount, currency, occurredAt, originalId } = content;
  const text = JSON.stringify([
    kind,
    tenantId,
    businessDay,
    amount,
    currency,
    occurredAt,
    kind === 'sale' ? null : originalId,
  ]);
  return digest53(text);
}

/** cyrb53 (public domain, bryc): 53 well mixed bits; no defence against an adversary. */
export function digest53(text: string): number {
  let h1 = 0xdeadbeef;
  let h2 = 0x41c6ce57;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    h1 = Math.imul(h1 ^ unit, 2654435761);
    h2 = Math.imul(h2 ^ unit, 1597334677);
  }
  h1 = Math.imul(h1 ^ (h1 >>> 16), 2246822507) ^ Math.imul(h2 ^ (h2 >>> 13), 3266489909);
  h2 = Math.imul(h2 ^ (h2 >>> 16), 2246822507) ^ Math.imul(h1 ^ (h1 >>> 13), 3266489909);
  return 4294967296 * (2097151 & h2) + (h1 >>> 0);
}
