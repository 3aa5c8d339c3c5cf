import { mallDate, mallTime } from '@semarak/programme';
import { isoDate, type ProgrammeDocument } from '@semarak/schemas';
import { isReportDay } from './rows.ts';
import type { Profile, StandingSale } from './standings.ts';

const periods = ['today', 'month_to_date', 'year_to_date'] as const;
type Period = (typeof periods)[number];

/** What one partition of the members adds to the reports. */
export interface Contribution {
  readonly sales: ReadonlyMap<string, StandingSale>;
  readonly profiles: ReadonlyMap<string, Profile>;
  /** Of all enrolled members: programme and time of the enrolment that stands. */
  readonly enrolments: readonly { readonly programme: string; readonly enrolledAt: number }[];
}

/**
 * The reports of one programme at one date, counted sale by sale. A member’s records lie in one
 * partition, so that what the partitions add can be summed, distinct members included.
 */
export class ReportRecount {
  readonly programme: string;
  readonly day: number;
  readonly #dateOf: (instantMs: number) => number;
  readonly #customers = new Map<string, number>();
  /** Exact however many members it is of: together they may spend more than a number holds to the unit. */
  readonly #spend = new Map<string, bigint>();
  readonly #transactions = new Map<string, number>();
  readonly #zones = new Map<string, number>();
  readonly #ages = new Map<string, number>();
  readonly #genders = new Map<string, number>();
  readonly #joined = new Map<Period, number>(periods.map((period) => [period, 0]));

  constructor(of: { newest: ProgrammeDocument; day: number }) {
    this.programme = of.newest.programme;
    this.day = of.day;
    const clock = mallTime(of.newest.timeZone);
    this.#dateOf = (instantMs) => mallDate(clock, instantMs);
  }

  add({ sales, profiles, enrolments }: Contribution): void {
    const customers = new Set<string>();
    const active = new Map<string, Set<Period>>();
    for (const sale of sales.values()) {
      if (sale.programme !== this.programme || sale.memberId === null || sale.remaining <= 0)
        continue;
      const category = sale.category ?? 'unknown';
      for (const period of this.#periodsOf(sale.businessDay)) {
        const cell = `${period} ${category}`;
        add(this.#transactions, cell, 1);
        this.#spend.set(cell, (this.#spend.get(cell) ?? 0n) + BigInt(sale.remaining));
        const customer = `${cell} ${sale.memberId}`;
        if (!customers.has(customer)) add(this.#customers, cell, 1);
        customers.add(customer);
        const of = active.get(sale.memberId) ?? new Set();
        active.set(sale.memberId, of.add(period));
      }
    }
    for (const [memberId, of] of active) {
      const profile = profiles.get(`${this.programme}/${memberId}`);
      for (const period of of) {
        add(this.#zones, `${period} ${profile?.zone ?? 'unknown'}`, 1);
        add(this.#ages, `${period} ${this.#ageBand(profile?.birthDate)}`, 1);
        add(this.#genders, `${period} ${profile?.gender ?? 'unknown'}`, 1);
      }
    }
    for (const { programme, enrolledAt } of enrolments)
      if (programme === this.programme)
        for (const period of this.#periodsOf(this.#dateOf(enrolledAt)))
          add(this.#joined, period, 1);
  }

  /** By report, its rows as `period dimension` and figures. */
  figures(): Readonly<Record<string, ReadonlyMap<string, string>>> {
    const averages = [...this.#customers].map(([cell, customers]) => {
      const spend = this.#spend.get(cell) ?? 0n;
      // As ClickHouse divides: each side as the nearest double.
      return [cell, `${customers} ${spend} ${Number(spend) / customers}`] as const;
    });
    return {
      report_average_spending_by_category: new Map(averages),
      report_transactions_by_category: texts(this.#transactions),
      report_active_members_by_zone: texts(this.#zones),
      report_active_members_by_age: texts(this.#ages),
      report_active_members_by_gender: texts(this.#genders),
      report_new_members: texts(this.#joined),
    };
  }

  #periodsOf(day: number): Period[] {
    const [date, asOf] = [isoDate(day), isoDate(this.day)];
    if (day > this.day || date.slice(0, 4) !== asOf.slice(0, 4)) return [];
    if (day === this.day) return [...periods];
    return date.slice(0, 7) === asOf.slice(0, 7)
      ? ['month_to_date', 'year_to_date']
      : ['year_to_date'];
  }

  #ageBand(birthDate: number | undefined): string {
    if (birthDate === undefined || !isReportDay(birthDate)) return 'unknown';
    const [born, asOf] = [isoDate(birthDate), isoDate(this.day)];
    const years = Number(asOf.slice(0, 4)) - Number(born.slice(0, 4));
    const age = asOf.slice(5) < born.slice(5) ? years - 1 : years;
    if (age < 18) return 'under 18';
    if (age >= 55) return '55 and over';
    const from = [18, 25, 35, 45].findLast((low) => age >= low) ?? 18;
    return `${from}-${from === 18 ? 24 : from + 9}`;
  }
}

const add = <Key>(counts: Map<Key, number>, key: Key, by: number): void =>
  void counts.set(key, (counts.get(key) ?? 0) + by);

const texts = (counts: ReadonlyMap<string, number>): Map<string, string> =>
  new Map([...counts].map(([cell, count]) => [cell, String(count)]));

/** How each report is asked for: the columns after `period`, dimension first. */
export const reportColumns: Readonly<Record<string, readonly string[]>> = {
  report_average_spending_by_category: ['category', 'customers', 'spend', 'average_spending'],
  report_transactions_by_category: ['category', 'transactions'],
  report_active_members_by_zone: ['zone', 'active_members'],
  report_active_members_by_age: ['age_band', 'active_members'],
  report_active_members_by_gender: ['gender', 'active_members'],
  report_new_members: ['new_members'],
};
