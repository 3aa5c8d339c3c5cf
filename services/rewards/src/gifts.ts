import assert from 'node:assert/strict';
import {
  tillKey,
  type EditionTaken,
  type GiftItem,
  type GiftStock,
  type GiftStatus,
  type MemberGifts,
} from '@semarak/schemas';

/** What is kept about the campaign and the member before or after a decision. */
export interface GiftStates {
  readonly stock: GiftStock;
  readonly holding: MemberGifts;
}

/** The sale's right to a gift. */
export type GiftRight = Pick<GiftItem, 'transactionId' | 'gift' | 'edition' | 'programmeVersion'>;

type GiftEventType = 'GiftEarned' | 'GiftUnavailable' | 'GiftReturned' | 'GiftClaimed';

export interface GiftDecision extends GiftStates {
  /** Undefined: nothing to tell, as of a gift that leaves the desk. */
  readonly event: GiftEventType | undefined;
  readonly item: GiftItem;
}

export const noGiftsTaken: GiftStock = { type: 'gift_stock', lastSerial: 0, taken: [] };
export const noGifts: MemberGifts = { type: 'gifts', items: [] };

/** The month whose stock a sale's gift is taken from: that of its business day, `YYYY-MM`. */
export const stockMonth = ({ transactionId }: Pick<GiftItem, 'transactionId'>): string =>
  tillKey(transactionId).businessDay.slice(0, 'YYYY-MM'.length);

/** What remains to be given; more may have been taken than a later version configures. */
export const stockLeft = (
  stock: GiftStock,
  of: { item: Pick<GiftItem, 'transactionId' | 'edition'>; configured: number },
): number => Math.max(0, of.configured - takenOf(stock, of.item).count);

/**
 * Takes an item from stock, or records that there was none: then no lower gift takes its place. A
 * right that comes back after its item became a claim lifts the claim and takes no second item.
 * Throws when the right has its item already: accrual has erred.
 */
export function takeGift(
  before: GiftStates,
  { right, configured }: { right: GiftRight; configured: number },
): GiftDecision {
  assert(!itemOf(before.holding, right, standing), `${right.transactionId} was entitled twice`);
  const claimed = itemOf(before.holding, right, ['claimed']);
  if (claimed) return { ...settled(before, claimed, 'handed_over'), event: 'GiftEarned' };
  const left = stockLeft(before.stock, { item: right, configured });
  const status = left > 0 ? 'earned' : 'unavailable';
  const serial = before.stock.lastSerial + 1;
  const item: GiftItem = { serial, ...right, status };
  const stock = { ...before.stock, lastSerial: serial };
  return {
    stock: left > 0 ? withTaken(stock, { item, change: 1 }) : stock,
    holding: { ...before.holding, items: [...before.holding.items, item] },
    event: left > 0 ? 'GiftEarned' : 'GiftUnavailable',
    item,
  };
}

/**
 * The right is gone: an item still at the desk goes back to stock, one handed over becomes a claim,
 * and one that had been unavailable is forgotten without touching the stock.
 * Throws when there is no such right: accrual has erred.
 */
export function withdrawGift(before: GiftStates, right: GiftRight): GiftDecision {
  const item = itemOf(before.holding, right, standing);
  assert(item, `the gift of ${right.transactionId} was withdrawn but never entitled`);
  if (item.status === 'handed_over')
    return { ...settled(before, item, 'claimed'), event: 'GiftClaimed' };
  if (item.status === 'earned') {
    const { stock, ...rest } = settled(before, item, 'returned');
    return { ...rest, stock: withTaken(stock, { item, change: -1 }), event: 'GiftReturned' };
  }
  const items = before.holding.items.filter((other) => other !== item);
  return {
    stock: before.stock,
    holding: { ...before.holding, items },
    event: 'GiftReturned',
    item,
  };
}

/**
 * The desk has handed an item over. Undefined: it had been already, or it cannot have been, since
 * there is no such item or none was available. An item that went back to stock a moment before has
 * left the mall all the same: it is taken out again and is a claim.
 */
export function handOverGift(before: GiftStates, serial: number): GiftDecision | undefined {
  const item = before.holding.items.find((entry) => entry.serial === serial);
  if (item?.status === 'earned')
    return { ...settled(before, item, 'handed_over'), event: undefined };
  if (item?.status !== 'returned') return undefined;
  const { stock, ...rest } = settled(before, item, 'claimed');
  return { ...rest, stock: withTaken(stock, { item, change: 1 }), event: 'GiftClaimed' };
}

/** Statuses of a right that has not been withdrawn. */
const standing: readonly GiftStatus[] = ['earned', 'handed_over', 'unavailable'];

function itemOf(
  { items }: MemberGifts,
  right: GiftRight,
  statuses: readonly GiftStatus[],
): GiftItem | undefined {
  return items.find(
    (item) =>
      item.transactionId === right.transactionId &&
      item.gift === right.gift &&
      item.edition === right.edition &&
      statuses.includes(item.status),
  );
}

function settled(
  { stock, holding }: GiftStates,
  item: GiftItem,
  status: GiftStatus,
): Omit<GiftDecision, 'event'> {
  const after: GiftItem = { ...item, status };
  const items = holding.items.map((other) => (other === item ? after : other));
  return { stock, holding: { ...holding, items }, item: after };
}

function takenOf(
  { taken }: GiftStock,
  item: Pick<GiftItem, 'transactionId' | 'edition'>,
): EditionTaken {
  const month = stockMonth(item);
  const known = taken.find((entry) => entry.month === month && entry.edition === item.edition);
  return known ?? { month, edition: item.edition, count: 0 };
}

function withTaken(
  stock: GiftStock,
  { item, change }: { item: GiftItem; change: 1 | -1 },
): GiftStock {
  const before = takenOf(stock, item);
  const others = stock.taken.filter((entry) => entry !== before);
  return { ...stock, taken: [...others, { ...before, count: before.count + change }] };
}
