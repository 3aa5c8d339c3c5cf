import { programmeFiles, readProgramme, type ProgrammeDocument } from '@semarak/schemas';
import { describe, expect, it } from 'vitest';
import {
  defaultOfflineDaysMax,
  defaultShares,
  defaultTerminals,
  type Shares,
  type SimulationOptions,
} from './options.ts';
import { transactionIdOf, type SimulatedDay, type Transaction } from './records.ts';
import { shuffledDays } from './shuffle.ts';
import { simulateDays } from './simulation.ts';

const seed = 20_141_201;

describe(`a simulated day (seed ${seed})`, () => {
  const day = simulate({});
  const sales = distinct(day.transactions).filter(({ type }) => type === 'sale');

  it('is the same for the same seed and another for another', () => {
    expect(simulate({})).toEqual(day);
    expect(simulate({ seed: seed + 1 }).transactions).not.toEqual(day.transactions);
  });

  it('has the sales that were asked for, in the order of receivedAt', () => {
    expect(sales).toHaveLength(8_000);
    const received = day.transactions.map(({ receivedAt }) => Date.parse(receivedAt));
    expect(received).toEqual([...received].sort((a, b) => a - b));
  });

  it('is busiest from 11:00 to 13:00, with a smaller evening and a night of the cinema alone', () => {
    const perHour = (hour: number) =>
      sales.filter(({ occurredAt }) => Number(occurredAt.slice(11, 13)) === hour).length;
    const noon = Math.min(perHour(11), perHour(12));
    for (const hour of [10, 13, 14, 15, 16, 17, 18, 19, 20, 21])
      expect(perHour(hour)).toBeLessThan(noon);
    expect(perHour(19)).toBeGreaterThan(perHour(15));
    expect([3, 5, 7, 9].map(perHour)).toEqual([0, 0, 0, 0]);
    const afterMidnight = sales.filter(({ occurredAt }) => occurredAt.startsWith('2014-12-02'));
    expect(afterMidnight.length).toBeGreaterThan(0);
    for (const sale of afterMidnight) expect(sale.businessDay).toBe('2014-12-01');
  });

  it('numbers each till from 1 without a gap, in the order in which things happen', () => {
    const tills = groupBy(distinct(day.transactions), ({ terminalId }) => terminalId);
    expect(tills.size).toBeGreaterThan(150);
    for (const records of tills.values()) {
      const ordered = records.sort((a, b) => a.sequence - b.sequence);
      expect(ordered.map(({ sequence }) => sequence)).toEqual(ordered.map((_, index) => index + 1));
      const times = ordered.map(({ occurredAt }) => Date.parse(occurredAt));
      expect(times).toEqual([...times].sort((a, b) => a - b));
      const tenants = ordered.flatMap(({ tenantId }) => tenantId ?? []);
      expect(new Set(tenants).size).toBeLessThanOrEqual(1);
    }
  });

  it('has amounts in whole hundreds, some of them exactly on a threshold', () => {
    const amounts = sales.map(({ amount }) => amount ?? 0);
    expect(amounts.every((amount) => amount > 0 && amount % 100 === 0)).toBe(true);
    for (const threshold of [250_000, 500_000, 750_000, 1_000_000])
      expect(amounts).toContain(threshold);
  });

  it('has members who come often and many who come once', () => {
    const visits = [...groupBy(sales, ({ memberId }) => memberId ?? '')]
      .filter(([memberId]) => memberId !== '')
      .map(([, own]) => own.length)
      .sort((a, b) => b - a);
    const total = visits.reduce((sum, own) => sum + own, 0);
    const topTenth = visits.slice(0, Math.ceil(visits.length / 10));
    expect(topTenth.reduce((sum, own) => sum + own, 0) / total).toBeGreaterThan(0.25);
    expect(visits.filter((own) => own === 1).length / visits.length).toBeGreaterThan(0.1);
  });

  it('keeps its shares', () => {
    const records = distinct(day.transactions);
    const of = (type: Transaction['type']) => records.filter((record) => record.type === type);
    const anonymous = sales.filter(({ memberId }) => memberId === undefined);
    expect(anonymous.length / sales.length).toBeCloseTo(0.3, 1);
    expect(of('refund').length / sales.length).toBeCloseTo(0.01, 2);
    expect(of('void').length / sales.length).toBeCloseTo(0.003, 2);
    const repeats = day.transactions.length - records.length;
    expect(repeats / records.length).toBeCloseTo(0.01, 2);
  });

  it('enrols each member once, most before and some after the first sale, a few never', () => {
    const enrolledAt = new Map(
      day.enrolments.map((enrolment) => [enrolment.memberId, Date.parse(enrolment.enrolledAt)]),
    );
    expect(enrolledAt.size).toBe(day.enrolments.length);
    const first = new Map<string, number>();
    for (const { memberId, occurredAt } of sales)
      if (memberId !== undefined)
        first.set(memberId, Math.min(first.get(memberId) ?? Infinity, Date.parse(occurredAt)));
    const after = [...first].filter(([id, sale]) => (enrolledAt.get(id) ?? 0) > sale);
    const never = [...first.keys()].filter((id) => !enrolledAt.has(id));
    expect(after.length / first.size).toBeCloseTo(0.06, 1);
    expect(never.length / first.size).toBeCloseTo(0.03, 1);
    expect(enrolledAt.size - (first.size - never.length)).toBeGreaterThan(0);
  });

  it('has nothing that was not asked for', () => {
    const plain = simulate({ shares: none });
    expect(plain.transactions.every(({ type }) => type === 'sale')).toBe(true);
    expect(plain.transactions.every(({ memberId }) => memberId !== undefined)).toBe(true);
    expect(plain.transactions).toHaveLength(8_000);
  });
});

describe(`troubled terminals (seed ${seed})`, () => {
  it('deliver what they sold offline when the line is back', () => {
    const { transactions } = simulate({ shares: { ...none, offlineTerminals: 0.3 } });
    const late = transactions.filter((sent) => lateness(sent) > 60_000);
    expect(late.length).toBeGreaterThan(100);
    expect(Math.max(...late.map(lateness))).toBeLessThanOrEqual(7_201_000);
  });

  it('send another content under the same id as conflicts', () => {
    const { transactions } = simulate({ shares: { ...none, conflicts: 0.02 } });
    const amounts = new Map<string, Set<number>>();
    for (const sent of transactions) {
      const known = amounts.get(transactionIdOf(sent)) ?? new Set();
      amounts.set(transactionIdOf(sent), known.add(sent.amount ?? 0));
    }
    const conflicting = [...amounts.values()].filter(({ size }) => size > 1).length;
    expect(conflicting / amounts.size).toBeCloseTo(0.02, 2);
  });
});

describe(`a simulated month (seed ${seed})`, () => {
  const days = [...simulateDays({ ...options({}), days: 31, salesPerDay: 300, members: 600 })];

  it('goes on day by day with the same members, each enrolled once', () => {
    expect(days.map(({ day }) => day)).toEqual(
      Array.from({ length: 31 }, (_, index) => `2014-12-${String(index + 1).padStart(2, '0')}`),
    );
    const enrolled = days.flatMap(({ enrolments }) => enrolments.map(({ memberId }) => memberId));
    expect(new Set(enrolled).size).toBe(enrolled.length);
    expect(days[20]?.enrolments.length).toBeLessThan(days[0]?.enrolments.length ?? 0);
  });

  it('gives back sales of the day before', () => {
    const across = days.flatMap(({ transactions }) =>
      transactions.filter(
        ({ original, businessDay }) =>
          original !== undefined && original.businessDay !== businessDay,
      ),
    );
    expect(across.length).toBeGreaterThan(0);
    const ids = new Set(days.flatMap(({ transactions }) => transactions.map(transactionIdOf)));
    for (const { original } of across)
      expect(ids).toContain(original === undefined ? '' : transactionIdOf(original));
  });
});

describe(`a simulated month of troubled terminals (seed ${seed})`, () => {
  const troubled = {
    refunds: 0.1,
    longOfflineTerminals: 0.3,
    refundsElsewhere: 0.3,
    tooLate: 0.002,
  };
  const month = { days: 31, salesPerDay: 300, members: 600, shares: { ...none, ...troubled } };
  const days = [...simulateDays(options(month))];
  const transactions = days.flatMap((day) => day.transactions);

  it('brings what they sold when they are back, nine days later at most, in the order of receivedAt', () => {
    const windowMs = 45 * dayMs;
    const late = transactions.map(lateness).filter((ms) => ms > dayMs && ms < windowMs);
    expect(late.length).toBeGreaterThan(100);
    expect(Math.max(...late)).toBeGreaterThan(7 * dayMs);
    expect(Math.max(...late)).toBeLessThanOrEqual(9 * dayMs + 1_000);
    const received = transactions.map(({ receivedAt }) => Date.parse(receivedAt));
    expect(received).toEqual([...received].sort((a, b) => a - b));
    expect(transactions.filter(({ type }) => type === 'sale')).toHaveLength(9_300);
  });

  it('brings some after the correction window', () => {
    const tooLate = transactions.filter((sent) => lateness(sent) > 45 * dayMs);
    expect(new Set(tooLate.map(({ type }) => type))).toEqual(new Set(['sale', 'refund']));
    expect(tooLate.length / transactions.length).toBeCloseTo(0.002, 2);
  });

  it('has refunds that come before their sale', () => {
    const place = new Map(transactions.map((sent, index) => [transactionIdOf(sent), index]));
    const early = transactions.filter(
      ({ type, original }, index) =>
        type === 'refund' && original && (place.get(transactionIdOf(original)) ?? 0) > index,
    );
    expect(early.length).toBeGreaterThan(10);
  });

  it('is the same records in another order, none further back than asked for', () => {
    const heldDaysMax = 15;
    const shuffled = shuffledDays(days, { seed, heldDaysMax });
    const sent = shuffled.flatMap((day) => day.transactions);
    expect(sent).not.toEqual(transactions);
    expect(asSet(sent)).toEqual(asSet(transactions));
    expect(asSet(shuffled.flatMap((day) => day.enrolments))).toEqual(
      asSet(days.flatMap((day) => day.enrolments)),
    );
    let newest = -Infinity;
    let furthest = 0;
    for (const { receivedAt } of sent) {
      newest = Math.max(newest, Date.parse(receivedAt));
      furthest = Math.max(furthest, newest - Date.parse(receivedAt));
    }
    expect(furthest).toBeGreaterThan(10 * dayMs);
    expect(furthest).toBeLessThanOrEqual(heldDaysMax * dayMs);
  });
});

const dayMs = 86_400_000;

const asSet = (records: readonly object[]): string[] =>
  records.map((record) => JSON.stringify(record)).sort();

const none: Shares = {
  anonymous: 0,
  refunds: 0,
  voids: 0,
  retries: 0,
  conflicts: 0,
  offlineTerminals: 0,
  longOfflineTerminals: 0,
  refundsElsewhere: 0,
  tooLate: 0,
  enrolledAfterFirstSale: 0,
};

function options(changed: Partial<SimulationOptions>): SimulationOptions {
  return {
    programme: pacificPlace(),
    seed,
    firstDay: '2014-12-01',
    days: 1,
    members: 2_000,
    terminals: defaultTerminals,
    salesPerDay: 8_000,
    shares: defaultShares,
    offlineDaysMax: defaultOfflineDaysMax,
    ...changed,
  };
}

function simulate(changed: Partial<SimulationOptions>): SimulatedDay {
  const [day] = simulateDays(options(changed));
  if (day === undefined) throw new Error('no day was simulated');
  return day;
}

function pacificPlace(): ProgrammeDocument {
  const file = programmeFiles().find(({ pathname }) => pathname.endsWith('/pacific-place.json'));
  if (file === undefined) throw new Error('pacific-place.json is missing');
  return readProgramme(file);
}

function distinct(transactions: readonly Transaction[]): Transaction[] {
  const first = new Map<string, Transaction>();
  for (const sent of transactions)
    if (!first.has(transactionIdOf(sent))) first.set(transactionIdOf(sent), sent);
  return [...first.values()];
}

const lateness = ({ occurredAt, receivedAt }: Transaction): number =>
  Date.parse(receivedAt) - Date.parse(occurredAt);

function groupBy<T>(values: readonly T[], keyOf: (value: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const value of values)
    groups.set(keyOf(value), [...(groups.get(keyOf(value)) ?? []), value]);
  return groups;
}
