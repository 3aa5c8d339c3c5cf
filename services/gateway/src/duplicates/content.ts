import { hash } from 'node:crypto';
import type { TransactionRecorded } from '@semarak/schemas';

/** Eight bytes as a string of eight characters, each one byte (`latin1`). */
export type ContentHash = string;

export const contentHashBytes = 8;

/**
 * What makes two transactions of one id the same: sha256, cut to eight bytes, over everything but
 * receivedAt. None of the parts can hold a line break, so that the text of two contents is the same
 * only when all parts are.
 */
export function contentHash(record: TransactionRecorded): ContentHash {
  const { programme, transactionId, type, memberId, tenantId, amount, currency } = record;
  const text =
    `${programme}\n${transactionId}\n${type}\n${memberId ?? ''}\n${tenantId ?? ''}\n` +
    `${amount}\n${currency ?? ''}\n${record.occurredAt}\n${record.originalId ?? ''}`;
  return hash('sha256', text, 'binary').slice(0, contentHashBytes);
}
