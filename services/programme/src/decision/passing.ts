import { firstDayOfMonth, isoDate } from '@semarak/schemas';
import { beginMonth, expiredOf, losesByMonths, tierIn } from '../entitlements/months.ts';
import type { Position } from '../history/state.ts';
import type { ProgrammeRules, ProgrammeVersion } from '../rules/rules.ts';
import { tellTierSteps } from './difference.ts';
import type { DomainEvent } from './events.ts';

export interface Passing {
  readonly memberId: string;
  readonly rules: ProgrammeRules;
}

/** The end of a month: when it is, the day it ends with, and the version in force then. */
interface MonthEnd {
  readonly instant: number;
  readonly lastDay: number;
  readonly version: ProgrammeVersion | undefined;
}

function monthEnd(rules: ProgrammeRules, month: number): MonthEnd {
  const nextDay = firstDayOfMonth(month + 1);
  const midnight = (version: ProgrammeVersion | undefined) =>
    version?.clock.instantOf(`${isoDate(nextDay)}T00:00`) ?? nextDay * 86_400_000;
  const version = rules.versionAt(midnight(rules.versions.at(-1)) - 1) ?? rules.versions[0];
  return { instant: midnight(version), lastDay: nextDay - 1, version };
}

/**
 * Lets a month begin for what was told, and tells what the ends of the months before it take away,
 * month by month: first the tiers that were kept no longer, then the points that expired.
 */
export function passMonths(
  events: DomainEvent[],
  told: Position,
  month: number,
  by: { readonly memberId: string | null; readonly rules: ProgrammeRules },
): void {
  if (month <= told.month) return;
  const { memberId, rules } = by;
  if (memberId !== null && losesByMonths(told)) {
    const ended = [...told.holds, ...told.lots]
      .map(({ through }) => through)
      .filter((through) => through >= told.month && through < month)
      .sort((a, b) => a - b);
    for (const through of new Set(ended)) endMonth(events, told, through, { memberId, rules });
  }
  beginMonth(told, month);
}

function endMonth(events: DomainEvent[], told: Position, month: number, by: Passing): void {
  const { memberId } = by;
  const { instant, lastDay, version } = monthEnd(by.rules, month);
  const subject = { memberId, programmeVersion: version?.version ?? 0 };
  const from = tierIn(told, month);
  const to = tierIn(told, month + 1);
  if (from !== to)
    tellTierSteps(events, { ends: { from, to }, version }, (fromTier, toTier) => ({
      type: 'TierChanged',
      value: { ...subject, fromTier, toTier, reason: 'month_closed', effectiveAt: instant },
    }));
  beginMonth(told, month + 1);
  const points = expiredOf(told, month);
  if (points !== 0)
    events.push({
      type: 'PointsExpired',
      value: {
        ...subject,
        lastDay,
        expiredAt: instant,
        points,
        pointsChange: -points,
        balance: told.balance,
      },
    });
}

/**
 * Tells where what has expired of a lot is not what was told: a sale of a month whose points have
 * expired came late, was refunded or voided.
 */
export function tellExpired(
  events: DomainEvent[],
  positions: { readonly before: Position; readonly after: Position },
  by: Passing & { readonly balance: number },
): void {
  const { before, after } = positions;
  if (before.lots.length === 0 && after.lots.length === 0) return;
  let { balance } = by;
  const all = [...before.lots, ...after.lots].map(({ through }) => through).sort((a, b) => a - b);
  for (const through of new Set(all)) {
    const points = expiredOf(after, through);
    const pointsChange = expiredOf(before, through) - points;
    if (pointsChange === 0) continue;
    balance += pointsChange;
    const { instant, lastDay, version } = monthEnd(by.rules, through);
    events.push({
      type: 'PointsExpired',
      value: {
        memberId: by.memberId,
        programmeVersion: version?.version ?? 0,
        lastDay,
        expiredAt: instant,
        points,
        pointsChange,
        balance,
      },
    });
  }
}
