import { tillKey } from '@semarak/schemas';
import { numberOf, transactionAt, type Mall } from '../mall/mall.ts';
import type { BenchStack } from '../stack/bench-stack.ts';
import { batchesOf } from '../stack/log-reading.ts';

/**
 * Looks for each transaction of the mall in the log, where it has to be once and say what was posted. A
 * sentence for each kind of difference, with the first of it.
 */
export async function differencesInLog(stack: BenchStack, mall: Mall): Promise<string[]> {
  const times = new Uint8Array(mall.transactions);
  const unlike: string[] = [];
  for await (const { records } of batchesOf(stack, 'transactions'))
    for (const record of records) {
      if (record.type !== 'TransactionRecorded') continue;
      const { transactionId, memberId, tenantId, amount, occurredAt } = record.value;
      const number = numberOf(tillKey(transactionId));
      if (number >= mall.transactions) {
        unlike.push(`${transactionId} was never posted`);
        continue;
      }
      times[number] = (times[number] ?? 0) + 1;
      const sent = transactionAt(mall, number);
      const same =
        sent.transactionId === transactionId &&
        sent.memberId === memberId &&
        sent.tenantId === tenantId &&
        sent.amount === amount &&
        sent.occurredAt === occurredAt;
      if (!same) unlike.push(`${transactionId} is in the log with another content`);
    }
  const missing = count(times, (found) => found === 0);
  const repeated = count(times, (found) => found > 1);
  return [
    ...(missing > 0 ? [`${missing} transactions are not in the log`] : []),
    ...(repeated > 0 ? [`${repeated} transactions are in the log more than once`] : []),
    ...unlike,
  ];
}

const count = (numbers: Uint8Array, holds: (number: number) => boolean): number =>
  numbers.reduce((sum, number) => sum + (holds(number) ? 1 : 0), 0);
