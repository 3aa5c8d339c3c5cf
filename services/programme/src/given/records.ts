import { epochDayOf, isoDate, type TransactionRecorded } from '@semarak/schemas';
import { assertNever } from './assert-never.ts';
import type { MemberRecord } from '../decision/decide.ts';
import { decide } from '../decision/decide.ts';
import type { DomainEvent } from '../decision/events.ts';
import { initialState, type MemberState } from '../history/state.ts';
import { mallDate, mallTime } from '../rules/mall-time.ts';
import { withClosedDay, type ProgrammeRules } from '../rules/rules.ts';

/** Readable records for tests: times are mall time of Jakarta in December 2014 unless told. */
const jakarta = mallTime('Asia/Jakarta');

/** `3 18:00` is 3 December 2014; `2015-01-03 18:00` is itself. */
export function at(text: string): number {
  const [date = '', time = ''] = text.split(' ');
  const day = date.includes('-') ? date : `2014-12-${date.padStart(2, '0')}`;
  return jakarta.instantOf(`${day}T${time}`);
}

export interface Given {
  /** Sequence at the terminal, or a whole id. */
  readonly id?: number | string;
  readonly at?: string;
  /** `YYYY-MM-DD`; the mall date if absent. */
  readonly day?: string;
  readonly tenant?: string;
  readonly member?: string | null;
  readonly currency?: string;
  /** When it was received; a second after it happened if absent. */
  readonly received?: string;
  readonly terminal?: string;
}

export function sale(amount: number, given: Given = {}): MemberRecord {
  return transaction({ ...given, type: 'sale', amount, original: null });
}

export const refund = (original: MemberRecord, amount: number, given: Given = {}): MemberRecord =>
  transaction({ id: 900, ...given, type: 'refund', amount, original: idOf(original) });

export const voiding = (original: MemberRecord, given: Given = {}): MemberRecord =>
  transaction({ id: 950, ...given, type: 'void', amount: 0, original: idOf(original) });

export const enrolment = (
  given: { at?: string; member?: string; received?: string } = {},
): MemberRecord => {
  const enrolledAt = at(given.at ?? '1 09:00');
  return {
    type: 'MemberEnrolled',
    value: {
      programme: 'pacific-place',
      memberId: given.member ?? 'M1',
      enrolledAt,
      receivedAt: given.received === undefined ? enrolledAt + 1000 : at(given.received),
    },
  };
};

export function idOf(record: MemberRecord): string {
  if (record.type === 'MemberEnrolled') throw new Error('an enrolment has no transaction id');
  return record.value.transactionId;
}

function transaction(
  of: Given & {
    type: TransactionRecorded['type'];
    amount: number;
    original: string | null;
  },
): MemberRecord {
  const occurredAt = at(of.at ?? '2 12:00');
  const businessDay =
    of.day === undefined ? mallDate(jakarta, occurredAt) : (epochDayOf(of.day) ?? Number.NaN);
  const id = of.id ?? 1;
  const isVoid = of.type === 'void';
  return {
    type: 'TransactionRecorded',
    value: {
      programme: 'pacific-place',
      transactionId:
        typeof id === 'string'
          ? id
          : `${of.terminal ?? 'PP-T017'}/${isoDate(businessDay)}/${String(id)}`,
      type: of.type,
      memberId: of.member === undefined ? 'M1' : of.member,
      tenantId: isVoid ? null : (of.tenant ?? 'PP-017'),
      businessDay,
      amount: of.amount,
      currency: isVoid ? null : (of.currency ?? 'IDR'),
      occurredAt,
      receivedAt: of.received === undefined ? occurredAt + 1000 : at(of.received),
      originalId: of.original,
    },
  };
}

/** The state after records, and the events of each. */
export function after(
  rules: ProgrammeRules,
  records: readonly MemberRecord[],
  how: typeof decide = decide,
): { state: MemberState; events: DomainEvent[] } {
  let state = initialState();
  const events: DomainEvent[] = [];
  for (const record of records) {
    const decision = how(state, record, rules);
    state = decision.state;
    events.push(...decision.events);
  }
  return { state, events };
}

/**
 * The same with business days closed before some of the records, and at last one record again: what
 * is closed reaches a member with their next record.
 */
export function afterClosings(
  rules: ProgrammeRules,
  records: readonly MemberRecord[],
  closings: readonly { readonly before: number; readonly day: number }[],
  how: typeof decide = decide,
): { state: MemberState; events: DomainEvent[]; rules: ProgrammeRules } {
  let index = 0;
  const closedAt = (count: number) => {
    const days = closings.filter(({ before }) => before <= count).map(({ day }) => day);
    return days.length === 0 ? rules : withClosedDay(rules, Math.max(...days));
  };
  const again = records.slice(0, 1);
  const { state, events } = after(rules, [...records, ...again], (before, record) =>
    how(before, record, closedAt(index++)),
  );
  return { state, events, rules: closedAt(records.length) };
}

/** What a record changes after others. */
export function when(
  rules: ProgrammeRules,
  given: readonly MemberRecord[],
  record: MemberRecord,
): DomainEvent[] {
  return decide(after(rules, given).state, record, rules).events;
}

/** Events as one line each, for tables: `posted 1 +5 = 5`, `tier temporary > blue spend_reached`. */
export const told = (events: readonly DomainEvent[]): string[] => events.map(line);

function line(event: DomainEvent): string {
  switch (event.type) {
    case 'MemberActivated':
      return `activated by ${event.value.transactionId === null ? 'enrolment' : shortId(event.value.transactionId)}`;
    case 'MemberDeactivated':
      return 'deactivated';
    case 'TierChanged':
      return `tier ${event.value.fromTier} > ${event.value.toTier} ${event.value.reason}`;
    case 'PointsExpired': {
      const { lastDay, points, pointsChange, balance } = event.value;
      return `expired ${isoDate(lastDay)} ${String(points)} points ${signed(pointsChange)} = ${String(balance)}`;
    }
    case 'TransactionPosted': {
      const { remaining, remainingChange, pointsChange, balance } = event.value;
      const amounts = `${String(remaining)} (${signed(remainingChange)})`;
      return `posted ${shortId(event.value.transactionId)} ${amounts} points ${signed(pointsChange)} = ${String(balance)}`;
    }
    case 'DrawTicketEarned':
      return `ticket ${shortId(event.value.transactionId)}#${String(event.value.ticket)}`;
    case 'DrawTicketForfeited':
      return `ticket gone ${shortId(event.value.transactionId)}#${String(event.value.ticket)}`;
    case 'GiftEntitled':
      return `gift ${shortId(event.value.transactionId)} ${event.value.gift} ${event.value.edition}`;
    case 'GiftWithdrawn':
      return `gift gone ${shortId(event.value.transactionId)} ${event.value.gift} ${event.value.edition}`;
    case 'ParkingGranted':
      return `parking ${shortId(event.value.transactionId)}`;
    case 'ParkingWithdrawn':
      return `parking gone ${shortId(event.value.transactionId)}`;
    case 'TransactionRejected':
      return `refused ${shortId(event.value.transactionId)} ${event.value.reason}`;
    case 'RejectionWithdrawn':
      return `no longer refused ${shortId(event.value.transactionId)} ${event.value.reason}`;
    default:
      return assertNever(event);
  }
}

const signed = (value: number): string => (value < 0 ? String(value) : `+${String(value)}`);
const shortId = (id: string): string => id.slice(id.lastIndexOf('/') + 1);
