import { memberKey, transactionKey, unreadableIdOf, type Typed } from '@semarak/schemas';
import { UnreadableRecord } from './record-codec.ts';

/**
 * The Kafka key by which a record of `transactions` has its partition; undefined: it may stand in any. Throws
 * UnreadableRecord on an id that names no till: without a member it says which history the record is of, and
 * rewards takes the month of a stock from it.
 */
export function keyInTransactions(record: Typed): string | undefined {
  switch (record.type) {
    case 'TransactionRecorded': {
      const strange = unreadableIdOf(record.value);
      if (strange !== undefined) throw new UnreadableRecord(`"${strange}" is no transaction id`);
      return transactionKey(record.value);
    }
    case 'MemberEnrolled':
      return memberKey(record.value);
    default:
      return undefined;
  }
}
