import {
  epochDayOf,
  epochMonthOf,
  isoDate,
  tierNames,
  type ProgrammeDocument,
} from '@semarak/schemas';
import type { MemberRecord } from '../decision/decide.ts';
import { contentDigest } from '../history/content.ts';
import { mallTime } from '../rules/mall-time.ts';
import type { Rows, SaleRow } from './rows.ts';

type Transaction = Extract<MemberRecord, { type: 'TransactionRecorded' }>['value'];

const dayMs = 86_400_000;
const clock = mallTime('Asia/Jakarta');

/**
 * What records without conflicts come to, counted from domain.md with nothing forgotten, nothing
 * folded and no state, once the business days up to the newest of `closings` are closed: slow, and written apart from the engine so that the two can disagree.
 */
export function recount(
  records: readonly MemberRecord[],
  documents: readonly ProgrammeDocument[],
  closings: readonly number[] = [],
): Rows {
  const versions = [...documents].sort(
    (a, b) => clock.instantOf(a.effectiveFrom) - clock.instantOf(b.effectiveFrom),
  );
  const inForce = (instant: number) =>
    versions.filter((entry) => clock.instantOf(entry.effectiveFrom) <= instant).at(-1);
  const byId = new Map<string, Transaction>();
  let enrolledAt = Infinity;
  for (const { type, value } of records) {
    if (type === 'MemberEnrolled') enrolledAt = Math.min(enrolledAt, value.enrolledAt);
    else {
      const known = byId.get(value.transactionId);
      if (known === undefined || value.receivedAt < known.receivedAt)
        byId.set(value.transactionId, value);
    }
  }
  const all = [...byId.values()].sort(
    (a, b) => a.occurredAt - b.occurredAt || (a.transactionId < b.transactionId ? -1 : 1),
  );
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
  const refuse = (record: Transaction, reason: string | undefined) => {
    if (reason !== undefined)
      rows.refusals[`${record.transactionId} ${String(contentDigest(record))}`] = reason;
  };
  const alone = (record: Transaction): string | undefined => {
    const version = inForce(record.occurredAt);
    if (version === undefined) return 'no_programme_in_force';
    return isLate(record, record.occurredAt, version) ? 'too_late' : undefined;
  };
  const naming = (id: string) => all.filter((record) => record.originalId === id);
  const saleOf = (record: Transaction): Transaction | undefined => {
    const target = byId.get(record.originalId ?? '');
    if (target === undefined || target.type === 'sale') return target;
    if (record.type !== 'void' || target.type !== 'refund') return undefined;
    const sale = byId.get(target.originalId ?? '');
    return sale?.type === 'sale' ? sale : undefined;
  };

  const remaining = new Map<string, number>();
  for (const sale of all.filter(({ type }) => type === 'sale')) {
    const verdict = alone(sale);
    refuse(sale, verdict);
    const version = inForce(sale.occurredAt);
    if (verdict !== undefined || version === undefined) continue;
    const late = (record: Transaction) => isLate(record, sale.occurredAt, version);
    const voidsOf = (id: string) => naming(id).filter(({ type }) => type === 'void');
    const isVoided = (id: string) => voidsOf(id).some((record) => !late(record));
    for (const record of voidsOf(sale.transactionId)) if (late(record)) refuse(record, 'too_late');
    let left = isVoided(sale.transactionId) ? 0 : sale.amount;
    for (const refund of naming(sale.transactionId).filter(({ type }) => type === 'refund')) {
      if (late(refund)) {
        refuse(refund, 'too_late');
        continue;
      }
      for (const record of voidsOf(refund.transactionId))
        if (late(record)) refuse(record, 'too_late');
      if (isVoided(refund.transactionId)) continue;
      if (isVoided(sale.transactionId)) refuse(refund, 'sale_voided');
      else if (refund.amount > left) refuse(refund, 'refund_exceeds_sale');
      else left -= refund.amount;
    }
    remaining.set(sale.transactionId, left);
  }
  for (const record of all)
    if (record.type !== 'sale' && saleOf(record) === undefined) refuse(record, alone(record));

  grant();
  return rows;

  function categoryOf(sale: Transaction, version: ProgrammeDocument | undefined) {
    return version?.tenants.find((entry) => entry.tenantId === sale.tenantId)?.category;
  }

  /** How long a time it is that no standing sale of an earlier place lies in: day, month, year. */
  function firstAmong(sale: Transaction, inCategory: boolean): number {
    const category = categoryOf(sale, inForce(sale.occurredAt));
    const earlier = all
      .filter((other) => (remaining.get(other.transactionId) ?? 0) > 0)
      .filter((other) => !inCategory || categoryOf(other, inForce(other.occurredAt)) === category)
      .filter(
        (other) =>
          other.businessDay < sale.businessDay ||
          (other.businessDay === sale.businessDay && all.indexOf(other) < all.indexOf(sale)),
      )
      .map((other) => isoDate(other.businessDay));
    const day = isoDate(sale.businessDay);
    return [day, day.slice(0, 7), day.slice(0, 4)].filter(
      (period) => !earlier.some((other) => other.startsWith(period)),
    ).length;
  }

  function grant(): void {
    const spend = new Map<number, number>();
    const monthPoints = new Map<number, number>();
    const dayPoints = new Map<number, number>();
    const parkings = new Map<number, number>();
    const reached: { rank: number; through: number }[] = [];
    const reach = (tier: ProgrammeDocument['tiers'][number], month: number, first: boolean) =>
      reached.push({
        rank: tierNames.indexOf(tier.tier),
        through: first || tier.keep === 'forever' ? Infinity : month + tier.keep.months,
      });
    const rankIn = (month: number) =>
      Math.max(0, ...reached.filter(({ through }) => through >= month).map(({ rank }) => rank));
    const lots: { through: number; points: number }[] = [];
    let now = Math.max(-Infinity, ...closings.map((day) => epochMonthOf(day + 1)));
    const atEnrolment = inForce(enrolledAt) ?? versions[0];
    if (enrolledAt !== Infinity && atEnrolment?.join.rule === 'enrolment') {
      rows.activatedAt = Math.max(enrolledAt, clock.instantOf(atEnrolment.effectiveFrom));
      const [first] = atEnrolment.tiers;
      if (first !== undefined) reach(first, 0, true);
    }
    for (const sale of all) {
      const left = remaining.get(sale.transactionId);
      if (left === undefined) continue;
      const version = inForce(sale.occurredAt);
      const row: SaleRow = {
        remaining: left,
        points: 0,
        category: left > 0 ? (categoryOf(sale, version) ?? null) : null,
        firsts: left > 0 ? [firstAmong(sale, true), firstAmong(sale, false)] : [0, 0],
      };
      rows.sales[sale.transactionId] = row;
      if (left === 0 || version === undefined || sale.occurredAt < enrolledAt) continue;
      if (rows.activatedAt === undefined) {
        if (version.join.rule === 'enrolment')
          rows.activatedAt = Math.max(enrolledAt, clock.instantOf(version.effectiveFrom));
        else if (left >= version.join.minimumAmount) rows.activatedAt = sale.occurredAt;
        else continue;
      }
      if (sale.occurredAt < rows.activatedAt) continue;
      const month = epochMonthOf(sale.businessDay);
      const monthSpend = (spend.get(month) ?? 0) + left;
      spend.set(month, monthSpend);
      now = Math.max(now, month);
      for (const entry of version.tiers)
        if (monthSpend >= entry.monthSpend) reach(entry, month, entry === version.tiers[0]);
      const tier = tierNames[rankIn(month)] ?? 'none';
      const open = (rule: { season?: { from: string; until: string } | undefined }) =>
        rule.season === undefined ||
        (clock.instantOf(rule.season.from) <= sale.occurredAt &&
          sale.occurredAt < clock.instantOf(rule.season.until));
      const mayHave = (rule: { minimumAmount: number; tiers: readonly string[] }) =>
        left >= rule.minimumAmount && rule.tiers.includes(tier);

      const rule = version.points;
      if (rule !== undefined && open(rule)) {
        const category = categoryOf(sale, version);
        const multiplier = rule.multipliers.find(
          (entry) =>
            open(entry) &&
            (entry.tiers === undefined || (entry.tiers as string[]).includes(tier)) &&
            (entry.categories === undefined || entry.categories.includes(category ?? '')),
        );
        const full = Math.floor(left / rule.perFullAmount) * rule.points;
        const { perTransaction = Infinity, perDay = Infinity, perMonth = Infinity } = rule.caps;
        row.points = Math.max(
          0,
          Math.min(
            Math.floor((full * (multiplier?.percent ?? 100)) / 100),
            perTransaction,
            perDay - (dayPoints.get(sale.businessDay) ?? 0),
            perMonth - (monthPoints.get(month) ?? 0),
          ),
        );
        dayPoints.set(sale.businessDay, (dayPoints.get(sale.businessDay) ?? 0) + row.points);
        monthPoints.set(month, (monthPoints.get(month) ?? 0) + row.points);
        rows.balance += row.points;
        if (rule.expiresAfterMonths !== undefined)
          lots.push({ through: month + rule.expiresAfterMonths, points: row.points });
      }
      for (const entry of version.tickets.filter((each) => mayHave(each) && open(each))) {
        const count =
          entry.numbers === 'one_per_sale'
            ? 1
            : Math.min(Math.floor(left / entry.numbers.perFullAmount), entry.numbersMax ?? 1000);
        for (let ticket = 0; ticket < count; ticket++)
          rows.tickets.add(`${sale.transactionId} ${entry.campaign} ${String(ticket)}`);
      }
      const gift = version.gifts
        .filter(mayHave)
        .reduce<(typeof version.gifts)[number] | undefined>(
          (best, each) =>
            best === undefined || each.minimumAmount > best.minimumAmount ? each : best,
          undefined,
        );
      const edition = gift?.editions.find((each) => monthText(month) === each.month);
      if (gift !== undefined && edition !== undefined)
        rows.gifts.add(`${sale.transactionId} ${gift.campaign} ${gift.gift} ${edition.edition}`);
      const wall = (sale.occurredAt + 7 * 3_600_000) % dayMs;
      const minute = `${String(Math.floor(wall / 3_600_000)).padStart(2, '0')}:${String(Math.floor(wall / 60_000) % 60).padStart(2, '0')}`;
      const used = parkings.get(sale.businessDay) ?? 0;
      const { parking } = version;
      if (
        parking !== undefined &&
        left >= parking.minimumAmount &&
        parking.from <= minute &&
        minute < parking.until &&
        used < parking.perBusinessDay
      ) {
        parkings.set(sale.businessDay, used + 1);
        rows.parking.add(`${sale.transactionId} ${String(sale.businessDay)}`);
      }
    }
    rows.tier = tierNames[rankIn(now)] ?? 'none';
    for (const { through, points } of lots) {
      if (through >= now || points === 0) continue;
      rows.balance -= points;
      const lastDay = lastDayOf(through);
      rows.expired[lastDay] = (rows.expired[lastDay] ?? 0) + points;
    }
  }
}

const isLate = (record: Transaction, since: number, version: ProgrammeDocument): boolean =>
  record.receivedAt - since > version.correctionWindowDays * dayMs;

/** The day before the first of the next month. */
function lastDayOf(month: number): string {
  const next = epochDayOf(`${monthText(month + 1)}-01`);
  return next === undefined ? '' : isoDate(next - 1);
}

const monthText = (month: number): string =>
  `${String(1970 + Math.floor(month / 12))}-${String((month % 12) + 1).padStart(2, '0')}`;
