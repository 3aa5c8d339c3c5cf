import {
  epochMonthOf,
  isoMonth,
  tierNames,
  type ProgrammeDocument,
  type TransactionRecorded,
} from '@semarak/schemas';
import { jakartaMs, mallDay, type MallHistory, type MemberArrival } from './mall.ts';
import { handedOverEvery } from './rows.ts';

/** A sale as it stands, with what it earns. */
interface HeldSale {
  readonly sale: TransactionRecorded;
  readonly remaining: number;
  /** Of an active membership: it counts towards the tier. */
  readonly counts: boolean;
  readonly points: number;
  readonly ticket: boolean;
  readonly gift: HeldGift | undefined;
}

interface HeldGift {
  readonly campaign: string;
  readonly gift: string;
  readonly edition: string;
  readonly stock: number;
}

interface Holdings {
  readonly sales: readonly HeldSale[];
  readonly tier: number;
  /** Points by the last month, counted since January 1970, in which they are good. */
  readonly lots: ReadonlyMap<number, number>;
}

const nothingHeld: Holdings = { sales: [], tier: 0, lots: new Map() };
const dayMs = 86_400_000;

interface GiftItem extends HeldGift {
  readonly saleId: string;
  readonly businessDay: number;
  status: 'earned' | 'handed_over' | 'unavailable' | 'returned' | 'claimed';
}

/**
 * What a mall's history comes to, counted from domain.md record by record: each is followed by a count of
 * everything the member holds, and what has changed is noted. It shares nothing with the services.
 */
export class MallRecount {
  readonly history: MallHistory;
  readonly enrolledAt = new Map<string, number>();
  readonly ledger: { readonly day: number; readonly points: number; readonly kind: string }[] = [];
  readonly tierChanges: {
    readonly memberId: string;
    readonly day: number;
    readonly from: string;
    readonly to: string;
  }[] = [];
  readonly tickets: { readonly saleId: string; readonly businessDay: number; voided: boolean }[] =
    [];
  readonly gifts: GiftItem[] = [];
  readonly #held = new Map<string, Holdings>();
  #giftsEarned = 0;

  constructor(history: MallHistory) {
    this.history = history;
    const arrived = new Map<string, MemberArrival[]>();
    for (const record of history.arrivals) {
      const name = holder(record);
      const records = [...(arrived.get(name) ?? []), record];
      arrived.set(name, records);
      this.#arrive(name, { record, records });
    }
    // Whether the member has come again since or not.
    for (const { lots } of this.#held.values())
      for (const [through, points] of lots)
        if (through < Infinity)
          this.ledger.push({ day: firstDayAfter(through), points: -points, kind: 'expired' });
  }

  /** Sales of which something remains, of everybody. */
  get standing(): HeldSale[] {
    return [...this.#held.values()].flatMap(({ sales }) =>
      sales.filter(({ remaining }) => remaining > 0),
    );
  }

  #arrive(
    name: string,
    by: { readonly record: MemberArrival; readonly records: readonly MemberArrival[] },
  ): void {
    const { value, type } = by.record;
    const before = this.#held.get(name) ?? nothingHeld;
    if (type === 'MemberEnrolled') {
      const known = this.enrolledAt.get(value.memberId) ?? Infinity;
      this.enrolledAt.set(value.memberId, Math.min(known, value.enrolledAt));
    }
    const after = holdingsOf(by.records, this.history.documents);
    this.#held.set(name, after);
    const day = type === 'MemberEnrolled' ? mallDay(value.enrolledAt) : value.businessDay;
    for (let tier = before.tier; tier !== after.tier; tier += Math.sign(after.tier - tier)) {
      const next = tier + Math.sign(after.tier - tier);
      const [from = '', to = ''] = [tierNames[tier], tierNames[next]];
      this.tierChanges.push({ memberId: name, day, from, to });
    }
    const had = new Map(before.sales.map((held) => [held.sale.transactionId, held]));
    for (const held of after.sales) {
      const earlier = had.get(held.sale.transactionId);
      const points = held.points - (earlier?.points ?? 0);
      // A correction changes the day of its sale.
      const kind = points > 0 ? 'earned' : 'reversed';
      if (points !== 0) this.ledger.push({ day: held.sale.businessDay, points, kind });
      this.#renumber(held, earlier);
      if (sameGift(held.gift, earlier?.gift)) continue;
      if (earlier?.gift !== undefined) this.#withdraw(held.sale, earlier.gift);
      if (held.gift !== undefined) this.#take(held.sale, held.gift);
    }
  }

  #renumber({ sale, ticket }: HeldSale, earlier: HeldSale | undefined): void {
    const { transactionId: saleId, businessDay } = sale;
    if (ticket === (earlier?.ticket ?? false)) return;
    if (ticket) this.tickets.push({ saleId, businessDay, voided: false });
    for (const known of this.tickets) if (known.saleId === saleId && !ticket) known.voided = true;
  }

  #withdraw(sale: TransactionRecorded, gift: HeldGift): void {
    const item = this.#itemOf(sale, gift, ['earned', 'handed_over', 'unavailable']);
    if (item === undefined) throw new Error('a gift is withdrawn that was never given');
    item.status = item.status === 'handed_over' ? 'claimed' : 'returned';
  }

  #take(sale: TransactionRecorded, gift: HeldGift): void {
    const claimed = this.#itemOf(sale, gift, ['claimed']);
    if (claimed !== undefined) {
      claimed.status = 'handed_over';
      this.#giftsEarned += 1;
      return;
    }
    const { transactionId: saleId, businessDay } = sale;
    const left = gift.stock - this.takenOf({ ...gift, month: epochMonthOf(businessDay) });
    const item: GiftItem = { ...gift, saleId, businessDay, status: 'unavailable' };
    this.gifts.push(item);
    if (left <= 0) return;
    this.#giftsEarned += 1;
    item.status = this.#giftsEarned % handedOverEvery === 0 ? 'handed_over' : 'earned';
  }

  #itemOf(
    sale: TransactionRecorded,
    gift: HeldGift,
    statuses: readonly GiftItem['status'][],
  ): GiftItem | undefined {
    return this.gifts.find(
      (item) =>
        item.saleId === sale.transactionId &&
        sameGift(item, gift) &&
        statuses.includes(item.status),
    );
  }

  /** Items out of the stock of an edition's month, those of sales up to a day if one is given. */
  takenOf(of: {
    readonly campaign: string;
    readonly edition: string;
    readonly month: number;
    readonly upTo?: number;
  }): number {
    return this.gifts.filter(
      (item) =>
        item.campaign === of.campaign &&
        item.edition === of.edition &&
        epochMonthOf(item.businessDay) === of.month &&
        item.businessDay <= (of.upTo ?? Infinity) &&
        ['earned', 'handed_over', 'claimed'].includes(item.status),
    ).length;
  }
}

const holder = ({ type, value }: MemberArrival): string =>
  type === 'MemberEnrolled' ? value.memberId : (value.memberId ?? '');

const sameGift = (one: HeldGift | undefined, other: HeldGift | undefined): boolean =>
  one?.campaign === other?.campaign && one?.edition === other?.edition;

/** The day on which what was good through a month is gone. */
const firstDayAfter = (month: number): number =>
  Date.parse(`${isoMonth(month + 1)}-01T00:00:00Z`) / dayMs;

const startOf = ({ effectiveFrom }: ProgrammeDocument): number =>
  Date.parse(`${effectiveFrom}:00Z`) - jakartaMs;

export const versionAt = (
  documents: readonly ProgrammeDocument[],
  instant: number,
): ProgrammeDocument | undefined =>
  documents.filter((document) => startOf(document) <= instant).at(-1);

function holdingsOf(
  records: readonly MemberArrival[],
  documents: readonly ProgrammeDocument[],
): Holdings {
  let enrolledAt = Infinity;
  const byId = new Map<string, TransactionRecorded>();
  for (const { type, value } of records)
    if (type === 'MemberEnrolled') enrolledAt = Math.min(enrolledAt, value.enrolledAt);
    else if (!byId.has(value.transactionId)) byId.set(value.transactionId, value);
  const ordered = [...byId.values()].sort(
    (a, b) => a.occurredAt - b.occurredAt || (a.transactionId < b.transactionId ? -1 : 1),
  );
  const lots = new Map<number, number>();
  const spend = new Map<number, number>();
  let tier = 0;
  let active = false;
  const sales = ordered.flatMap((sale): HeldSale[] => {
    const version = versionAt(documents, sale.occurredAt);
    if (sale.type !== 'sale' || version === undefined || isLate(sale, sale, version)) return [];
    const remaining = remainingOf(sale, { ordered, version });
    const minimum = version.join.rule === 'first_sale' ? version.join.minimumAmount : Infinity;
    if (remaining > 0 && sale.occurredAt >= enrolledAt && remaining >= minimum) active = true;
    const counts = active && remaining > 0 && sale.occurredAt >= enrolledAt;
    const none = { ticket: false, gift: undefined, points: 0 };
    if (!counts) return [{ sale, remaining, counts, ...none }];
    const ofMonth = epochMonthOf(sale.businessDay);
    spend.set(ofMonth, (spend.get(ofMonth) ?? 0) + remaining);
    for (const rule of version.tiers)
      if ((spend.get(ofMonth) ?? 0) >= rule.monthSpend)
        tier = Math.max(tier, tierNames.indexOf(rule.tier));
    const points = Math.floor(remaining / (version.points?.perFullAmount ?? Infinity));
    const through = ofMonth + (version.points?.expiresAfterMonths ?? Infinity);
    lots.set(through, (lots.get(through) ?? 0) + points);
    return [{ sale, remaining, counts, points, ...rewardsOf({ sale, remaining, tier, version }) }];
  });
  return { sales, tier, lots };
}

const isLate = (
  record: TransactionRecorded,
  sale: TransactionRecorded,
  version: ProgrammeDocument,
): boolean => record.receivedAt - sale.occurredAt > version.correctionWindowDays * dayMs;

/** What refunds and voids leave of a sale. */
function remainingOf(
  sale: TransactionRecorded,
  by: { readonly ordered: readonly TransactionRecorded[]; readonly version: ProgrammeDocument },
): number {
  const naming = (type: 'refund' | 'void', id: string) =>
    by.ordered.filter(
      (record) =>
        record.type === type && record.originalId === id && !isLate(record, sale, by.version),
    );
  if (naming('void', sale.transactionId).length > 0) return 0;
  let left = sale.amount;
  for (const refund of naming('refund', sale.transactionId))
    if (naming('void', refund.transactionId).length === 0 && refund.amount <= left)
      left -= refund.amount;
  return left;
}

function rewardsOf(of: {
  readonly sale: TransactionRecorded;
  readonly remaining: number;
  readonly tier: number;
  readonly version: ProgrammeDocument;
}): Pick<HeldSale, 'ticket' | 'gift'> {
  const fits = (rule: { minimumAmount: number; tiers: readonly string[] }) =>
    of.remaining >= rule.minimumAmount && rule.tiers.includes(tierNames[of.tier] ?? '');
  const [band] = of.version.gifts.filter(fits).sort((a, b) => b.minimumAmount - a.minimumAmount);
  const name = isoMonth(epochMonthOf(of.sale.businessDay));
  const edition = band?.editions.find((each) => each.month === name);
  const gift =
    band === undefined || edition === undefined
      ? undefined
      : {
          campaign: band.campaign,
          gift: band.gift,
          edition: edition.edition,
          stock: edition.stock,
        };
  return { ticket: of.version.tickets.some(fits), gift };
}
