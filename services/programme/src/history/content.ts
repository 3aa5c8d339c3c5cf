import type { TransactionRecorded } from '@semarak/schemas';
import type { Correction, Sale } from './state.ts';

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
  digestOf(record, { kind: record.type, named: record.originalId });

export const heldDigest = (held: Sale | Correction): number =>
  digestOf(held, { kind: held.kind, named: held.kind === 'sale' ? null : held.originalId });

function digestOf(
  record: Pick<
    TransactionRecorded,
    'tenantId' | 'businessDay' | 'amount' | 'currency' | 'occurredAt'
  >,
  of: { readonly kind: string; readonly named: string | null },
): number {
  const numbers = `${String(record.businessDay)}\n${String(record.amount)}\n${String(record.occurredAt)}`;
  const named = of.kind === 'sale' ? '' : (of.named ?? '');
  return digest53(
    `${of.kind}\n${numbers}\n${record.tenantId ?? ''}\n${record.currency ?? ''}\n${named}`,
  );
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
