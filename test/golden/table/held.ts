import {
  holdingsOf,
  type DomainEvent,
  type MemberState,
  type ProgrammeRules,
} from '@semarak/programme';

/** What a history’s events have given, less what they have taken back. */
export interface Told {
  tier: string;
  balance: number;
  /** By sale. */
  readonly points: Map<string, number>;
  /** How many numbers, by sale. */
  readonly numbers: Map<string, number>;
  /** `gift (edition)` by sale. */
  readonly gifts: Map<string, string>;
  readonly parking: Set<string>;
  /** Reason by `transaction content`. */
  readonly refusals: Map<string, string>;
}

export const nothingTold = (): Told => ({
  tier: 'none',
  balance: 0,
  points: new Map(),
  numbers: new Map(),
  gifts: new Map(),
  parking: new Set(),
  refusals: new Map(),
});

/** Adds an event. Throws when it does not fit what was told before: something given twice, or taken back and never given. */
export function hear(told: Told, { type, value }: DomainEvent): void {
  switch (type) {
    case 'MemberActivated':
    case 'MemberDeactivated':
      return;
    case 'TierChanged':
      must(told.tier === value.fromTier, `a tier changes from ${value.fromTier}, not ${told.tier}`);
      told.tier = value.toTier;
      return;
    case 'TransactionPosted':
      told.balance += value.pointsChange;
      must(told.balance === value.balance, 'the ledger does not sum to the balance');
      told.points.set(value.transactionId, value.points);
      return;
    case 'PointsExpired':
      told.balance += value.pointsChange;
      must(told.balance === value.balance, 'the ledger does not sum to the balance');
      return;
    case 'DrawTicketEarned':
      told.numbers.set(value.transactionId, (told.numbers.get(value.transactionId) ?? 0) + 1);
      return;
    case 'DrawTicketForfeited': {
      const left = (told.numbers.get(value.transactionId) ?? 0) - 1;
      must(left >= 0, 'a number is taken back that was not given');
      if (left > 0) told.numbers.set(value.transactionId, left);
      else told.numbers.delete(value.transactionId);
      return;
    }
    case 'GiftEntitled':
      must(!told.gifts.has(value.transactionId), 'a second gift is given');
      told.gifts.set(value.transactionId, giftText(value));
      return;
    case 'GiftWithdrawn':
      must(
        told.gifts.get(value.transactionId) === giftText(value),
        'a gift is taken back that was not given',
      );
      told.gifts.delete(value.transactionId);
      return;
    case 'ParkingGranted':
      must(!told.parking.has(value.transactionId), 'parking is given twice');
      told.parking.add(value.transactionId);
      return;
    case 'ParkingWithdrawn':
      must(told.parking.delete(value.transactionId), 'parking is taken back that was not given');
      return;
    case 'TransactionRejected': {
      const key = `${value.transactionId} ${value.content}`;
      must(!told.refusals.has(key), 'a record is refused twice');
      told.refusals.set(key, value.reason);
      return;
    }
    case 'RejectionWithdrawn': {
      const key = `${value.transactionId} ${value.content}`;
      must(told.refusals.get(key) === value.reason, 'a refusal is withdrawn that was not told');
      told.refusals.delete(key);
      return;
    }
    default:
      throw new Error(`events of this type are not told: ${String(type satisfies never)}`);
  }
}

/** Throws unless the events have told just what the state holds. */
export function mustAgree(told: Told, state: MemberState): void {
  const { tier, points, sales } = holdingsOf(state);
  must(told.tier === tier, `events have told ${told.tier}, the state holds ${tier}`);
  must(told.balance === points, `events have told ${told.balance} points, the state ${points}`);
  for (const sale of sales) {
    const numbers = sale.tickets.reduce((sum, { count }) => sum + count, 0);
    const same =
      told.points.get(sale.transactionId) === sale.points &&
      (told.numbers.get(sale.transactionId) ?? 0) === numbers &&
      told.gifts.get(sale.transactionId) === (sale.gift ? giftText(sale.gift) : undefined) &&
      told.parking.has(sale.transactionId) === sale.parking;
    must(same, `events have told something else of ${sale.transactionId} than the state holds`);
  }
}

/** What is held, by column, as the tables write it. Closed months have taken away what they take. */
export function heldCells(
  told: Told,
  state: MemberState,
  rules: ProgrammeRules,
): Record<string, string> {
  const { tier, points } = holdingsOf(state, rules);
  return {
    points: String(points),
    tier,
    numbers: list([...told.numbers].map(([id, count]) => [id, count === 1 ? '' : ` × ${count}`])),
    gifts: list([...told.gifts].map(([id, gift]) => [id, ` ${gift}`])),
    parking: list([...told.parking].map((id) => [id, ''])),
    refused: list(
      [...told.refusals].map(([key, reason]) => [key.split(' ')[0] ?? '', ` ${plain(reason)}`]),
    ),
  };
}

/** What the newest sale has given by itself, as the tables write it. */
export function givenCells(told: Told, id: string): Record<string, string> {
  const numbers = told.numbers.get(id) ?? 0;
  const refused = [...told.refusals].filter(([key]) => key.startsWith(`${id} `));
  return {
    points: String(told.points.get(id) ?? 0),
    tier: told.tier,
    number: numbers === 1 ? 'yes' : numbers === 0 ? nothing : String(numbers),
    gift: told.gifts.get(id) ?? nothing,
    parking: told.parking.has(id) ? 'yes' : nothing,
    refused: refused.map(([, reason]) => plain(reason)).join('; ') || nothing,
  };
}

/** How the tables write that there is none. */
export const nothing = '–';

/** By the number of the transaction: `1 teddy bear (christmas); 3 magic balloon (classic)`. */
function list(entries: readonly (readonly [id: string, text: string])[]): string {
  const texts = entries
    .map(([id, text]) => ({ number: Number(id.slice(id.lastIndexOf('/') + 1)), text }))
    .sort((a, b) => a.number - b.number || (a.text < b.text ? -1 : 1))
    .map(({ number, text }) => `${number}${text}`);
  return texts.length === 0 ? nothing : texts.join('; ');
}

const giftText = ({ gift, edition }: { gift: string; edition: string }): string =>
  `${plain(gift)} (${plain(edition)})`;

const plain = (id: string): string => id.replace(/[-_]/g, ' ');

function must(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise);
}
