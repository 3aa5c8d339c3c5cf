import type { Records } from '@semarak/schemas';
import { contentDigest } from '@semarak/programme';
import { expect, it } from 'vitest';
import type { Event } from '../comparison/consumer-view.ts';
import { MemberStandings } from './standings.ts';

const record = (of: Partial<Records['TransactionRecorded']> = {}) => ({
  programme: 'pacific-place',
  transactionId: 'T1/2014-12-02/1',
  type: 'sale' as const,
  memberId: 'M1',
  tenantId: 'PP-017',
  businessDay: 16_406,
  amount: 5,
  currency: 'IDR',
  occurredAt: 1_417_496_400_000,
  receivedAt: 1_417_496_401_000,
  originalId: null,
  ...of,
});

const tooLate = (value: Records['TransactionRecorded']): Event => ({
  type: 'TransactionRejected',
  value: {
    sourcePartition: 0,
    sourceOffset: 0,
    ordinal: 0,
    programme: value.programme,
    programmeVersion: 1,
    cause: value.transactionId,
    occurredAt: value.occurredAt,
    receivedAt: value.receivedAt,
    memberId: value.memberId,
    transactionId: value.transactionId,
    content: contentDigest(value),
    reason: 'too_late',
  },
});

it('leaves out the refusal of a copy that came after all memory of the first', () => {
  const standings = new MemberStandings();
  const refund = record({
    ...{ transactionId: 'T1/2014-12-03/2', type: 'refund' },
    originalId: 'T1/2014-12-01/9',
  });
  const copiedOnce = [refund, refund];
  const first = record({ transactionId: 'T1/2014-12-02/3' });
  const other = record({ transactionId: 'T1/2014-12-03/2', amount: 6 });
  for (const [index, value] of [...copiedOnce, first, first, other].entries()) {
    standings.takeTransaction(value);
    // The refund waited at first; the sale was refused at once, and its copy again.
    if (index > 0) standings.takeEvent(tooLate(value));
  }
  expect([...standings.refusalRows()].map((row) => row['content'])).toEqual([
    contentDigest(first),
    contentDigest(other),
  ]);
});
