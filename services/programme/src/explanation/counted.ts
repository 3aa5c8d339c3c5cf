import { isoMonth, tierNames, type Tier } from '@semarak/schemas';
import { percentOf, pointsForSteps, within } from '../entitlements/grants.ts';
import { tierIn } from '../entitlements/months.ts';
import type { Grants, Position, Sale } from '../history/state.ts';
import { minuteOfDay } from '../rules/mall-time.ts';
import type { ProgrammeVersion, TierRank } from '../rules/rules.ts';
import type {
  CapExplanation,
  CountedExplanation,
  GiftBand,
  GiftExplanation,
  ParkingExplanation,
  PointsExplanation,
  TicketExplanation,
  TierExplanation,
} from './explanation.ts';

/** A sale that counts, between the positions before and after it. */
export interface Counted {
  readonly sale: Sale;
  readonly version: ProgrammeVersion;
  readonly before: Position;
  readonly after: Position;
  readonly grants: Grants;
  /** Of the business day, counted since January 1970. */
  readonly month: number;
}

export function explainCounted(of: Counted): CountedExplanation {
  const tier = tierIn(of.after, of.month);
  return {
    tier: explainTier(of, tier),
    points: explainPoints(of, tier),
    tickets: explainTickets(of, tier),
    gift: explainGift(of, tier),
    parking: explainParking(of),
  };
}

const nameOf = (rank: TierRank): Tier => tierNames[rank] ?? 'none';
const namesOf = (tiers: readonly boolean[]): Tier[] =>
  tierNames.filter((_, rank) => tiers[rank] === true);

function explainTier({ version, before, after, month }: Counted, held: TierRank): TierExplanation {
  const monthSpend = after.months.find((entry) => entry.month === month)?.spend ?? 0;
  const next = version.tiers.find(({ rank }) => rank > held);
  return {
    before: nameOf(tierIn(before, month)),
    held: nameOf(held),
    month: isoMonth(month),
    monthSpend,
    next:
      next === undefined
        ? null
        : {
            tier: nameOf(next.rank),
            monthSpend: next.monthSpend,
            missing: next.monthSpend - monthSpend,
          },
  };
}

function explainPoints(of: Counted, tier: TierRank): PointsExplanation {
  const { sale, version, before, month } = of;
  const rule = version.points;
  if (rule === undefined) return { outcome: 'no_rule', points: 0 };
  if (!within(rule.season, sale.occurredAt)) return { outcome: 'out_of_season', points: 0 };
  const fullAmounts = Math.floor(sale.remaining / rule.perFullAmount);
  const percent = percentOf(rule, sale, { version, tier });
  const beforeCaps = pointsForSteps({ steps: fullAmounts, points: rule.points, percent });
  const caps: CapExplanation[] = [
    { cap: 'per_transaction', points: rule.perTransactionMax, used: 0 },
    {
      cap: 'per_day',
      points: rule.perDayMax,
      used: before.days.find((day) => day.businessDay === sale.businessDay)?.points ?? 0,
    },
    {
      cap: 'per_month',
      points: rule.perMonthMax,
      used: before.months.find((entry) => entry.month === month)?.points ?? 0,
    },
  ];
  return {
    outcome: 'counted',
    points: of.grants.points,
    perFullAmount: rule.perFullAmount,
    fullAmounts,
    pointsEach: rule.points,
    percent,
    beforeCaps,
    limitedBy: caps.filter(({ points, used }) => Math.max(0, points - used) < beforeCaps),
    missing: rule.perFullAmount - (sale.remaining % rule.perFullAmount),
    goodThrough:
      rule.expiresAfterMonths === undefined ? null : isoMonth(month + rule.expiresAfterMonths),
  };
}

function explainTickets({ sale, version, grants }: Counted, tier: TierRank): TicketExplanation[] {
  return version.tickets.map((rule) => {
    const numbers = grants.tickets.find(({ campaign }) => campaign === rule.campaign)?.count ?? 0;
    let outcome: TicketExplanation['outcome'] = 'earned';
    if (!within(rule.season, sale.occurredAt)) outcome = 'out_of_season';
    else if (rule.tiers[tier] !== true) outcome = 'tier';
    else if (numbers === 0) outcome = 'amount_too_small';
    const per = rule.perFullAmount;
    let missing = Math.max(0, rule.minimumAmount - sale.remaining);
    if (missing === 0 && per !== undefined && numbers < rule.numbersMax)
      missing = per - (sale.remaining % per);
    return {
      campaign: rule.campaign,
      name:
        version.document.tickets.find(({ campaign }) => campaign === rule.campaign)?.name ??
        rule.campaign,
      outcome,
      numbers,
      minimumAmount: rule.minimumAmount,
      perFullAmount: per ?? null,
      numbersMax: per === undefined ? 1 : rule.numbersMax,
      tiers: namesOf(rule.tiers),
      missing,
    };
  });
}

function explainGift({ sale, version, grants }: Counted, tier: TierRank): GiftExplanation {
  const nobody = { campaign: null, gift: null, edition: null, minimumAmount: null };
  const upwards = [...version.gifts].reverse();
  if (upwards.length === 0) return { ...nobody, outcome: 'no_rule', next: null };
  const open = upwards.filter(({ tiers }) => tiers[tier] === true);
  const band = (rule: (typeof upwards)[number] | undefined): GiftBand | null =>
    rule === undefined
      ? null
      : {
          gift: rule.gift,
          minimumAmount: rule.minimumAmount,
          missing: Math.max(0, rule.minimumAmount - sale.remaining),
          tiers: namesOf(rule.tiers),
        };
  if (open.length === 0) return { ...nobody, outcome: 'tier', next: band(upwards[0]) };
  const next = band(open.find(({ minimumAmount }) => minimumAmount > sale.remaining));
  const reached = open.filter(({ minimumAmount }) => minimumAmount <= sale.remaining).at(-1);
  if (reached === undefined) return { ...nobody, outcome: 'amount_too_small', next };
  const { campaign, gift, minimumAmount } = reached;
  return {
    outcome: grants.gift === undefined ? 'no_edition' : 'entitled',
    campaign,
    gift,
    edition: grants.gift?.edition ?? null,
    minimumAmount,
    next,
  };
}

function explainParking({ sale, version, before, grants }: Counted): ParkingExplanation {
  const rule = version.parking;
  if (rule === undefined) return { outcome: 'no_rule' };
  const used = before.days.find((day) => day.businessDay === sale.businessDay)?.parkings ?? 0;
  const minute = minuteOfDay(version.clock, sale.occurredAt);
  let outcome: 'granted' | 'amount_too_small' | 'outside_hours' | 'used_up' = 'used_up';
  if (grants.parking) outcome = 'granted';
  else if (sale.remaining < rule.minimumAmount) outcome = 'amount_too_small';
  else if (minute < rule.fromMinute || minute >= rule.untilMinute) outcome = 'outside_hours';
  return {
    outcome,
    minimumAmount: rule.minimumAmount,
    missing: Math.max(0, rule.minimumAmount - sale.remaining),
    from: timeText(rule.fromMinute),
    until: timeText(rule.untilMinute),
    perBusinessDay: rule.perBusinessDay,
    used,
  };
}

/** `HH:MM` of minutes since midnight. */
export const timeText = (minute: number): string =>
  [Math.floor(minute / 60), minute % 60].map((part) => String(part).padStart(2, '0')).join(':');
