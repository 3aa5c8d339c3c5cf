import { memberKey, transactionKey } from '@semarak/schemas';
import { enrolment, profile, transactionAt, type Mall } from '../mall/mall.ts';
import type { BenchStack } from './bench-stack.ts';

/** Every member's enrolment, as the gateway writes it: without a profile. */
export const enrolMembers = (stack: BenchStack, { members }: Mall): Promise<void> =>
  stack.append({
    topic: 'transactions',
    what: 'enrolling',
    count: members,
    recordAt(index) {
      const value = enrolment(index);
      return { key: memberKey(value), record: { type: 'MemberEnrolled', value } };
    },
  });

/** Every member's profile, in a topic of its own. */
export const tellProfiles = (stack: BenchStack, { members }: Mall): Promise<void> =>
  stack.append({
    topic: 'members',
    what: 'telling profiles',
    count: members,
    recordAt(index) {
      const value = profile(index);
      return { key: memberKey(value), record: { type: 'MemberProfile', value } };
    },
  });

/** All transactions of the mall. */
export const sellForAMonth = (stack: BenchStack, mall: Mall): Promise<void> =>
  stack.append({
    topic: 'transactions',
    what: 'selling',
    count: mall.transactions,
    recordAt(index) {
      const value = transactionAt(mall, index);
      return { key: transactionKey(value), record: { type: 'TransactionRecorded', value } };
    },
  });
