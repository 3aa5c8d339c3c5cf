import {
  epochDayOf,
  epochMonthOf,
  ticketNumbersMaxDefault,
  tierNames,
  type EpochDay,
  type ProgrammeDocument,
} from '@semarak/schemas';
import type { GiftGrant, TicketGrant } from '../history/state.ts';
import { mallTime, type MallTime } from './mall-time.ts';

const dayMs = 86_400_000;

/** A tier as its place in `tierNames`: 0 is `none`. */
export type TierRank = number;

/** Instants in [from, until), epoch milliseconds. */
export interface Season {
  readonly from: number;
  readonly until: number;
}

export interface PointsRule {
  readonly perFullAmount: number;
  readonly points: number;
  readonly season: Season;
  readonly multipliers: readonly {
    readonly percent: number;
    readonly tiers: readonly boolean[] | undefined;
    readonly categories: ReadonlySet<string> | undefined;
    readonly season: Season;
  }[];
  readonly perTransactionMax: number;
  readonly perDayMax: number;
  readonly perMonthMax: number;
  /** Points of a month expire at the end of the month that many later; undefined: never. */
  readonly expiresAfterMonths: number | undefined;
}

/** What a month’s spend lifts a member to. */
export interface TierRule {
  readonly rank: TierRank;
  readonly monthSpend: number;
  /** Months after the one that reached it; Infinity: forever, as the first tier always is. */
  readonly keptMonths: number;
}

interface TicketRule {
  readonly campaign: string;
  readonly minimumAmount: number;
  /** Undefined: one number for a sale. */
  readonly perFullAmount: number | undefined;
  /** One number of it: shared by most sales, so that not each has its own copy. */
  readonly one: readonly TicketGrant[];
  /** Numbers that one sale can give. */
  readonly numbersMax: number;
  /** By tier rank. */
  readonly tiers: readonly boolean[];
  readonly season: Season;
}

interface GiftRule {
  readonly campaign: string;
  readonly gift: string;
  readonly minimumAmount: number;
  readonly tiers: readonly boolean[];
  /** By month counted since January 1970; shared by all sales that it is given for. */
  readonly editions: ReadonlyMap<number, GiftGrant>;
}

/** One version of a programme, made ready for deciding. */
export interface ProgrammeVersion {
  readonly version: number;
  /** Epoch milliseconds. */
  readonly effectiveFrom: number;
  readonly document: ProgrammeDocument;
  readonly clock: MallTime;
  readonly correctionWindowMs: number;
  /** The least amount of the first sale that activates; undefined: enrolment activates. */
  readonly activatingAmount: number | undefined;
  /** Upwards. */
  readonly tiers: readonly TierRule[];
  readonly points: PointsRule | undefined;
  readonly tickets: readonly TicketRule[];
  /** From the highest band down. */
  readonly gifts: readonly GiftRule[];
  readonly parking:
    | {
        readonly minimumAmount: number;
        readonly fromMinute: number;
        readonly untilMinute: number;
        readonly perBusinessDay: number;
      }
    | undefined;
  categoryOf(tenantId: string): string | undefined;
  /** The number of a tenant’s category in `ProgrammeRules.categories`; 0: none. */
  categoryNumberOf(tenantId: string): number;
}

/** All known versions of one programme. */
export interface ProgrammeRules {
  readonly programme: string;
  /** By effectiveFrom, then version. */
  readonly versions: readonly ProgrammeVersion[];
  /** How long a sale stays open to change: correction window and reorderDaysMax, the longest of all versions. */
  readonly keptMs: number;
  /**
   * How far past its own occurrence a record that was received after its own correction window moves a member's
   * clock: a day, and never so far that a sale is folded which could be corrected when the record happened.
   */
  readonly clockLeadMsMax: number;
  /** The newest month, counted since January 1970, of which every business day is closed; -Infinity: none. */
  readonly closedMonth: number;
  /** A month’s spend from which on no version has a higher tier. */
  readonly highestMonthSpend: number;
  /** Whether a version limits the points of a day or month. */
  readonly capsPoints: boolean;
  /**
   * Every category that a version has had, each at its number, which stays when more versions are known. 0 is
   * that of tenants that a version does not name.
   */
  readonly categories: readonly (string | undefined)[];
  /** The version in force at an instant; of two with the same effectiveFrom the higher number. */
  versionAt(instantMs: number): ProgrammeVersion | undefined;
  /** The version in force at an instant by the first `count` versions alone: those known at some time. */
  versionAtWhenKnown(count: number, instantMs: number): ProgrammeVersion | undefined;
}

/**
 * Makes all known versions of one programme ready for deciding. The order of the documents does not
 * matter. No business day is closed. Throws on documents of different programmes and on a version given
 * twice.
 */
export function compileRules(documents: readonly ProgrammeDocument[]): ProgrammeRules {
  const programme = documents[0]?.programme ?? '';
  if (documents.some((document) => document.programme !== programme))
    throw new Error('rules are of one programme');
  if (new Set(documents.map((document) => document.version)).size < documents.length)
    throw new Error(`a version of ${programme} is given twice`);
  const categories: (string | undefined)[] = [undefined];
  const byNumber = [...documents]
    .sort((a, b) => a.version - b.version)
    .map((document) => compileVersion(document, categories));
  const versions = byNumber.toSorted(
    (a, b) => a.effectiveFrom - b.effectiveFrom || a.version - b.version,
  );
  const keptDays = Math.max(0, ...documents.map((d) => d.correctionWindowDays + d.reorderDaysMax));
  const windowDays = Math.max(0, ...documents.map((d) => d.correctionWindowDays));
  return {
    programme,
    versions,
    keptMs: keptDays * dayMs,
    clockLeadMsMax: Math.min(1, keptDays - windowDays) * dayMs,
    closedMonth: -Infinity,
    highestMonthSpend: Math.max(
      0,
      ...versions.flatMap(({ tiers }) => tiers.map(({ monthSpend }) => monthSpend)),
    ),
    capsPoints: documents.some(({ points }) => points?.caps.perDay ?? points?.caps.perMonth),
    categories,
    versionAt(instantMs) {
      for (let index = versions.length - 1; index >= 0; index--) {
        const version = versions[index];
        if (version !== undefined && version.effectiveFrom <= instantMs) return version;
      }
      return undefined;
    },
    versionAtWhenKnown(count, instantMs) {
      const beyond = byNumber[count]?.version ?? Infinity;
      return versions.findLast(
        ({ version, effectiveFrom }) => effectiveFrom <= instantMs && version < beyond,
      );
    },
  };
}

/** The rules once every business day up to and including `day` is closed. */
export const withClosedDay = (rules: ProgrammeRules, day: EpochDay): ProgrammeRules => ({
  ...rules,
  closedMonth: epochMonthOf(day + 1) - 1,
});

/** Adds the categories that no version before has had. */
function compileVersion(
  document: ProgrammeDocument,
  categories: (string | undefined)[],
): ProgrammeVersion {
  const clock = mallTime(document.timeZone);
  const numbers = new Map<string, number>();
  for (const { tenantId, category } of document.tenants) {
    if (!categories.includes(category)) categories.push(category);
    numbers.set(tenantId, categories.indexOf(category));
  }
  const { join, parking } = document;
  return {
    version: document.version,
    effectiveFrom: clock.instantOf(document.effectiveFrom),
    document,
    clock,
    correctionWindowMs: document.correctionWindowDays * dayMs,
    activatingAmount: join.rule === 'first_sale' ? join.minimumAmount : undefined,
    tiers: document.tiers.map(({ tier, monthSpend, keep }, index) => ({
      rank: tierNames.indexOf(tier),
      monthSpend,
      keptMonths: index === 0 || keep === 'forever' ? Infinity : keep.months,
    })),
    points: compilePoints(document, clock),
    tickets: document.tickets.map((rule) => ({
      campaign: rule.campaign,
      minimumAmount: rule.minimumAmount,
      perFullAmount: rule.numbers === 'one_per_sale' ? undefined : rule.numbers.perFullAmount,
      one: [{ campaign: rule.campaign, count: 1 }],
      numbersMax: rule.numbersMax ?? ticketNumbersMaxDefault,
      tiers: byRank(rule.tiers),
      season: season(rule.season, clock),
    })),
    gifts: document.gifts
      .map((rule) => ({
        campaign: rule.campaign,
        gift: rule.gift,
        minimumAmount: rule.minimumAmount,
        tiers: byRank(rule.tiers),
        editions: new Map(
          rule.editions.map(({ month, edition }) => [
            monthOf(month),
            { campaign: rule.campaign, gift: rule.gift, edition },
          ]),
        ),
      }))
      .sort((a, b) => b.minimumAmount - a.minimumAmount),
    parking: parking && {
      minimumAmount: parking.minimumAmount,
      fromMinute: minuteOf(parking.from),
      untilMinute: minuteOf(parking.until),
      perBusinessDay: parking.perBusinessDay,
    },
    categoryOf: (tenantId) => categories[numbers.get(tenantId) ?? 0],
    categoryNumberOf: (tenantId) => numbers.get(tenantId) ?? 0,
  };
}

function compilePoints(document: ProgrammeDocument, clock: MallTime): PointsRule | undefined {
  const rule = document.points;
  return (
    rule && {
      perFullAmount: rule.perFullAmount,
      points: rule.points,
      season: season(rule.season, clock),
      multipliers: rule.multipliers.map((entry) => ({
        percent: entry.percent,
        tiers: entry.tiers && byRank(entry.tiers),
        categories: entry.categories && new Set(entry.categories),
        season: season(entry.season, clock),
      })),
      perTransactionMax: rule.caps.perTransaction ?? Number.MAX_SAFE_INTEGER,
      perDayMax: rule.caps.perDay ?? Number.MAX_SAFE_INTEGER,
      perMonthMax: rule.caps.perMonth ?? Number.MAX_SAFE_INTEGER,
      expiresAfterMonths: rule.expiresAfterMonths,
    }
  );
}

const byRank = (tiers: readonly string[]): boolean[] =>
  tierNames.map((name) => tiers.includes(name));

const season = (given: { from: string; until: string } | undefined, clock: MallTime): Season =>
  given === undefined
    ? { from: -Infinity, until: Infinity }
    : { from: clock.instantOf(given.from), until: clock.instantOf(given.until) };

const minuteOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));

function monthOf(text: string): number {
  const day = epochDayOf(`${text}-01`);
  if (day === undefined) throw new Error(`"${text}" is no month`);
  return epochMonthOf(day);
}
