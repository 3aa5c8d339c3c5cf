import type {
  CapExplanation,
  CorrectionExplanation,
  CorrectionOutcome,
  CountedExplanation,
  Explanation,
  FoldedExplanation,
  GiftExplanation,
  MembershipExplanation,
  ParkingExplanation,
  PointsExplanation,
  SaleExplanation,
  TicketExplanation,
  TierExplanation,
} from './explanation.ts';

/** Languages that a person can read an explanation in. */
export type Language = 'en';

/** An explanation as sentences for the member or the desk. */
export function sentence(explanation: Explanation, language: Language = 'en'): string {
  const words = sentences[language];
  switch (explanation.type) {
    case 'sale':
      return words.sale(explanation);
    case 'refund':
    case 'void':
      return words.correction(explanation);
    case 'folded':
      return words.folded(explanation);
  }
}

const sentences = {
  en: { sale: saleInEnglish, correction: correctionInEnglish, folded: foldedInEnglish },
} as const satisfies Record<Language, object>;

/** `IDR 1,250,000`; minor units become decimals where a currency has them. */
function money(minorUnits: number, currency: string): string {
  const digits = decimalsOf(currency);
  const text = (minorUnits / 10 ** digits).toLocaleString('en-US', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return `${currency} ${text}`;
}

/** Intl gives the rupiah two decimals, which nobody uses and no till sends. */
function decimalsOf(currency: string): number {
  if (currency === 'IDR') return 0;
  const format = new Intl.NumberFormat('en-US', { style: 'currency', currency });
  return format.resolvedOptions().maximumFractionDigits ?? 2;
}

const counted = (count: number, noun: string): string =>
  `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;

const named = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

const anyOf = (names: readonly string[]): string => names.map(named).join(' or ');

function saleInEnglish(sale: SaleExplanation): string {
  const { currency, remaining, amount } = sale;
  const of = (value: number) => money(value, currency);
  const at = sale.localTime.replace('T', ' ');
  const left = remaining === amount ? '' : `, of which ${of(remaining)} remains`;
  const parts = [`${sale.transactionId} is a sale of ${of(amount)} at ${at}${left}.`];
  if (sale.refused !== null) parts.push(`It is refused: ${reasons[sale.refused]}.`);
  else if (sale.counted === null) parts.push(notCounted(sale.membership, of));
  else parts.push(...countedInEnglish(sale.counted, { sale, of }));
  for (const correction of sale.corrections) parts.push(attached(correction, of));
  return parts.join(' ');
}

type MoneyText = (minorUnits: number) => string;

const reasons = {
  conflict: 'another record with the same id and other content stands',
  no_programme_in_force: 'no version of the programme was in force',
  too_late: 'it came later than the correction window allows',
  sale_voided: 'its sale was voided',
  refund_exceeds_sale: 'it is larger than what remained of the sale',
} as const;

function notCounted({ outcome, missing }: MembershipExplanation, of: MoneyText): string {
  switch (outcome) {
    case 'nothing_remains':
      return 'It earns nothing, because nothing of it remains.';
    case 'not_enrolled':
      return 'It earns nothing, because the member is not enrolled.';
    case 'before_enrolment':
      return 'It earns nothing, because it was made before the member enrolled.';
    case 'before_activation':
      return 'It earns nothing, because it was made before the membership became active.';
    case 'amount_does_not_activate':
      return `It earns nothing, because the membership is not active yet: ${of(missing)} more would have made it so.`;
    case 'counts':
    case 'activates':
    case 'refused':
      return 'It earns nothing.';
  }
}

function countedInEnglish(
  { tier, points, tickets, gift, parking }: CountedExplanation,
  { sale, of }: { readonly sale: SaleExplanation; readonly of: MoneyText },
): string[] {
  const under = `Under version ${String(sale.programmeVersion ?? 0)}`;
  const active = sale.membership.outcome === 'activates' ? ['It made the membership active.'] : [];
  return [
    ...active,
    tierInEnglish(tier, of),
    `${under} it earned ${pointsInEnglish(points, of)}`,
    ...tickets.map((ticket) => ticketInEnglish(ticket, of)),
    ...giftInEnglish(gift, of),
    ...parkingInEnglish(parking, of),
  ];
}

function tierInEnglish({ before, held, month, monthSpend, next }: TierExplanation, of: MoneyText) {
  const lifted =
    before === held ? `The tier is ${named(held)}` : `It lifted the tier to ${named(held)}`;
  const spend = `with it the spend of ${month} is ${of(monthSpend)}`;
  if (next === null) return `${lifted}; ${spend}.`;
  return `${lifted}; ${spend}, and ${of(next.missing)} more would have reached ${named(next.tier)}.`;
}

function pointsInEnglish(points: PointsExplanation, of: MoneyText): string {
  switch (points.outcome) {
    case 'no_rule':
      return 'no points, because the programme gives none.';
    case 'out_of_season':
      return 'no points, because it lies outside the time in which points are given.';
    case 'counted': {
      const each = points.pointsEach === 1 ? '' : `, ${String(points.pointsEach)} points each`;
      const times = points.percent === 100 ? '' : `, times ${String(points.percent)} per cent`;
      const steps = `${counted(points.fullAmounts, 'full amount')} of ${of(points.perFullAmount)}${each}${times}`;
      const limit = points.limitedBy.map(capInEnglish).join('');
      const more =
        points.limitedBy.length > 0 ? '' : `; ${of(points.missing)} more would have made one more`;
      const good =
        points.goodThrough === null ? '' : ` They are good through ${points.goodThrough}.`;
      return `${counted(points.points, 'point')}: ${steps}${limit}${more}.${points.points > 0 ? good : ''}`;
    }
  }
}

const capNames = {
  per_transaction: 'a transaction',
  per_day: 'a business day',
  per_month: 'a month',
} as const;

function capInEnglish({ cap, points, used }: CapExplanation): string {
  const before = used === 0 ? '' : `, of which ${String(used)} were used before`;
  return `, limited by ${counted(points, 'point')} for ${capNames[cap]}${before}`;
}

function ticketInEnglish(ticket: TicketExplanation, of: MoneyText): string {
  const draw = `in ${ticket.name}`;
  switch (ticket.outcome) {
    case 'earned': {
      const more =
        ticket.missing > 0 ? `; ${of(ticket.missing)} more would have given one more` : '';
      return `It gave ${counted(ticket.numbers, 'number')} ${draw}${more}.`;
    }
    case 'amount_too_small':
      return `It gave no number ${draw}: that takes ${of(ticket.missing)} more.`;
    case 'tier':
      return `It gave no number ${draw}: that is for ${anyOf(ticket.tiers)}.`;
    case 'out_of_season':
      return `It gave no number ${draw}: the draw was not open.`;
  }
}

function giftInEnglish(gift: GiftExplanation, of: MoneyText): string[] {
  const { next } = gift;
  const more = next === null ? '' : `; ${of(next.missing)} more would have given the ${next.gift}`;
  switch (gift.outcome) {
    case 'no_rule':
      return [];
    case 'entitled':
      return [
        `It gave the right to the gift ${gift.gift ?? ''} (${gift.edition ?? ''}), while stock lasted${more}.`,
      ];
    case 'amount_too_small':
      return [`It gave no gift${more}.`];
    case 'tier':
      return [`It gave no gift: that is for ${anyOf(next?.tiers ?? [])}.`];
    case 'no_edition':
      return [`It gave no gift: the ${gift.gift ?? ''} had no edition in that month${more}.`];
  }
}

function parkingInEnglish(parking: ParkingExplanation, of: MoneyText): string[] {
  switch (parking.outcome) {
    case 'no_rule':
      return [];
    case 'granted':
      return ['It gave free parking.'];
    case 'amount_too_small':
      return [`It gave no free parking: that takes ${of(parking.missing)} more.`];
    case 'outside_hours':
      return [
        `It gave no free parking: that is for sales from ${parking.from} until before ${parking.until}.`,
      ];
    case 'used_up':
      return [
        `It gave no free parking: the ${counted(parking.perBusinessDay, 'grant')} of the business day had been given.`,
      ];
  }
}

function attached(correction: CorrectionOutcome, of: MoneyText): string {
  const what = correction.type === 'refund' ? `refund of ${of(correction.amount)}` : 'void';
  return `The ${what} ${correction.transactionId} ${outcomeInEnglish(correction)}.`;
}

function outcomeInEnglish({ outcome, refused }: CorrectionOutcome): string {
  switch (outcome) {
    case 'accepted':
      return 'is accepted';
    case 'refused':
      return `is refused: ${refused === null ? '' : reasons[refused]}`;
    case 'waits':
      return 'waits, because what it names has not come or is refused';
    case 'voided':
      return 'was voided';
    case 'no_effect':
      return 'has no effect';
  }
}

function correctionInEnglish(correction: CorrectionExplanation): string {
  const { transactionId, originalId, sale, currency } = correction;
  const of = (value: number) => money(value, currency ?? 'IDR');
  const amount = correction.type === 'refund' ? ` of ${of(correction.amount)}` : '';
  const what = `${transactionId} is a ${correction.type}${amount}, naming ${originalId}.`;
  const fate = `It ${outcomeInEnglish(correction)}.`;
  if (sale === null) return `${what} ${fate}`;
  return `${what} ${fate} Of the sale ${sale.transactionId} ${of(sale.remaining)} of ${of(sale.amount)} remains, which earns ${counted(sale.points, 'point')}.`;
}

const pasts = {
  sale: 'It was a sale, and what it earned stands.',
  refund: 'It was a refund, and what it changed stands.',
  void: 'It was a void.',
  refused_sale: 'It was a sale that was refused.',
  refused_refund: 'It was a refund that did not count.',
  waiting_refund: 'It was a refund whose sale never came.',
} as const;

function foldedInEnglish({ transactionId, was, keptDays }: FoldedExplanation): string {
  return `The details of ${transactionId} are no longer kept: they are for ${counted(keptDays, 'day')}. ${pasts[was]}`;
}
