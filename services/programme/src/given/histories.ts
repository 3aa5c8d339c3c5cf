import * as fc from 'fast-check';
import { epochDayOf, isoDate, type ProgrammeDocument } from '@semarak/schemas';
import type { MemberRecord } from '../decision/decide.ts';
import { mallTime } from '../rules/mall-time.ts';
import { like } from './pacific-place.ts';

const clock = mallTime('Asia/Jakarta');
/** So that histories run from one month into the next. */
const start = clock.instantOf('2014-12-20T00:00');
const dayMs = 86_400_000;
const firstDay = epochDayOf('2014-12-20') ?? 0;

/** Programmes with everything in them and a short window, so that little history shows much. */
const short: readonly (readonly ProgrammeDocument[])[] = [
  [like({ correctionWindowDays: 6, reorderDaysMax: 2 })],
  [rich(1, '2014-12-20T00:00', {}), rich(2, '2014-12-27T00:00', second())],
  [rich(1, '2014-12-22T00:00', { join: { rule: 'enrolment' } })],
  [rich(1, '2014-12-20T00:00', {}), rich(2, '2014-12-25T00:00', { join: { rule: 'enrolment' } })],
];

/**
 * Programmes in which months matter. Everything but the time of day is longer by `monthly`, windows
 * too, so that the same drafts run over four months.
 */
const stretch = 8;
const window = { correctionWindowDays: 6 * stretch, reorderDaysMax: 2 * stretch };
const monthly: readonly (readonly ProgrammeDocument[])[] = [
  [rich(1, '2014-12-20T00:00', losing({ blue: 2, gold: 1, points: 1 }))],
  [
    rich(1, '2014-12-20T00:00', losing({ blue: 1, gold: 1, points: 1 })),
    rich(2, '2015-02-01T00:00', losing({ blue: 2, gold: 'forever', points: 2 })),
  ],
  [
    rich(1, '2014-12-24T00:00', losing({ blue: 1, gold: 2, points: 2 })),
    rich(2, '2015-01-31T12:00', {
      ...window,
      join: { rule: 'enrolment' },
      tiers: tiersKept({ blue: 'forever', gold: 1 }),
    }),
  ],
];
const programmes = [...short, ...monthly];

type Kept = number | 'forever';

function losing(of: { blue: Kept; gold: Kept; points: number }): object {
  return {
    ...window,
    tiers: tiersKept(of),
    points: {
      perFullAmount: 250_000,
      points: 3,
      multipliers: [],
      caps: { perMonth: 130 },
      expiresAfterMonths: of.points,
    },
  };
}

function tiersKept(of: { blue: Kept; gold: Kept }) {
  const keep = (kept: Kept) => (kept === 'forever' ? kept : { months: kept });
  return [
    { tier: 'temporary', monthSpend: 0, keep: { months: 1 }, benefits: [] },
    { tier: 'blue', monthSpend: 3_000_000, keep: keep(of.blue), benefits: [] },
    { tier: 'gold', monthSpend: 7_000_000, keep: keep(of.gold), benefits: [] },
  ];
}

function rich(version: number, effectiveFrom: string, change: object): ProgrammeDocument {
  return like({
    version,
    effectiveFrom,
    correctionWindowDays: 6,
    reorderDaysMax: 2,
    points: {
      perFullAmount: 250_000,
      points: 3,
      multipliers: [
        { percent: 150, tiers: ['blue'], categories: ['Groceries'] },
        { percent: 130, season: { from: '2014-12-23T12:00', until: '2014-12-25T00:00' } },
      ],
      caps: { perTransaction: 40, perDay: 60, perMonth: 130 },
    },
    tiers: [
      { tier: 'temporary', monthSpend: 0, keep: 'forever', benefits: [] },
      { tier: 'blue', monthSpend: 3_000_000, keep: 'forever', benefits: [] },
      { tier: 'gold', monthSpend: 7_000_000, keep: 'forever', benefits: [] },
    ],
    tickets: [
      {
        campaign: 'one',
        name: 'One a sale',
        minimumAmount: 500_000,
        numbers: 'one_per_sale',
        tiers: ['blue', 'gold'],
      },
      {
        campaign: 'many',
        name: 'One per million',
        minimumAmount: 500_000,
        numbers: { perFullAmount: 1_000_000 },
        tiers: ['gold'],
        season: { from: '2014-12-21T00:00', until: '2015-01-04T00:00' },
      },
    ],
    parking: { minimumAmount: 500_000, from: '18:00', until: '22:00', perBusinessDay: 1 },
    ...change,
  });
}

function second(): object {
  return {
    correctionWindowDays: 4,
    join: { rule: 'first_sale', minimumAmount: 750_000 },
    tiers: [
      { tier: 'temporary', monthSpend: 0, keep: 'forever', benefits: [] },
      { tier: 'gold', monthSpend: 4_000_000, keep: 'forever', benefits: [] },
    ],
    parking: { minimumAmount: 250_000, from: '10:00', until: '22:00', perBusinessDay: 2 },
  };
}

const amount = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 16 }).map((steps) => steps * 250_000) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 9_000_000 }) },
);
/** Often soon after midnight, and often about the month’s end: there the business day matters. */
const minutes = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 24 * 60 - 1 }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 120 }) },
);
const day = fc.oneof(
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 16 }) },
  { weight: 1, arbitrary: fc.integer({ min: 11, max: 13 }) },
);
/** Most come at once, some days late, few so late that they are refused. */
const delay = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 5000 }) },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 3 * dayMs }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 9 * dayMs }) },
);

interface Draft {
  readonly kind: 'sale' | 'refund' | 'void' | 'enrolment';
  readonly target: number;
  readonly amount: number;
  readonly day: number;
  readonly minutes: number;
  readonly delay: number;
  readonly yesterday: boolean;
  readonly whole: boolean;
  readonly tenant: number;
  readonly copies: readonly number[];
  /** How far behind its receivedAt a copy arrives; never beyond reorderDaysMax. */
  readonly jitter: readonly number[];
}

const draft: fc.Arbitrary<Draft> = fc.record({
  kind: fc.oneof(
    { weight: 10, arbitrary: fc.constant('sale' as const) },
    { weight: 5, arbitrary: fc.constant('refund' as const) },
    { weight: 3, arbitrary: fc.constant('void' as const) },
    { weight: 1, arbitrary: fc.constant('enrolment' as const) },
  ),
  target: fc.nat(),
  amount,
  day,
  minutes,
  delay,
  yesterday: fc.boolean(),
  whole: fc.boolean(),
  tenant: fc.constantFrom(1, 17, 30),
  copies: fc.oneof(
    { weight: 4, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(delay, { minLength: 1, maxLength: 2 }) },
  ),
  jitter: fc.array(fc.integer({ min: 0, max: 2 * dayMs - 1 }), { minLength: 3, maxLength: 3 }),
});

export interface History {
  /** Which of `programmes`. */
  readonly programme: number;
  /** In an order in which none is more than reorderDaysMax behind the newest receivedAt. */
  readonly records: readonly MemberRecord[];
}

/** Histories of one member without conflicts, as they may arrive. */
export const history = (size: {
  readonly minLength?: number;
  readonly maxLength: number;
}): fc.Arbitrary<History> =>
  fc
    .record({
      programme: fc.nat({ max: programmes.length - 1 }),
      drafts: fc.array(draft, { minLength: 1, ...size }),
    })
    .map(({ programme: chosen, drafts }) => ({
      programme: chosen,
      records: arrivals(chosen < short.length ? drafts : drafts.map(stretched)),
    }));

/** Of a member enrolled from the first day on, so that most sales grant something. */
const monthsOf = (size: { readonly maxLength: number }): fc.Arbitrary<History> =>
  fc
    .record({
      programme: fc.integer({ min: short.length, max: programmes.length - 1 }),
      first: draft,
      drafts: fc.array(draft, { minLength: Math.min(8, size.maxLength), ...size }),
    })
    .map(({ programme, first, drafts }) => {
      const enrolled: Draft = { ...first, kind: 'enrolment', day: 0, minutes: 0, delay: 0 };
      return { programme, records: arrivals([enrolled, ...drafts].map(stretched)) };
    });

export interface ClosingHistory extends History {
  /** Before which record (counted from 0) which business day is closed. */
  readonly closings: readonly { readonly before: number; readonly day: number }[];
}

/** Histories over months, some with closings anywhere among the records, of any day. */
export const closingHistory = (size: {
  readonly maxLength: number;
}): fc.Arbitrary<ClosingHistory> =>
  fc
    .record({
      given: monthsOf(size),
      closings: fc.array(fc.record({ before: fc.nat(), day: fc.nat({ max: 170 }) }), {
        maxLength: 4,
      }),
    })
    .map(({ given, closings }) => ({
      ...given,
      closings: closings.map(({ before, day: closed }) => ({
        before: before % (given.records.length + 1),
        day: firstDay + closed,
      })),
    }));

/** Where the days of a short history lie in a long one: about the ends of months, and between. */
const stretchedDays = [0, 5, 10, 20, 30, 40, 43, 50, 60, 70, 71, 11, 12, 42, 85, 101, 102] as const;

const stretched = (entry: Draft): Draft => ({
  ...entry,
  day: stretchedDays[entry.day] ?? 0,
  delay: entry.delay * stretch,
  copies: entry.copies.map((later) => later * stretch),
  jitter: entry.jitter.map((later) => later * stretch),
});

function arrivals(drafts: readonly Draft[]): MemberRecord[] {
  const made: { record: MemberRecord; draft: Draft }[] = [];
  for (const [index, entry] of drafts.entries())
    made.push({ draft: entry, record: make(entry, { index, drafts }) });
  const arriving = made.flatMap(({ record, draft: entry }) =>
    [0, ...entry.copies].map((later, copy) => {
      const value = { ...record.value, receivedAt: record.value.receivedAt + later };
      return {
        record: { ...record, value } as MemberRecord,
        order: value.receivedAt + (entry.jitter[copy] ?? 0),
      };
    }),
  );
  return arriving.sort((a, b) => a.order - b.order).map(({ record }) => record);
}

function make(
  entry: Draft,
  at: { readonly index: number; readonly drafts: readonly Draft[] },
): MemberRecord {
  const occurredAt = start + entry.day * dayMs + entry.minutes * 60_000;
  const receivedAt = occurredAt + entry.delay;
  if (entry.kind === 'enrolment') return makeEnrolment(occurredAt, entry);
  const target = entry.target % at.drafts.length;
  const named = at.drafts[target] ?? entry;
  const isVoid = entry.kind === 'void';
  return {
    type: 'TransactionRecorded',
    value: {
      programme: 'pacific-place',
      transactionId: idOf(entry, at.index),
      type: entry.kind,
      memberId: 'M1',
      tenantId: isVoid ? null : `PP-0${String(entry.tenant).padStart(2, '0')}`,
      businessDay: businessDayOf(entry),
      amount: isVoid ? 0 : entry.kind === 'refund' && entry.whole ? named.amount : entry.amount,
      currency: isVoid ? null : 'IDR',
      occurredAt,
      receivedAt,
      originalId: entry.kind === 'sale' ? null : idOf(named, target),
    },
  };
}

/**
 * Not later than the shortest window: a sale that is folded before its enrolment comes is past,
 * and whether it is depends on what else has come.
 */
const makeEnrolment = (enrolledAt: number, { delay: late }: Draft): MemberRecord => ({
  type: 'MemberEnrolled',
  value: {
    programme: 'pacific-place',
    memberId: 'M1',
    enrolledAt,
    receivedAt: enrolledAt + Math.min(late, 4 * dayMs),
  },
});

/** After midnight a sale may belong to the day before. */
const businessDayOf = (entry: Draft): number =>
  firstDay + entry.day - (entry.yesterday && entry.minutes < 180 ? 1 : 0);

const idOf = (entry: Draft, index: number): string =>
  `PP-T${String((index * 7) % 3).padStart(3, '0')}/${isoDate(businessDayOf(entry))}/${String(index)}`;

export const documentsOf = (given: History): readonly ProgrammeDocument[] =>
  programmes[given.programme] ?? [];
