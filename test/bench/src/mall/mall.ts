import { epochDayOf, isoDate, transactionId, type Records, type TillKey } from '@semarak/schemas';
import { chance } from './chance.ts';

/** A mall's month, numbered record by record: the same for the same numbers. */
export interface Mall {
  readonly transactions: number;
  readonly members: number;
  /** `ordered`: sales alone, each newer than the last. `mixed`: refunds and late sales among them. */
  readonly kind: 'ordered' | 'mixed';
}

export const programme = 'pacific-place';
const terminals = 500;
const tenants = 60;
const days = 30;
const dayMs = 86_400_000;
const openMs = 12 * 3_600_000;
const minuteMs = 60_000;
const genders = ['female', 'male', 'other', 'unknown'] as const;
const zones = ['Jakarta Selatan', 'Jakarta Pusat', 'Jakarta Barat', 'Depok', 'Bekasi'] as const;
/** Of records of a mixed month: refunds, and as many sales again that come late. */
const refundShare = 0.03;
const lateShare = 0.03;
const lateDaysMax = 3;
const lateMinutesMax = 60;
/** A refund is of one of so many sales before it. */
const refundedWithin = 100_000;

const firstOpening = Date.parse('2014-12-01T10:00:00+07:00');
const firstDay = epochDayOf('2014-12-01') ?? Number.NaN;
const enrolledAt = Date.parse('2014-12-01T09:00:00+07:00');
const dates = Array.from({ length: days }, (_, day) => isoDate(firstDay + day));

const drawn = {
  member: 0,
  amount: 1,
  kind: 2,
  lateness: 3,
  original: 4,
  share: 5,
  gender: 6,
  age: 7,
  zone: 8,
};

export const memberId = (member: number): string => `M2014-${String(100_000 + member)}`;

/** Every member enrols before the first sale. */
export const enrolment = (member: number): Records['MemberEnrolled'] => ({
  programme,
  memberId: memberId(member),
  enrolledAt,
  receivedAt: enrolledAt,
});

/** Who a member is; ages at the first opening are from 14 to 80. */
export const profile = (member: number): Records['MemberProfile'] => ({
  ...enrolment(member),
  name: `Member ${member}`,
  gender: genders[Math.floor(chance(member, drawn.gender) * genders.length)] ?? 'unknown',
  birthDate: firstDay - Math.floor((14 + 66 * chance(member, drawn.age)) * 365.25),
  address: `Jl. Jenderal Sudirman ${member}`,
  zone: zones[Math.floor(chance(member, drawn.zone) * zones.length)] ?? 'unknown',
});

/** The member of a transaction by its number. */
export function memberOf(mall: Mall, index: number): number {
  const sale = kindOf(mall, index) === 'refund' ? originalOf(mall, index) : index;
  return Math.floor(chance(sale, drawn.member) * mall.members);
}

/** The transaction of a number from 0; they are received in the order of their numbers. */
export function transactionAt(mall: Mall, index: number): Records['TransactionRecorded'] {
  const kind = kindOf(mall, index);
  if (kind === 'refund') return refundAt(mall, index);
  const receivedAt = timeOf(mall, index);
  const { day, late } = placeOf(mall, index);
  const terminal = index % terminals;
  return {
    programme,
    transactionId: idOf(mall, index),
    type: 'sale',
    memberId: memberId(memberOf(mall, index)),
    tenantId: `PP-${String((terminal % tenants) + 1).padStart(3, '0')}`,
    businessDay: firstDay + day,
    amount: amountOf(index),
    currency: 'IDR',
    occurredAt: receivedAt - late,
    receivedAt: receivedAt + 500,
    originalId: null,
  };
}

/** Of half of the sale, or of all of it. */
function refundAt(mall: Mall, index: number): Records['TransactionRecorded'] {
  const original = originalOf(mall, index);
  const sale = transactionAt(mall, original);
  const at = timeOf(mall, index);
  return {
    ...sale,
    transactionId: idOf(mall, index),
    type: 'refund',
    businessDay: firstDay + dayOf(mall, index),
    amount: chance(index, drawn.share) < 0.5 ? sale.amount : Math.ceil(sale.amount / 2),
    occurredAt: at,
    receivedAt: at + 500,
    originalId: sale.transactionId,
  };
}

function kindOf({ kind }: Mall, index: number): 'sale' | 'late_sale' | 'refund' {
  if (kind === 'ordered' || index === 0) return 'sale';
  const share = chance(index, drawn.kind);
  if (share < refundShare) return 'refund';
  return share < refundShare + lateShare ? 'late_sale' : 'sale';
}

function originalOf(mall: Mall, refund: number): number {
  const back = Math.floor(chance(refund, drawn.original) * Math.min(refund, refundedWithin));
  let sale = refund - 1 - back;
  while (kindOf(mall, sale) === 'refund') sale--;
  return sale;
}

const dayOf = ({ transactions }: Mall, index: number): number =>
  Math.floor((index * days) / transactions);

function timeOf(mall: Mall, index: number): number {
  const day = dayOf(mall, index);
  const ofDay = (index * days) / mall.transactions - day;
  return firstOpening + day * dayMs + Math.floor(ofDay * openMs);
}

/** The business day of a sale, and by how many milliseconds it comes late: minutes, or some days. */
function placeOf(mall: Mall, index: number): { day: number; late: number } {
  const day = dayOf(mall, index);
  if (kindOf(mall, index) !== 'late_sale') return { day, late: 0 };
  const lateness = chance(index, drawn.lateness);
  const daysLate = Math.min(day, Math.ceil((lateness - 0.5) * 2 * lateDaysMax));
  if (daysLate > 0) return { day: day - daysLate, late: daysLate * dayMs };
  return { day, late: Math.ceil(lateness * lateMinutesMax) * minuteMs };
}

function idOf(mall: Mall, index: number): string {
  const { day } = placeOf(mall, index);
  return transactionId({
    terminalId: `T${index % terminals}`,
    businessDay: dates[day] ?? '',
    sequence: Math.floor(index / terminals) + 1,
  });
}

/** The number of the transaction that has this id. */
export const numberOf = ({ terminalId, sequence }: TillKey): number =>
  (sequence - 1) * terminals + Number(terminalId.slice(1));

/** From Rp60,000 to Rp2,000,000; as many between two amounts as between their doubles. */
const amountOf = (index: number): number =>
  Math.round(Math.exp(11 + 3.5 * chance(index, drawn.amount)));
