import { epochMonthOf, isoDate, tierNames } from '@semarak/schemas';
import { day, jakartaMs, mallDay, mallHour } from './mall.ts';
import { versionAt, type MallRecount } from './recount.ts';
import {
  distinct,
  groups,
  salesOf,
  spansOf,
  sum,
  within,
  type Row,
  type Sold,
  type Span,
} from './sales.ts';
import { valueFigures } from './values.ts';

const dayMs = 86_400_000;

/** The rows that each report should have, in any order. */
export function figuresOf(recount: MallRecount, asOf: string): Readonly<Record<string, Row[]>> {
  return {
    ...sixReports(recount, asOf),
    ...shops(recount, asOf),
    ...memberships(recount, asOf),
    ...rewards(recount, asOf),
    ...valueFigures(recount, asOf),
  };
}

/** By the newest version that names the tenant. */
const shopOf = ({ history }: MallRecount, tenantId: string) =>
  history.documents
    .toReversed()
    .flatMap(({ tenants }) => tenants)
    .find((tenant) => tenant.tenantId === tenantId) ?? {
    tenantId,
    name: tenantId,
    category: 'unknown',
    floor: 'unknown',
  };

function sixReports(recount: MallRecount, asOf: string): Record<string, Row[]> {
  const sales = salesOf(recount).filter(({ memberId }) => memberId !== null);
  const profiles = new Map(recount.history.profiles.map((profile) => [profile.memberId, profile]));
  const ofPeriods = (rows: (of: Sold[], span: Span) => Row[]) =>
    spansOf(asOf).flatMap(({ period, span }) =>
      rows(
        sales.filter(({ businessDay }) => within(businessDay, span)),
        span,
      ).map((row) => ({ period, ...row })),
    );
  const byCategory = (rows: (category: string, of: Sold[]) => Row) =>
    ofPeriods((of) =>
      groups(of, ({ category }) => category).map(([category, some]) => rows(category, some)),
    );
  const active = (name: string, of: (memberId: string) => string) =>
    ofPeriods((some) =>
      groups([...new Set(some.map(({ memberId }) => memberId ?? ''))], of).map(
        ([value, members]) => ({ [name]: value, active_members: members.length }),
      ),
    );
  return {
    report_average_spending_by_category: byCategory((category, of) => {
      const customers = distinct(of.map(({ memberId }) => memberId));
      const spend = sum(of.map(({ remaining }) => remaining));
      return { category, customers, spend, average_spending: spend / customers };
    }),
    report_transactions_by_category: byCategory((category, of) => ({
      category,
      transactions: of.length,
    })),
    report_active_members_by_zone: active(
      'zone',
      (memberId) => profiles.get(memberId)?.zone.replace(/^$/, 'unknown') ?? 'unknown',
    ),
    report_active_members_by_age: active('age_band', (memberId) =>
      ageBand(profiles.get(memberId)?.birthDate, asOf),
    ),
    report_active_members_by_gender: active(
      'gender',
      (memberId) => profiles.get(memberId)?.gender ?? 'unknown',
    ),
    report_new_members: ofPeriods((_, span) => [
      {
        new_members: [...recount.enrolledAt.values()].filter((at) => within(mallDay(at), span))
          .length,
      },
    ]),
  };
}

/** Birthdays that have passed, the day itself included; born on 29 February: on 1 March of other years. */
function ageBand(birthDate: number | undefined, asOf: string): string {
  if (birthDate === undefined) return 'unknown';
  const born = isoDate(birthDate);
  const years = Number(asOf.slice(0, 4)) - Number(born.slice(0, 4));
  const age = asOf.slice(5) >= born.slice(5) ? years : years - 1;
  const bands = [
    [18, 'under 18'],
    [25, '18-24'],
    [35, '25-34'],
    [45, '35-44'],
    [55, '45-54'],
  ] as const;
  return bands.find(([below]) => age < below)?.[1] ?? '55 and over';
}

function shops(recount: MallRecount, asOf: string): Record<string, Row[]> {
  const sales = salesOf(recount);
  const newest = recount.history.documents.at(-1)?.tenants ?? [];
  const listed = newest.map(({ tenantId }) => tenantId);
  const all = new Set([...listed, ...sales.map(({ tenantId }) => tenantId)]);
  const tenants = spansOf(asOf).flatMap(({ period, span, before }) =>
    [...all].flatMap((tenantId): Row[] => {
      const of = (days: Span) =>
        sales.filter((sale) => sale.tenantId === tenantId && within(sale.businessDay, days));
      const [now, then] = [of(span), of(before)];
      if (now.length + then.length === 0 && !listed.includes(tenantId)) return [];
      const { name, category, floor } = shopOf(recount, tenantId);
      const members = now.flatMap(({ memberId }) => memberId ?? []);
      return [
        {
          period,
          tenant_id: tenantId,
          name,
          category,
          floor,
          spend: sum(now.map(({ remaining }) => remaining)),
          visits: now.length,
          members: distinct(members),
          previous_spend: sum(then.map(({ remaining }) => remaining)),
          previous_visits: then.length,
        },
      ];
    }),
  );
  const hours = spansOf(asOf).flatMap(({ period, span }) =>
    groups(
      sales.filter(({ businessDay }) => within(businessDay, span)),
      (sale) => `${sale.category}/${String(mallHour(sale.occurredAt))}`,
    ).map(([key, of]) => ({
      period,
      category: key.split('/')[0] ?? '',
      hour: Number(key.split('/')[1]),
      transactions: of.length,
      spend: sum(of.map(({ remaining }) => remaining)),
    })),
  );
  return { report_tenants: tenants, report_hours_by_category: hours };
}

function memberships(recount: MallRecount, asOf: string): Record<string, Row[]> {
  const last = day(asOf);
  const year: Span = [day(`${asOf.slice(0, 4)}-01-01`), last];
  const joined = [...recount.enrolledAt.values()].map(mallDay);
  const moves = recount.tierChanges.filter((change) => within(change.day, year));
  const known = recount.ledger.filter((entry) => entry.day <= last);
  const pointsOf = (span: Span, kinds: readonly string[]) =>
    sum(
      known
        .filter((entry) => within(entry.day, span) && kinds.includes(entry.kind))
        .map(({ points }) => points),
    );
  return {
    report_new_members_by_day: Array.from({ length: last - year[0] + 1 }, (_, index) => ({
      day: isoDate(year[0] + index),
      new_members: joined.filter((each) => each === year[0] + index).length,
    })),
    report_tier_movement_by_month: groups(
      moves,
      (move) => `${isoDate(move.day).slice(0, 7)} ${move.from} ${move.to}`,
    ).map(([key, of]) => {
      const [month = '', from = '', to = ''] = key.split(' ');
      return { month, from_tier: from, to_tier: to, changes: of.length };
    }),
    report_points: spansOf(asOf).map(({ period, span }) => ({
      period,
      given: pointsOf(span, ['earned', 'reversed']),
      redeemed: 0,
      expired: 0 - pointsOf(span, ['expired']),
      outstanding: sum(known.map(({ points }) => points)),
    })),
    report_members_near_next_tier: nearNextTier(recount, asOf),
  };
}

function nearNextTier(recount: MallRecount, asOf: string): Row[] {
  const last = day(asOf);
  const month: Span = [day(`${asOf.slice(0, 7)}-01`), last];
  const tiers = versionAt(recount.history.documents, (last + 1) * dayMs - jakartaMs - 1)?.tiers;
  return [...recount.enrolledAt.keys()].flatMap((memberId): Row[] => {
    const changes = recount.tierChanges.filter(
      (change) => change.memberId === memberId && change.day <= last,
    );
    const tier = changes.at(-1)?.to ?? 'none';
    const counted = recount.standing.filter(
      ({ sale, counts }) => sale.memberId === memberId && counts && within(sale.businessDay, month),
    );
    const spend = sum(counted.map(({ remaining }) => remaining));
    const next = tiers?.find(
      (each) => tierNames.indexOf(each.tier) > (tierNames as readonly string[]).indexOf(tier),
    );
    if (tier === 'none' || next === undefined || counted.length === 0) return [];
    if (spend < next.monthSpend / 2) return [];
    const missing = Math.max(0, next.monthSpend - spend);
    return [{ member_id: memberId, tier, next_tier: next.tier, month_spend: spend, missing }];
  });
}

function rewards(recount: MallRecount, asOf: string): Record<string, Row[]> {
  const last = day(asOf);
  const year: Span = [day(`${asOf.slice(0, 4)}-01-01`), last];
  const inForce = versionAt(recount.history.documents, (last + 1) * dayMs - jakartaMs - 1);
  const gifts = recount.gifts.filter(({ businessDay }) => within(businessDay, year));
  const tickets = recount.tickets.filter(({ businessDay }) => within(businessDay, year));
  return {
    report_tickets_by_day: groups(tickets, ({ businessDay }) => isoDate(businessDay)).map(
      ([name, of]) => ({
        day: name,
        draw: 'opening-draw',
        issued: of.filter(({ voided }) => !voided).length,
        voided: of.filter(({ voided }) => voided).length,
      }),
    ),
    report_gifts_by_day: groups(
      gifts,
      (item) => `${isoDate(item.businessDay)} ${item.campaign} ${item.gift} ${item.edition}`,
    ).map(([key, of]) => {
      const [name = '', campaign = '', gift = '', edition = ''] = key.split(' ');
      const count = (...statuses: readonly string[]) =>
        of.filter(({ status }) => statuses.includes(status)).length;
      return {
        day: name,
        campaign,
        gift,
        edition,
        earned: count('earned', 'handed_over'),
        returned: count('returned'),
        unavailable: count('unavailable'),
        claimed: count('claimed'),
      };
    }),
    report_gift_stock: (inForce?.gifts ?? []).flatMap(({ campaign, gift, editions }) =>
      editions
        .filter(({ month }) => month === asOf.slice(0, 7))
        .map(({ edition, month, stock }) => {
          const of = { campaign, edition, month: epochMonthOf(last), upTo: last };
          const left = Math.max(0, stock - recount.takenOf(of));
          return { campaign, gift, edition, month, stock, stock_left: left };
        }),
    ),
  };
}
