import type { MemberRecord } from '@semarak/programme';
import { tillKey } from '@semarak/schemas';

/** Whose history a record belongs to, as accrual has it: the member’s, or that of a terminal’s anonymous sales of a business day. */
export function historyName({ value }: MemberRecord): string {
  if (value.memberId !== null) return value.memberId;
  if (!('transactionId' in value)) throw new Error('an enrolment has a member');
  const { terminalId, businessDay } = tillKey(value.originalId ?? value.transactionId);
  return `${terminalId}/${businessDay}`;
}
