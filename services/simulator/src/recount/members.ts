import type { ProgrammeDocument } from '@semarak/schemas';
import type { Enrolment } from '../mall/records.ts';
import { localMinute } from './mall-time.ts';
import type { StandingSale } from './sales.ts';

export interface EntitledGift {
  readonly campaign: string;
  readonly gift: string;
  readonly edition: string;
  /** YYYY-MM; each month's edition is a stock of its own. */
  readonly month: string;
  /** Of the edition; who gets the last one follows the log, which no recount of the till's sees. */
  readonly stock: number;
}

/** What one member holds. Transaction ids name the sales. */
export interface Holdings {
  readonly tier: 'none' | 'temporary' | 'blue' | 'gold';
  readonly points: number;
  /** By sale; sales that earn nothing are left out. */
  readonly pointsBySale: ReadonlyMap<string, number>;
  /** By sale, the draws in which it has a number. */
  readonly tickets: ReadonlyMap<string, readonly string[]>;
  readonly gifts: ReadonlyMap<string, EntitledGift>;
  readonly parking: ReadonlySet<string>;
}

/**
 * What an enrolled member holds, from the sales of a whole life, in their order, one after the other.
 * Knows what the programme of Pacific Place has and throws at a document with anything else.
 */
export function holdingsOf(member: {
  readonly enrolment: Enrolment;
  readonly sales: readonly StandingSale[];
  readonly programme: ProgrammeDocument;
}): Holdings {
  const { programme } = member;
  const { join, points: pointRule, parking: parkingRule } = programme;
  if (join.rule !== 'first_sale')
    throw new Error(`the recount does not know to join by ${join.rule}`);

  let tier: Holdings['tier'] = 'none';
  let points = 0;
  const pointsBySale = new Map<string, number>();
  const tickets = new Map<string, string[]>();
  const gifts = new Map<string, EntitledGift>();
  const parking = new Set<string>();
  const spendByMonth = new Map<string, number>();
  const parkedByDay = new Map<string, number>();

  for (const sale of member.sales) {
    if (sale.remaining === 0 || sale.occurredAt < Date.parse(member.enrolment.enrolledAt)) continue;
    if (tier === 'none') {
      if (sale.remaining < join.minimumAmount) continue;
      tier = 'temporary';
    }

    const month = sale.businessDay.slice(0, 7);
    const spend = (spendByMonth.get(month) ?? 0) + sale.remaining;
    spendByMonth.set(month, spend);
    if (tier === 'temporary' && spend >= monthSpendFor('blue', programme)) tier = 'blue';
    if (tier === 'blue' && spend >= monthSpendFor('gold', programme)) tier = 'gold';

    if (pointRule !== undefined) {
      const earned = Math.floor(sale.remaining / pointRule.perFullAmount) * pointRule.points;
      if (earned > 0) pointsBySale.set(sale.transactionId, earned);
      points += earned;
    }

    for (const draw of programme.tickets)
      if (draw.tiers.includes(tier) && sale.remaining >= draw.minimumAmount)
        tickets.set(sale.transactionId, [
          ...(tickets.get(sale.transactionId) ?? []),
          draw.campaign,
        ]);

    const gift = giftFor({ tier, amount: sale.remaining, month, programme });
    if (gift !== undefined) gifts.set(sale.transactionId, gift);

    if (parkingRule !== undefined && sale.remaining >= parkingRule.minimumAmount) {
      const time = localMinute(sale.occurredAt, programme.timeZone).slice(11);
      const parked = parkedByDay.get(sale.businessDay) ?? 0;
      if (
        time >= parkingRule.from &&
        time < parkingRule.until &&
        parked < parkingRule.perBusinessDay
      ) {
        parkedByDay.set(sale.businessDay, parked + 1);
        parking.add(sale.transactionId);
      }
    }
  }
  return { tier, points, pointsBySale, tickets, gifts, parking };
}

/** Throws when the document uses something that this recount would silently leave out. */
export function checkKnown(programme: ProgrammeDocument): void {
  const { points, tiers, tickets } = programme;
  const unknown: string[] = [];
  if (points !== undefined) {
    if (points.multipliers.length > 0) unknown.push('multipliers');
    if (Object.keys(points.caps).length > 0) unknown.push('caps');
    if (points.season !== undefined) unknown.push('a season of points');
    if (points.expiresAfterMonths !== undefined) unknown.push('points that expire');
  }
  if (tiers.map(({ tier }) => tier).join() !== 'temporary,blue,gold') unknown.push('other tiers');
  if (tiers.some(({ keep }) => keep !== 'forever')) unknown.push('tiers that are lost');
  if (tickets.some(({ numbers }) => numbers !== 'one_per_sale')) unknown.push('several numbers');
  if ([...tickets, ...programme.gifts].some((rule) => 'season' in rule)) unknown.push('seasons');
  if (unknown.length > 0)
    throw new Error(`the recount does not know ${unknown.join(', ')} of ${programme.programme}`);
}

function monthSpendFor(name: 'blue' | 'gold', programme: ProgrammeDocument): number {
  const tier = programme.tiers.find((entry) => entry.tier === name);
  if (tier === undefined) throw new Error(`${programme.programme} has no tier ${name}`);
  return tier.monthSpend;
}

/** The gift with the highest minimum that the sale reaches, in the month's edition. */
function giftFor(sale: {
  readonly tier: Holdings['tier'];
  readonly amount: number;
  readonly month: string;
  readonly programme: ProgrammeDocument;
}): EntitledGift | undefined {
  let best: ProgrammeDocument['gifts'][number] | undefined;
  for (const rule of sale.programme.gifts) {
    if (sale.tier === 'none' || !rule.tiers.includes(sale.tier)) continue;
    if (sale.amount < rule.minimumAmount) continue;
    if (best === undefined || rule.minimumAmount > best.minimumAmount) best = rule;
  }
  const edition = best?.editions.find(({ month }) => month === sale.month);
  if (best === undefined || edition === undefined) return undefined;
  return {
    campaign: best.campaign,
    gift: best.gift,
    edition: edition.edition,
    month: edition.month,
    stock: edition.stock,
  };
}
