import {
  epochDayOf,
  isoDate,
  readProgramme,
  programmeFiles,
  type MemberProfile,
  type ProgrammeDocument,
  type RecordsOf,
  type TransactionRecorded,
  type Typed,
} from '@semarak/schemas';

type Arrival = Typed<RecordsOf<'transactions'>>;
export type MemberArrival = Extract<Arrival, { type: 'TransactionRecorded' | 'MemberEnrolled' }>;

/** What a mall has seen, in the order in which it came. */
export interface MallHistory {
  readonly documents: readonly ProgrammeDocument[];
  readonly arrivals: readonly MemberArrival[];
  /** Each member's newest is the one that stands. */
  readonly profiles: readonly MemberProfile[];
}

const dayMs = 86_400_000;
/** Jakarta is seven hours ahead, all year. */
export const jakartaMs = 7 * 3_600_000;

/** Days since 1970-01-01. Throws on what is no date. */
export function day(text: string): number {
  const found = epochDayOf(text);
  if (found === undefined) throw new Error(`${text} is no date`);
  return found;
}

/** The mall's date of an instant. */
export const mallDay = (instant: number): number => Math.floor((instant + jakartaMs) / dayMs);
/** The hour on the mall's clock, 0 to 23. */
export const mallHour = (instant: number): number =>
  Math.floor(((instant + jakartaMs) % dayMs) / 3_600_000);

const clock = (businessDay: number, minutes: number): number =>
  businessDay * dayMs + minutes * 60_000 - jakartaMs;

const tenant = (tenantId: string, category: string, floor = 'Ground') => ({
  tenantId,
  name: `Shop ${tenantId}`,
  category,
  floor,
});

/**
 * Pacific Place in two versions: the second lowers Blue, lets points expire sooner, moves one tenant to another category
 * and loses one. Stocks are small, so that they run out.
 */
function documentsOf(programme: string): ProgrammeDocument[] {
  const shipped = programmeFiles()
    .map(readProgramme)
    .find((document) => document.programme === 'pacific-place');
  if (shipped?.points === undefined) throw new Error('Pacific Place is not shipped');
  const months = ['2014-12', ...Array.from({ length: 12 }, (_, index) => month(2015, index))];
  months.push('2016-01', '2016-02', '2016-03');
  const stock = (perMonth: number) =>
    months.map((name) => ({ month: name, edition: `of-${name.slice(5)}`, stock: perMonth }));
  const first: ProgrammeDocument = {
    ...shipped,
    programme,
    points: { ...shipped.points, expiresAfterMonths: 2 },
    gifts: shipped.gifts.map((gift, index) => ({ ...gift, editions: stock(index + 2) })),
    tenants: [
      tenant('T1', 'Food', 'Lower Ground'),
      tenant('T2', 'Fashion'),
      tenant('T3', 'Fashion'),
      tenant('T4', 'Books'),
      tenant('GONE', 'Toys'),
      tenant('QUIET', 'Sports', 'Level 3'),
    ],
  };
  const second: ProgrammeDocument = {
    ...first,
    version: 2,
    effectiveFrom: '2016-01-01T00:00',
    points: { ...shipped.points, expiresAfterMonths: 1 },
    tiers: first.tiers.map((tier) =>
      tier.tier === 'blue' ? { ...tier, monthSpend: 4_000_000 } : tier,
    ),
    gifts: first.gifts.map((gift) => ({
      ...gift,
      editions: gift.editions.map((edition) => ({ ...edition, stock: edition.stock + 1 })),
    })),
    tenants: [
      ...first.tenants.filter(({ tenantId }) => !['GONE', 'T3'].includes(tenantId)),
      tenant('T3', 'Shoes', 'Level 1'),
    ],
  };
  return [first, second];
}

const month = (year: number, index: number): string =>
  `${String(year)}-${String(index + 1).padStart(2, '0')}`;

/** Numbers from a seed: mulberry32, which is plenty to make sales from. */
class Chance {
  #state: number;
  constructor(seed: number) {
    this.#state = seed;
  }
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  }
  of<Item>(items: readonly Item[]): Item {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new Error('there is nothing to choose from');
    return item;
  }
}

/** Business days that sales are made on most: around the dates at which reports are asked for. */
const edges = ['2014-12-24', '2014-12-31', '2015-01-01', '2015-02-28', '2015-03-31', '2015-12-31']
  .concat('2016-01-01', '2016-01-31', '2016-02-28', '2016-02-29', '2016-03-01')
  .map(day);
const firstDay = day('2014-12-01');
const lastDay = day('2016-03-05');
const tenants = ['T1', 'T1', 'T2', 'T3', 'T4', 'GONE', 'NEVER-NAMED'];
const amounts = [
  1_000, 40_000, 249_999, 250_000, 500_000, 777_777, 1_000_000, 2_600_000, 5_000_000,
];

/**
 * Sales of the members m1, m2 … from a seed: of some enrolled late, some never, some without a profile;
 * anonymous ones; at 00:20 of yesterday's business day; refunds in part and whole, before and after what
 * they name arrives, too late and too large; voids of sales and of refunds; late records and copies.
 */
export function chanceHistory(of: {
  readonly programme: string;
  readonly seed: number;
  readonly members: number;
  readonly sales: number;
}): MallHistory {
  const chance = new Chance(of.seed);
  const members = Array.from({ length: of.members }, (_, index) => `m${String(index + 1)}`);
  const buyers = [...members, 'stranger-1', 'stranger-2', null];
  const arrivals: MemberArrival[] = enrolmentsOf(of.programme, members, chance);
  let sequence = 0;
  const till = (businessDay: number) =>
    `till-${chance.of(['1', '2', '3'])}/${isoDate(businessDay)}/${String(++sequence)}`;
  const add = (value: Omit<TransactionRecorded, 'programme' | 'receivedAt' | 'currency'>) => {
    const late = chance.below(6) === 0 ? chance.below(55) * dayMs : 0;
    const receivedAt = value.occurredAt + 1_000 + late;
    const currency = value.type === 'void' ? null : 'IDR';
    const record = { ...value, programme: of.programme, currency, receivedAt };
    arrivals.push({ type: 'TransactionRecorded', value: record });
    if (chance.below(20) === 0)
      arrivals.push({
        type: 'TransactionRecorded',
        value: { ...record, receivedAt: receivedAt + dayMs },
      });
    return record;
  };
  for (let count = 0; count < of.sales; count++) {
    const businessDay =
      chance.below(3) > 0 ? chance.of(edges) : firstDay + chance.below(lastDay - firstDay);
    // From 10:00 to 21:59, or twenty past midnight.
    const minutes = chance.below(8) === 0 ? 24 * 60 + 20 : 600 + chance.below(720);
    const sale = add({
      transactionId: till(businessDay),
      type: 'sale',
      memberId: chance.of(buyers),
      tenantId: chance.of(tenants),
      businessDay,
      amount: chance.below(60) === 0 ? 99_000_000 : chance.of(amounts) + chance.below(3),
      occurredAt: clock(businessDay, minutes),
      originalId: null,
    });
    correct(sale, { chance, add, till });
  }
  arrivals.push(...sameMoment(of.programme));
  const profiles = profilesOf(of.programme, members);
  arrivals.sort((a, b) => a.value.receivedAt - b.value.receivedAt);
  return { documents: documentsOf(of.programme), arrivals, profiles };
}

function correct(
  sale: TransactionRecorded,
  by: {
    readonly chance: Chance;
    readonly add: (
      value: Omit<TransactionRecorded, 'programme' | 'receivedAt' | 'currency'>,
    ) => TransactionRecorded;
    readonly till: (businessDay: number) => string;
  },
): void {
  const { chance } = by;
  const correction = (type: 'refund' | 'void', named: TransactionRecorded, amount: number) => {
    const occurredAt = named.occurredAt + (chance.below(30) * 24 + 1) * 3_600_000;
    const businessDay = mallDay(occurredAt);
    return by.add({
      transactionId: by.till(businessDay),
      type,
      memberId: sale.memberId,
      tenantId: type === 'void' ? null : sale.tenantId,
      businessDay,
      amount,
      occurredAt,
      originalId: named.transactionId,
    });
  };
  const parts = [sale.amount, Math.ceil(sale.amount / 2), Math.ceil(sale.amount / 3)];
  const kind = chance.below(12);
  if (kind === 0) correction('void', sale, 0);
  if (kind < 4 && kind > 0) {
    const refund = correction('refund', sale, chance.of(parts));
    if (kind === 1) correction('refund', sale, chance.of(parts));
    // Of an anonymous sale it would go by the refund's till and day, where nobody knows the sale.
    if (kind === 2 && sale.memberId !== null) correction('void', refund, 0);
  }
}

/** A fifth of the members enrol after their first sales; m1 at the first moment of the leap day. */
function enrolmentsOf(
  programme: string,
  members: readonly string[],
  chance: Chance,
): MemberArrival[] {
  const enrolled = (memberId: string, enrolledAt: number): MemberArrival => ({
    type: 'MemberEnrolled',
    value: { programme, memberId, enrolledAt, receivedAt: enrolledAt + 1_000 },
  });
  const moments = [
    clock(day('2016-02-29'), 0),
    clock(day('2016-03-01'), 0) - 1,
    clock(day('2016-03-01'), 0),
    clock(day('2016-01-01'), 0) - 1,
    clock(day('2016-01-01'), 0),
  ];
  return members.flatMap((memberId, index) => {
    const edge = moments[index];
    if (edge !== undefined) return [enrolled(memberId, edge)];
    const at = clock(
      chance.below(5) === 0 ? chance.of(edges) : firstDay - chance.below(20),
      chance.below(1_440),
    );
    // The earliest of two stands.
    return index % 7 === 0
      ? [enrolled(memberId, at), enrolled(memberId, at + dayMs)]
      : [enrolled(memberId, at)];
  });
}

/**
 * Of two sales at the same moment the one with the smaller id comes first: it is too small to activate, so
 * that it does not count towards the tier, while the second does.
 */
function sameMoment(programme: string): MemberArrival[] {
  const businessDay = day('2016-02-27');
  const occurredAt = clock(businessDay, 720);
  const member = { programme, memberId: 'twice-at-once' };
  const sale = (id: number, amount: number): MemberArrival => ({
    type: 'TransactionRecorded',
    value: {
      ...member,
      transactionId: `till-9/2016-02-27/${String(id)}`,
      type: 'sale',
      tenantId: 'T1',
      businessDay,
      amount,
      currency: 'IDR',
      occurredAt,
      receivedAt: occurredAt + 1_000,
      originalId: null,
    },
  });
  const enrolledAt = clock(day('2016-02-01'), 600);
  return [
    { type: 'MemberEnrolled', value: { ...member, enrolledAt, receivedAt: enrolledAt } },
    sale(1, 400_000),
    sale(2, 2_500_000),
  ];
}

/** Birthdays on the days of the reports and beside them; every fourth member has no profile. */
function profilesOf(programme: string, members: readonly string[]): MemberProfile[] {
  const births = ['1996-02-29', '1998-02-28', '1998-03-01', '1990-12-31', '1991-01-01'].concat([
    '1961-02-28',
    '1961-03-01',
    '1980-02-29',
    '1949-08-17',
    '2001-12-31',
    '1971-01-31',
  ]);
  return members.flatMap((memberId, index): MemberProfile[] => {
    if (index % 4 === 3) return [];
    const profile: MemberProfile = {
      programme,
      memberId,
      enrolledAt: 0,
      name: 'A Name',
      gender: (['female', 'male', 'other', 'unknown'] as const)[index % 4] ?? 'unknown',
      birthDate: day(births[index % births.length] ?? ''),
      address: 'An Address',
      zone: ['South', 'North', 'West', ''][index % 4] ?? '',
      receivedAt: index,
    };
    return index % 5 === 0
      ? [{ ...profile, zone: 'East', birthDate: day('1900-01-01') }, profile]
      : [profile];
  });
}
