import type { Random } from '../random/random.ts';
import type { Correction, RefundDraft, SaleDraft, VoidDraft } from './drafts.ts';
import type { Shares } from './options.ts';
import type { Transaction } from './records.ts';

/** Of the refunds: the whole sale; the others a part, and of those some the rest later on. */
const fullRefundShare = 0.65;
const restShare = 0.25;
const amountStep = 100;

/** Seconds after what they correct. */
const refundDelay = { min: 600, max: 10_800 };
const voidDelay = { min: 20, max: 480 };

/** Tills of the desk close for corrections; in seconds since the business day's midnight. */
const lastCorrection = 22.5 * 3600;
const opening = 10 * 3600;

/** What is taken back of the day's sales, and of some of the day before. */
export function corrections(day: {
  readonly sales: readonly SaleDraft[];
  readonly carried: readonly Transaction[];
  readonly shares: Shares;
  readonly random: Random;
  /** A stream of its own for where refunds are given. */
  readonly randomTills: Random;
}): Correction[] {
  const { shares, random, randomTills } = day;
  const drafts: Correction[] = [];
  // Without a member the sale's till and day are all that brings the three together.
  const placed = (refund: RefundDraft): RefundDraft =>
    refund.memberId !== undefined && randomTills.chance(shares.refundsElsewhere)
      ? { ...refund, terminalId: randomTills.pick(day.sales).terminalId }
      : refund;
  const add = (atTheSales: RefundDraft) => {
    const refund = placed(atTheSales);
    drafts.push(refund);
    if (random.chance(shares.voids)) drafts.push(voided(refund, random));
  };
  for (const sale of day.sales) {
    if (random.chance(shares.voids)) drafts.push(voided(sale, random));
    else if (random.chance(shares.refunds)) refunded(sale, random).forEach(add);
  }
  for (const sale of day.carried)
    if (random.chance(shares.refunds)) drafts.push(placed(refundOfYesterday(sale, random)));
  return drafts.filter(({ second }) => second < lastCorrection);
}

function voided(original: SaleDraft | RefundDraft, random: Random): VoidDraft {
  return {
    type: 'void',
    terminalId: original.terminalId,
    memberId: original.type === 'sale' ? original.person?.memberId : original.memberId,
    second: original.second + random.integer(voidDelay),
    original,
  };
}

function refunded(sale: SaleDraft, random: Random): RefundDraft[] {
  const refund = (amount: number, after: number): RefundDraft => ({
    type: 'refund',
    terminalId: sale.terminalId,
    tenantId: sale.tenantId,
    memberId: sale.person?.memberId,
    amount,
    second: after + random.integer(refundDelay),
    original: sale,
  });
  if (random.chance(fullRefundShare)) return [refund(sale.amount, sale.second)];
  const steps = sale.amount / amountStep;
  const part = random.integer({ min: 1, max: Math.max(1, Math.floor(steps * 0.9)) }) * amountStep;
  const first = refund(part, sale.second);
  const rest = sale.amount - part;
  return rest > 0 && random.chance(restShare) ? [first, refund(rest, first.second)] : [first];
}

/** In full; a refund of the day before may already have taken it back, and this one is refused then. */
function refundOfYesterday(sale: Transaction, random: Random): RefundDraft {
  if (sale.tenantId === undefined || sale.amount === undefined)
    throw new Error('a sale has a tenant and an amount');
  return {
    type: 'refund',
    terminalId: sale.terminalId,
    tenantId: sale.tenantId,
    memberId: sale.memberId,
    amount: sale.amount,
    second: opening + random.integer(refundDelay),
    original: sale,
  };
}
