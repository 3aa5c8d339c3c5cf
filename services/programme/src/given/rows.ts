import { isoDate } from '@semarak/schemas';
import type { MemberRecord } from '../decision/decide.ts';
import type { DomainEvent } from '../decision/events.ts';
import { assertNever } from './assert-never.ts';

/** Amount, points, and while it stands its category and what it is the first of there and in the mall. */
export interface SaleRow {
  remaining: number;
  points: number;
  category: string | null;
  firsts: readonly [inCategory: number, inMall: number];
}

const noRow: SaleRow = { remaining: 0, points: 0, category: null, firsts: [0, 0] };

/** What the derived events come to, as the report database would show it. */
export interface Rows {
  activatedAt: number | undefined;
  tier: string;
  balance: number;
  /** Points by the last day of their lot, those of which some have expired. */
  expired: Record<string, number>;
  /** By sale. */
  sales: Record<string, SaleRow>;
  /** `sale campaign ticket`, sorted when compared. */
  tickets: Set<string>;
  gifts: Set<string>;
  parking: Set<string>;
  /** Reason by `id content`. */
  refusals: Record<string, string>;
}

/**
 * Rows without the refusals of what names a refused sale: such a refund is refused by itself until its
 * sale comes, and waits from then on, but not when the sale comes so late that the refund is folded.
 */
export function withoutOrphans(rows: Rows, records: readonly MemberRecord[]): Rows {
  const names = new Map(
    records.flatMap(({ type, value }) =>
      type === 'TransactionRecorded' ? [[value.transactionId, value] as const] : [],
    ),
  );
  const refused = (id: string) =>
    Object.keys(rows.refusals).some((key) => key.startsWith(`${id} `));
  const namedBy = (id: string) => names.get(names.get(id)?.originalId ?? '');
  const orphan = (id: string): boolean =>
    [namedBy(id), namedBy(namedBy(id)?.transactionId ?? '')].some(
      (named) => named?.type === 'sale' && refused(named.transactionId),
    );
  const kept = Object.entries(rows.refusals).filter(([key]) => !orphan(key.split(' ')[0] ?? ''));
  return { ...rows, refusals: Object.fromEntries(kept) };
}

/** Folds events into rows and checks on the way that each fits what was told before it. */
export function rowsOf(events: readonly DomainEvent[]): Rows {
  const rows: Rows = {
    activatedAt: undefined,
    tier: 'none',
    balance: 0,
    expired: {},
    sales: {},
    tickets: new Set(),
    gifts: new Set(),
    parking: new Set(),
    refusals: {},
  };
  for (const event of events) apply(rows, event);
  return rows;
}

function apply(rows: Rows, event: DomainEvent): void {
  const { type, value } = event;
  switch (type) {
    case 'MemberActivated':
      rows.activatedAt = value.activatedAt;
      return;
    case 'MemberDeactivated':
      rows.activatedAt = undefined;
      return;
    case 'TierChanged':
      expectSame('tier', rows.tier, value.fromTier);
      rows.tier = value.toTier;
      return;
    case 'PointsExpired': {
      const day = isoDate(value.lastDay);
      expectSame('expired', (rows.expired[day] ?? 0) - value.pointsChange, value.points);
      rows.balance += value.pointsChange;
      expectSame('balance', rows.balance, value.balance);
      rows.expired[day] = value.points;
      // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- a plain object compares well
      if (value.points === 0) delete rows.expired[day];
      return;
    }
    case 'TransactionPosted': {
      const before = rows.sales[value.transactionId] ?? noRow;
      expectSame('remaining', before.remaining + value.remainingChange, value.remaining);
      expectSame('points', before.points + value.pointsChange, value.points);
      rows.balance += value.pointsChange;
      expectSame('balance', rows.balance, value.balance);
      const { firstInCategory, firstInMall } = value;
      expectSame('in category', before.firsts[0] + value.firstInCategoryChange, firstInCategory);
      expectSame('in mall', before.firsts[1] + value.firstInMallChange, firstInMall);
      if (before.remaining > 0) expectSame('category', before.category, value.category);
      rows.sales[value.transactionId] = {
        remaining: value.remaining,
        points: value.points,
        category: value.remaining > 0 ? value.category : null,
        firsts: [firstInCategory, firstInMall],
      };
      return;
    }
    case 'DrawTicketEarned':
      add(rows.tickets, `${value.transactionId} ${value.campaign} ${String(value.ticket)}`);
      return;
    case 'DrawTicketForfeited':
      remove(rows.tickets, `${value.transactionId} ${value.campaign} ${String(value.ticket)}`);
      return;
    case 'GiftEntitled':
      add(rows.gifts, `${value.transactionId} ${value.campaign} ${value.gift} ${value.edition}`);
      return;
    case 'GiftWithdrawn':
      remove(rows.gifts, `${value.transactionId} ${value.campaign} ${value.gift} ${value.edition}`);
      return;
    case 'ParkingGranted':
      add(rows.parking, `${value.transactionId} ${String(value.businessDay)}`);
      return;
    case 'ParkingWithdrawn':
      remove(rows.parking, `${value.transactionId} ${String(value.businessDay)}`);
      return;
    case 'TransactionRejected': {
      const key = `${value.transactionId} ${String(value.content)}`;
      expectSame('refusal', rows.refusals[key], undefined);
      rows.refusals[key] = value.reason;
      return;
    }
    case 'RejectionWithdrawn': {
      const key = `${value.transactionId} ${String(value.content)}`;
      expectSame('refusal', rows.refusals[key], value.reason);
      // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- a plain object compares well
      delete rows.refusals[key];
      return;
    }
    default:
      assertNever(event);
  }
}

function expectSame(what: string, found: unknown, wanted: unknown): void {
  if (found !== wanted)
    throw new Error(`${what}: ${String(found)} where ${String(wanted)} was expected`);
}

function add(set: Set<string>, entry: string): void {
  if (set.has(entry)) throw new Error(`${entry} is given twice`);
  set.add(entry);
}

function remove(set: Set<string>, entry: string): void {
  if (!set.delete(entry)) throw new Error(`${entry} is taken back but was not given`);
}
