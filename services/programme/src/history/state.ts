import type { RejectionReason } from '@semarak/schemas';
import type { TierRank } from '../rules/rules.ts';
import { noDays, type LastDays } from './firsts.ts';
import type { PackedSales } from './packed-sales.ts';
import type { Traces } from './trace.ts';

/** Draw numbers of one campaign that a sale has the right to. */
export interface TicketGrant {
  readonly campaign: string;
  readonly count: number;
}

export interface GiftGrant {
  readonly campaign: string;
  readonly gift: string;
  readonly edition: string;
}

/** What one sale gives the right to. */
export interface Grants {
  readonly points: number;
  /** In the order of the document; no campaign twice, no count of 0. */
  readonly tickets: readonly TicketGrant[];
  readonly gift: GiftGrant | undefined;
  readonly parking: boolean;
}

export const nothing: Grants = { points: 0, tickets: [], gift: undefined, parking: false };

interface Entry {
  readonly id: string;
  readonly businessDay: number;
  readonly amount: number;
  readonly occurredAt: number;
  /** The smallest of all copies. */
  receivedAt: number;
  /** As last told in an event; undefined: not refused. */
  refusal: RejectionReason | undefined;
}

export interface Sale extends Entry {
  readonly kind: 'sale';
  readonly tenantId: string;
  readonly currency: string;
  /** Amount less accepted refunds; 0 when voided or refused. */
  remaining: number;
  /** `remaining` as last posted; undefined: never posted. */
  posted: number | undefined;
  grants: Grants;
  /** Bytes of this sale in the state’s last encoding; 0: it is not in it. */
  byteLength: number;
  /** Whether those bytes say something else by now. */
  changed: boolean;
}

/** A refund or void: attached to what it names, or waiting for it. */
export interface Correction extends Entry {
  readonly kind: 'refund' | 'void';
  readonly originalId: string;
  readonly tenantId: string | null;
  readonly currency: string | null;
}

export interface MonthTotal {
  /** Counted since January 1970. */
  readonly month: number;
  spend: number;
  points: number;
}

export interface DayTotal {
  businessDay: number;
  points: number;
  parkings: number;
}

/** A tier that was reached, and the last month through which that keeps it. */
interface TierHold {
  readonly rank: TierRank;
  /** Counted since January 1970; Infinity: forever. */
  readonly through: number;
}

/** Points that expire together. */
interface PointsLot {
  /** The last month in which they can be spent, counted since January 1970. */
  readonly through: number;
  points: number;
}

/** Where a member stands after a prefix of the history: all that later sales depend on. */
export interface Position {
  activatedAt: number | undefined;
  /** The sale that activated; undefined when enrolment did. */
  activatedBy: string | undefined;
  /**
   * The newest month that has begun for the member, counted since January 1970: that of the newest
   * counted sale, or the one after the last closed. Tier and balance are as of it.
   */
  month: number;
  tier: TierRank;
  /** From the highest down, each lower one kept longer, the last forever; empty: none. */
  holds: readonly TierHold[];
  /** Less what has expired. */
  balance: number;
  /** Of points that can expire, the first to expire first. Those expired stay while a sale can change them. */
  lots: readonly PointsLot[];
  /** Only months and days that a later sale can still belong to. */
  months: readonly MonthTotal[];
  days: readonly DayTotal[];
}

/** Where the member stands before a sale: a change from there on is counted from the mark. */
export interface Mark {
  readonly sale: Sale;
  readonly position: Position;
}

/**
 * All that is kept of one member (or of one terminal’s business day of anonymous sales).
 * Moved, never shared: `decide` changes it in place and hands it back.
 */
export interface MemberState {
  enrolledAt: number | undefined;
  /** Of the member’s own sales, refunds and voids, by `clockAfter`; -Infinity before the first. */
  clock: number;
  /** How many versions of the programme were known at the last decision. */
  versionsKnown: number;
  /** After the folded records: the carried-forward base. Before the first it is shared, and not to be moved. */
  base: Position;
  /** After the whole history. */
  end: Position;
  /** Of the folded sales that stand; shared like `base`. */
  visited: LastDays;
  /**
   * The first day, counted since 1970 in UTC, before which nothing more is taken in: what was folded lies
   * there. -Infinity: nothing is folded.
   */
  foldedTo: number;
  /** Of all sales that stand; undefined: to be found out. Not encoded. */
  lastDays: LastDays | undefined;
  /** By (occurredAt, id); those older than the window are folded into `base`. Asking for them unpacks them. */
  readonly sales: Sale[];
  /** The first of the sales, as bytes; undefined: none is packed. */
  packed: PackedSales | undefined;
  /** Sales that are not packed: behind those that are, in the same order. */
  recent: Sale[];
  /** In history order, so far apart that they cost little; not encoded. */
  marks: Mark[];
  /** Sales from the last mark on. */
  unmarked: number;
  /** By the id that they name, in order of arrival. */
  corrections: ReadonlyMap<string, readonly Correction[]>;
  /** Of records that are folded or conflicted. */
  traces: Traces;
  /** Sales and corrections by id; built when first needed. */
  byId: Map<string, Sale | Correction> | undefined;
  /** Bytes of the last encoding that can be used again; undefined: none. */
  encoded: EncodedSales | undefined;
}

/** The sales’ part of an encoding. */
export interface EncodedSales {
  readonly bytes: Uint8Array;
  start: number;
  end: number;
  /** How many sales it has. */
  count: number;
  /** Whether sales have changed since, or come between; otherwise it is that of the first ones. */
  edited: boolean;
  /** The strings that the bytes refer to by number. */
  readonly strings: string[];
}

/**
 * What most members have nothing of is one object for all of them: a state in memory is what a worker has a
 * hundred thousand of, and what the garbage collector moves.
 */
const none: readonly never[] = [];
const noCorrections: ReadonlyMap<string, readonly Correction[]> = new Map();
const noTraces: Traces = { ids: new Float64Array(0), contents: new Uint32Array(0) };

export const startPosition = (): Position => ({
  activatedAt: undefined,
  activatedBy: undefined,
  month: -Infinity,
  tier: 0,
  holds: none,
  balance: 0,
  lots: none,
  months: none,
  days: none,
});

/**
 * Written out in the order of `startPosition`, not spread: objects of one shape keep the code that
 * counts sales fast, and the first recount of a long history took ten times as long otherwise.
 */
export const copyPosition = (position: Position): Position => ({
  activatedAt: position.activatedAt,
  activatedBy: position.activatedBy,
  month: position.month,
  tier: position.tier,
  holds: position.holds,
  balance: position.balance,
  lots:
    position.lots.length === 0
      ? none
      : position.lots.map(({ through, points }) => ({ through, points })),
  months: position.months.map(({ month, spend, points }) => ({ month, spend, points })),
  days: position.days.map(({ businessDay, points, parkings }) => ({
    businessDay,
    points,
    parkings,
  })),
});

/** Of members of whom nothing is folded. */
const notFolded: Pick<MemberState, 'base' | 'visited'> = {
  base: startPosition(),
  visited: noDays(),
};

/** A member’s state; it owns its sales, so that nobody sees them packed. */
class History implements MemberState {
  enrolledAt: number | undefined = undefined;
  clock = -Infinity;
  versionsKnown = 0;
  base = notFolded.base;
  end = startPosition();
  visited = notFolded.visited;
  foldedTo = -Infinity;
  lastDays: LastDays | undefined = undefined;
  packed: PackedSales | undefined = undefined;
  recent: Sale[] = [];
  marks: Mark[] = [];
  unmarked = 0;
  corrections = noCorrections;
  traces = noTraces;
  byId: Map<string, Sale | Correction> | undefined = undefined;
  encoded: EncodedSales | undefined = undefined;

  get sales(): Sale[] {
    const { packed } = this;
    if (packed !== undefined) {
      this.recent = [...packed.unpack(), ...this.recent];
      this.encoded = packed.encoded();
      this.packed = undefined;
    }
    return this.recent;
  }
}

/** The state of a member of whom nothing is known. */
export const initialState = (): MemberState => new History();

export const countOfSales = ({ packed, recent }: MemberState): number =>
  (packed?.count ?? 0) + recent.length;

/** Below this many sales and corrections an index by id costs more than looking through them. */
export const indexedFrom = 32;

/** The sale or correction held under an id. */
export function recordOf(state: MemberState, id: string): Sale | Correction | undefined {
  if (state.byId === undefined) {
    const { corrections } = state;
    const sales = state.packed?.mayHave(id) === false ? state.recent : state.sales;
    if (sales.length + corrections.size < indexedFrom) return foundIn(sales, corrections, id);
  }
  state.byId ??= indexOf(state);
  return state.byId.get(id);
}

function foundIn(
  sales: readonly Sale[],
  corrections: MemberState['corrections'],
  id: string,
): Sale | Correction | undefined {
  for (const sale of sales) if (sale.id === id) return sale;
  if (corrections.size === 0) return undefined;
  for (const list of corrections.values())
    for (const correction of list) if (correction.id === id) return correction;
  return undefined;
}

function indexOf({ sales, corrections }: MemberState): Map<string, Sale | Correction> {
  const index = new Map<string, Sale | Correction>();
  for (const sale of sales) index.set(sale.id, sale);
  for (const list of corrections.values())
    for (const correction of list) index.set(correction.id, correction);
  return index;
}

/** The order of history: (occurredAt, transaction id as a string). */
export const inHistoryOrder = (
  a: { readonly occurredAt: number; readonly id: string },
  b: { readonly occurredAt: number; readonly id: string },
): number => a.occurredAt - b.occurredAt || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

/** Whether a sale comes after all that are held. */
export function isNewest(
  state: MemberState,
  sale: { readonly occurredAt: number; readonly id: string },
): boolean {
  const { packed, recent } = state;
  let last = recent.at(-1);
  if (last === undefined && packed !== undefined) {
    if (packed.lastOccurredAt !== sale.occurredAt) return packed.lastOccurredAt < sale.occurredAt;
    last = state.sales.at(-1);
  }
  return last === undefined || inHistoryOrder(last, sale) < 0;
}

/** Puts a sale in its place; a newest one in constant time. */
export function insertSale(state: MemberState, sale: Sale): void {
  if (isNewest(state, sale)) {
    // Most of the time it is the only one until the next encoding, and a push makes room for seventeen.
    if (state.recent.length === 0) state.recent = [sale];
    else state.recent.push(sale);
  } else {
    const { sales } = state;
    sales.splice(indexOfSale(sales, sale), 0, sale);
    if (state.encoded !== undefined) state.encoded.edited = true;
  }
  state.byId?.set(sale.id, sale);
}

/** Where a sale is, or would be. */
export function indexOfSale(sales: readonly Sale[], sale: Sale): number {
  let low = 0;
  let high = sales.length;
  const last = sales.at(-1);
  if (last === undefined || inHistoryOrder(last, sale) < 0) return high;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const there = sales[middle];
    if (there !== undefined && inHistoryOrder(there, sale) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** How many marks lie at or before a sale. */
export function marksUpTo(marks: readonly Mark[], sale: Sale): number {
  let low = 0;
  let high = marks.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const mark = marks[middle];
    if (mark !== undefined && inHistoryOrder(mark.sale, sale) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Has the state hold its sales themselves. */
export function unpack(state: MemberState): void {
  // Asking for them does it.
  if (state.packed !== undefined) state.recent = state.sales;
}

/** Has every sale written anew at the next encoding. */
export function rewriteAll(state: MemberState): void {
  // Unpacked now, so that none are later with bytes to use again.
  unpack(state);
  state.encoded = undefined;
}

/** Has a sale written anew at the next encoding. */
export function rewrite(state: MemberState, sale: Sale): void {
  sale.changed = true;
  if (state.encoded !== undefined) state.encoded.edited = true;
}

/** Base and visited days that are the state’s own, to be moved. */
export function ownFolded(state: MemberState): Pick<MemberState, 'base' | 'visited'> {
  if (state.base === notFolded.base) state.base = startPosition();
  if (state.visited === notFolded.visited) state.visited = noDays();
  return state;
}

/** Corrections that are the state’s own, to be changed. */
function ownCorrections(state: MemberState): Map<string, readonly Correction[]> {
  if (state.corrections === noCorrections) state.corrections = new Map();
  // All but the shared one are made here.
  return state.corrections as Map<string, readonly Correction[]>;
}

/** Attaches a refund or void to the id that it names, whether that has arrived or not. */
export function attach(state: MemberState, correction: Correction): void {
  const { originalId } = correction;
  setCorrections(state, originalId, [...correctionsOf(state, originalId), correction]);
  state.byId?.set(correction.id, correction);
}

/** What names an id from now on; may be nothing. */
export function setCorrections(
  state: MemberState,
  id: string,
  corrections: readonly Correction[],
): void {
  if (corrections.length > 0) ownCorrections(state).set(id, corrections);
  else if (state.corrections.has(id)) ownCorrections(state).delete(id);
}

export const correctionsOf = (state: MemberState, id: string): readonly Correction[] =>
  state.corrections.get(id) ?? none;

/** The sale that a record is or changes. */
export const saleOf = (state: MemberState, record: Sale | Correction): Sale | undefined =>
  record.kind === 'sale' ? record : saleConcerned(state, record);

/** The sale that a correction changes: the one it names, or that of the refund it names. */
export function saleConcerned(state: MemberState, correction: Correction): Sale | undefined {
  if (state.corrections.size === 0 && countOfSales(state) === 0) return undefined;
  const target = recordOf(state, correction.originalId);
  if (target === undefined) return undefined;
  if (target.kind === 'sale') return target;
  if (correction.kind === 'refund' || target.kind === 'void') return undefined;
  const sale = recordOf(state, target.originalId);
  return sale?.kind === 'sale' ? sale : undefined;
}
