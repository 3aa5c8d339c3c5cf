import type { TransactionRecorded } from '@semarak/schemas';
import { mallDate } from '../rules/mall-time.ts';
import type { ProgrammeRules } from '../rules/rules.ts';

/**
 * Why a record can be no part of any history, in words for a person; undefined if it can. Such a
 * record is bad input: keep it aside, do not hand it to `decide`, whose result it would spoil.
 */
export function whyImpossible(
  record: TransactionRecorded,
  rules: ProgrammeRules,
): string | undefined {
  if (!Number.isSafeInteger(record.occurredAt) || !Number.isSafeInteger(record.receivedAt))
    return 'a time is no whole number of milliseconds';
  if (record.type === 'sale') {
    if (record.originalId !== null) return 'a sale names another transaction';
  } else if (record.originalId === null) return `a ${record.type} names nothing`;
  if (record.type !== 'void') {
    if (!Number.isSafeInteger(record.amount) || record.amount <= 0)
      return `a ${record.type} has no positive amount`;
    if (record.tenantId === null) return `a ${record.type} has no tenant`;
    if (record.currency === null) return `a ${record.type} has no currency`;
  }
  const version = rules.versionAt(record.occurredAt) ?? rules.versions[0];
  if (version === undefined) return undefined;
  const late = mallDate(version.clock, record.occurredAt) - record.businessDay;
  return late === 0 || late === 1
    ? undefined
    : 'the business day is neither the mall date nor the day before';
}
