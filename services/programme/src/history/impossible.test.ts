import type { TransactionRecorded } from '@semarak/schemas';
import { describe, expect, it } from 'vitest';
import { pacificPlaceRules as rules } from '../given/pacific-place.ts';
import { refund, sale, voiding } from '../given/records.ts';
import type { MemberRecord } from '../decision/decide.ts';
import { whyImpossible } from './impossible.ts';

const sold = sale(500_000, { at: '2 00:20' });
const valueOf = (record: MemberRecord, change: Partial<TransactionRecorded>) => {
  if (record.type === 'MemberEnrolled') throw new Error('no transaction');
  return { ...record.value, ...change };
};

describe('what can be no part of a history', () => {
  it.each([
    { record: sold, change: {}, why: undefined },
    { record: sold, change: { businessDay: 16405 }, why: undefined },
    { record: sold, change: { businessDay: 16404 }, why: /business day/ },
    { record: sold, change: { businessDay: 16407 }, why: /business day/ },
    { record: sold, change: { amount: 0 }, why: /amount/ },
    { record: sold, change: { tenantId: null }, why: /tenant/ },
    { record: sold, change: { currency: null }, why: /currency/ },
    { record: sold, change: { originalId: 'a' }, why: /names another/ },
    { record: refund(sold, 5), change: {}, why: undefined },
    { record: refund(sold, 5), change: { amount: -5 }, why: /amount/ },
    { record: refund(sold, 5), change: { originalId: null }, why: /names nothing/ },
    { record: voiding(sold), change: {}, why: undefined },
    { record: voiding(sold), change: { originalId: null }, why: /names nothing/ },
  ])('$record.value.type with $change: $why', ({ record, change, why }) => {
    const found = whyImpossible(valueOf(record, change), rules);
    if (why === undefined) expect(found).toBeUndefined();
    else expect(found).toMatch(why);
  });
});
