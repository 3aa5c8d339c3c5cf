import { isoDate, tillKey, type Records } from '@semarak/schemas';

const jakartaMs = 7 * 3_600_000;

/** A transaction as a till posts it, or with `receivedAt` as a history is brought in. */
export function requestBody(
  record: Records['TransactionRecorded'],
  as: 'terminal' | 'import',
): string {
  const { programme, type, tenantId, memberId, amount, currency, occurredAt } = record;
  return JSON.stringify({
    programme,
    ...tillKey(record.transactionId),
    businessDay: isoDate(record.businessDay),
    type,
    tenantId,
    memberId,
    amount,
    currency,
    occurredAt: mallTime(occurredAt),
    ...(as === 'import' ? { receivedAt: mallTime(record.receivedAt) } : {}),
    ...(record.originalId === null ? {} : { original: tillKey(record.originalId) }),
  });
}

const mallTime = (ms: number): string =>
  new Date(ms + jakartaMs).toISOString().replace('Z', '+07:00');
