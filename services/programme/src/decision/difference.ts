import { tierNames, type Tier } from '@semarak/schemas';
import { heldDigest } from '../history/content.ts';
import { noFirsts, type Firsts } from '../history/firsts.ts';
import {
  inHistoryOrder,
  nothing,
  saleConcerned,
  type GiftGrant,
  type Grants,
  type MemberState,
  type Position,
  type Sale,
} from '../history/state.ts';
import type { VerdictChange } from '../history/verdicts.ts';
import type { ProgrammeRules, ProgrammeVersion, TierRank } from '../rules/rules.ts';
import type { DomainEvent } from './events.ts';

type Membership = Pick<Position, 'activatedAt' | 'activatedBy' | 'tier'>;

type Subject = { readonly memberId: string; readonly programmeVersion: number };

/** What the membership’s change needs to be told. */
export interface MembershipChange {
  readonly memberId: string;
  /** Names the activation when no sale did. */
  readonly cause: string;
  /** The version that decided; undefined when none is in force. */
  readonly version: ProgrammeVersion | undefined;
}

/** Activation first, then the tier step by step. */
export function tellMembership(
  events: DomainEvent[],
  positions: { readonly before: Membership; readonly after: Membership },
  by: MembershipChange,
): void {
  const { before, after } = positions;
  const subject = { memberId: by.memberId, programmeVersion: by.version?.version ?? 0 };
  if (after.activatedAt === undefined) {
    if (before.activatedAt !== undefined)
      events.push({ type: 'MemberDeactivated', value: subject });
  } else if (before.activatedAt !== after.activatedAt || before.activatedBy !== after.activatedBy) {
    const { activatedAt } = after;
    const transactionId = after.activatedBy ?? null;
    events.push({ type: 'MemberActivated', value: { ...subject, activatedAt, transactionId } });
  }
  if (before.tier === after.tier) return;
  const ends = { from: before.tier, to: after.tier };
  const lifted = after.tier > before.tier;
  tellTierSteps(events, { ends, version: by.version }, (fromTier, toTier) => {
    const rising = fromTier === 'none' ? 'activated' : 'spend_reached';
    const falling = toTier === 'none' ? 'deactivated' : 'spend_reversed';
    const reason = lifted ? rising : falling;
    return {
      type: 'TierChanged',
      value: { ...subject, fromTier, toTier, reason, effectiveAt: null },
    };
  });
}

/** From one tier to another by single steps, over those that the version has. */
export function tellTierSteps(
  events: DomainEvent[],
  of: {
    readonly ends: { readonly from: TierRank; readonly to: TierRank };
    readonly version: ProgrammeVersion | undefined;
  },
  step: (from: Tier, to: Tier) => DomainEvent,
): void {
  const { ends, version } = of;
  const up = ends.to > ends.from;
  const exists = (rank: number) =>
    rank === 0 || rank === ends.to || version?.tiers.some((tier) => tier.rank === rank);
  let { from } = ends;
  while (from !== ends.to) {
    let to = from + (up ? 1 : -1);
    while (!(exists(to) ?? false)) to += up ? 1 : -1;
    events.push(step(tierAt(from), tierAt(to)));
    from = to;
  }
}

export const tierAt = (rank: number): Tier => tierNames[rank] ?? 'none';

/** What one sale held and holds. */
export interface SaleChange {
  readonly sale: Sale;
  readonly before: Holding;
  readonly after: Holding;
}

/** What a sale is given, what it is the first of, and its category and lot by the version that decides. */
interface Holding {
  readonly grants: Grants;
  readonly firsts: Firsts;
  readonly category: string | undefined;
  readonly version: ProgrammeVersion | undefined;
}

/** Whether points that two versions give to a sale expire together. */
export const sameTerm = (
  one: ProgrammeVersion | undefined,
  other: ProgrammeVersion | undefined,
): boolean => one?.points?.expiresAfterMonths === other?.points?.expiresAfterMonths;

/** Whose sale it is, and the member’s balance after this posting. */
interface Posting {
  readonly memberId: string | null;
  readonly programmeVersion: number;
  readonly balance: number;
}

/**
 * The posting of a sale and then its tickets, gift and parking, each only where it changed. A sale that
 * stood in another category is taken out there first, so that each posting changes one category; one whose
 * points were in another lot is taken out with them, by the version that told them.
 */
export function tellSale(events: DomainEvent[], change: SaleChange, by: Posting): void {
  const { sale, before, after } = change;
  const { remaining } = sale;
  const posted = sale.posted ?? 0;
  const sameLot = before.grants.points === 0 || sameTerm(before.version, after.version);
  if (posted === 0 || (before.category === after.category && sameLot))
    tellPosting(events, change, by, { posted, remaining });
  else if (!sameLot) tellInOtherLot(events, change, by, { posted, remaining });
  else {
    const { grants, category } = before;
    if (remaining === 0)
      tellPosting(events, { sale, before, after: { ...after, category } }, by, {
        posted,
        remaining,
      });
    else {
      const out = { ...before, firsts: noFirsts };
      const balance = by.balance - (after.grants.points - grants.points);
      tellPosting(
        events,
        { sale, before, after: out },
        { ...by, balance },
        { posted, remaining: 0 },
      );
      tellPosting(events, { sale, before: out, after }, by, { posted: 0, remaining });
    }
  }
  if (by.memberId === null || before.grants === after.grants) return;
  const { memberId, programmeVersion } = by;
  tellGrants(
    events,
    { sale, before: before.grants, after: after.grants },
    { memberId, programmeVersion },
  );
}

function tellInOtherLot(
  events: DomainEvent[],
  { sale, before, after }: SaleChange,
  by: Posting,
  { posted, remaining }: { readonly posted: number; readonly remaining: number },
): void {
  const out = { ...before, grants: nothing, firsts: noFirsts };
  const programmeVersion = before.version?.version ?? 0;
  const balance = by.balance - after.grants.points;
  const takenOut = { sale, before, after: out };
  tellPosting(events, takenOut, { ...by, programmeVersion, balance }, { posted, remaining: 0 });
  if (remaining > 0)
    tellPosting(events, { sale, before: out, after }, by, { posted: 0, remaining });
}

function tellPosting(
  events: DomainEvent[],
  { sale, before, after }: SaleChange,
  by: Posting,
  amounts: { readonly posted: number; readonly remaining: number },
): void {
  const { grants, firsts, category } = after;
  let tickets = 0;
  for (const grant of grants.tickets) tickets += grant.count;
  events.push({
    type: 'TransactionPosted',
    value: {
      programmeVersion: by.programmeVersion,
      memberId: by.memberId,
      transactionId: sale.id,
      tenantId: sale.tenantId,
      category: category ?? null,
      businessDay: sale.businessDay,
      soldAt: sale.occurredAt,
      amount: sale.amount,
      remaining: amounts.remaining,
      remainingChange: amounts.remaining - amounts.posted,
      firstInCategory: firsts.inCategory,
      firstInCategoryChange: firsts.inCategory - before.firsts.inCategory,
      firstInMall: firsts.inMall,
      firstInMallChange: firsts.inMall - before.firsts.inMall,
      points: grants.points,
      pointsChange: grants.points - before.grants.points,
      balance: by.balance,
      tickets,
      gift: grants.gift === undefined ? null : grants.gift.campaign,
      parking: grants.parking,
    },
  });
}

/** What a sale gave and gives. */
export interface GrantsChange {
  readonly sale: Sale;
  readonly before: Grants;
  readonly after: Grants;
}

function tellGrants(
  events: DomainEvent[],
  { sale, before, after }: GrantsChange,
  subject: Subject,
): void {
  const transactionId = sale.id;
  tellTickets(events, { sale, before, after }, subject);
  if (!sameGift(before.gift, after.gift)) {
    if (before.gift !== undefined)
      events.push({ type: 'GiftWithdrawn', value: { ...subject, ...before.gift, transactionId } });
    if (after.gift !== undefined)
      events.push({ type: 'GiftEntitled', value: { ...subject, ...after.gift, transactionId } });
  }
  if (before.parking !== after.parking)
    events.push({
      type: after.parking ? 'ParkingGranted' : 'ParkingWithdrawn',
      value: { ...subject, transactionId, businessDay: sale.businessDay },
    });
}

/** Campaigns in the document’s order, those no longer granted first; numbers of one upwards. */
function tellTickets(
  events: DomainEvent[],
  { sale, before, after }: GrantsChange,
  subject: Subject,
): void {
  for (const { campaign, count } of before.tickets)
    for (let ticket = countOf(after, campaign); ticket < count; ticket++)
      events.push({
        type: 'DrawTicketForfeited',
        value: ticketOf(sale, { campaign, ticket, subject }),
      });
  for (const { campaign, count } of after.tickets)
    for (let ticket = countOf(before, campaign); ticket < count; ticket++)
      events.push({
        type: 'DrawTicketEarned',
        value: ticketOf(sale, { campaign, ticket, subject }),
      });
}

/** Written out, not spread: this is made for most sales of a member with a tier. */
const ticketOf = (
  sale: Sale,
  of: { readonly campaign: string; readonly ticket: number; readonly subject: Subject },
) => ({
  programmeVersion: of.subject.programmeVersion,
  memberId: of.subject.memberId,
  campaign: of.campaign,
  transactionId: sale.id,
  ticket: of.ticket,
});

const countOf = (grants: Grants, campaign: string): number =>
  grants.tickets.find((entry) => entry.campaign === campaign)?.count ?? 0;

const sameGift = (a: GiftGrant | undefined, b: GiftGrant | undefined): boolean =>
  a === b ||
  (a !== undefined &&
    b !== undefined &&
    a.campaign === b.campaign &&
    a.gift === b.gift &&
    a.edition === b.edition);

/** Whether two results grant the same. */
export const sameGrants = (a: Grants, b: Grants): boolean =>
  a === b ||
  (a.points === b.points &&
    a.parking === b.parking &&
    sameGift(a.gift, b.gift) &&
    sameTickets(a, b));

const sameTickets = (a: Grants, b: Grants): boolean =>
  a.tickets === b.tickets ||
  (a.tickets.length === b.tickets.length &&
    a.tickets.every((entry) => countOf(b, entry.campaign) === entry.count));

/** Verdicts that changed, in history order: the refusal that no longer stands, then the new one. */
export function tellVerdicts(
  events: DomainEvent[],
  changes: VerdictChange[],
  by: {
    readonly memberId: string | null;
    readonly state: MemberState;
    readonly rules: ProgrammeRules;
  },
): void {
  changes.sort((a, b) => inHistoryOrder(a.record, b.record));
  for (const { record, before, after } of changes) {
    const sale = record.kind === 'sale' ? record : saleConcerned(by.state, record);
    const value = {
      programmeVersion: by.rules.versionAt((sale ?? record).occurredAt)?.version ?? 0,
      memberId: by.memberId,
      transactionId: record.id,
      content: heldDigest(record),
    };
    if (before !== undefined)
      events.push({ type: 'RejectionWithdrawn', value: { ...value, reason: before } });
    if (after !== undefined)
      events.push({ type: 'TransactionRejected', value: { ...value, reason: after } });
  }
}
