import type { RejectionReason, TransactionRecorded } from '@semarak/schemas';
import { contentDigest, isCopy } from '../history/content.ts';
import {
  attach,
  insertSale,
  nothing,
  recordOf,
  type Correction,
  type MemberState,
  type Sale,
} from '../history/state.ts';
import { leaveTrace, traceContent, tracesOf, type Trace } from '../history/trace.ts';
import { verdictAlone } from '../history/verdicts.ts';
import { horizonOf, placeOf } from '../history/window.ts';
import type { ProgrammeRules } from '../rules/rules.ts';
import type { MemberRecord } from './decide.ts';
import type { DomainEvent } from './events.ts';

/** What an arriving record does to the history, before anything is judged or granted. */
export type Arrival =
  | { readonly type: 'judge'; readonly record: Sale | Correction }
  | { readonly type: 'enrolled' }
  | { readonly type: 'unchanged'; readonly refused: DomainEvent | undefined };

interface At {
  readonly state: MemberState;
  readonly rules: ProgrammeRules;
}

const unchanged: Arrival = { type: 'unchanged', refused: undefined };

/** Puts a record in its place in the history, if it has one there. Moves the state. */
export function takeIn(at: At, record: MemberRecord): Arrival {
  if (record.type === 'MemberEnrolled') return enrol(at.state, record.value.enrolledAt);
  const { value } = record;
  const held = recordOf(at.state, value.transactionId);
  if (held !== undefined) return meetHeld(at, held, value);
  const traces = tracesOf(at.state, value.transactionId);
  const trace = traces.find(({ what }) => what !== 'conflict');
  if (trace !== undefined) return meetTrace(at, trace, value);
  at.state.clock = Math.max(at.state.clock, value.receivedAt);
  return value.type === 'sale' ? takeSale(at, value) : takeCorrection(at, value);
}

/** The earliest enrolment stands, whatever the order of arrival. */
function enrol(state: MemberState, enrolledAt: number): Arrival {
  if (state.enrolledAt !== undefined && state.enrolledAt <= enrolledAt) return unchanged;
  state.enrolledAt = enrolledAt;
  return { type: 'enrolled' };
}

function meetHeld(at: At, held: Sale | Correction, record: TransactionRecorded): Arrival {
  if (!isCopy(held, record)) return conflict(at, record);
  if (record.receivedAt >= held.receivedAt) return unchanged;
  held.receivedAt = record.receivedAt;
  return { type: 'judge', record: held };
}

function meetTrace(at: At, trace: Trace, record: TransactionRecorded): Arrival {
  const sameContent = trace.content === traceContent(contentDigest(record));
  return sameContent ? unchanged : conflict(at, record);
}

/** Refuses other content under a known id, each content once. It is no part of the history. */
function conflict(at: At, record: TransactionRecorded): Arrival {
  const content = traceContent(contentDigest(record));
  const known = tracesOf(at.state, record.transactionId).some(
    (trace) => trace.what === 'conflict' && trace.content === content,
  );
  if (known) return unchanged;
  remember(at.state, record, 'conflict');
  return { type: 'unchanged', refused: refusal(at, record, 'conflict') };
}

function takeSale(at: At, record: TransactionRecorded): Arrival {
  if (record.occurredAt < horizonOf(at.state.clock, at.rules)) return refuseOld(at, record);
  const sale = saleFrom(record);
  insertSale(at.state, sale);
  return { type: 'judge', record: sale };
}

function takeCorrection(at: At, record: TransactionRecorded): Arrival {
  const { state, rules } = at;
  const correction = correctionFrom(record);
  if (recordOf(state, correction.originalId) === undefined) {
    const target = tracesOf(state, correction.originalId).find(({ what }) => what !== 'conflict');
    if (target?.what === 'refused') {
      remember(state, record, 'correction');
      return unchanged;
    }
    if (target !== undefined) return refuseNow(at, record, 'too_late');
    if (placeOf(state, correction) < horizonOf(state.clock, rules)) return refuseOld(at, record);
  }
  attach(state, correction);
  return { type: 'judge', record: correction };
}

/** Refuses a record whose place is already folded. */
function refuseOld(at: At, record: TransactionRecorded): Arrival {
  const alone = verdictAlone(record, at.rules.versionAt(record.occurredAt));
  return refuseNow(at, record, alone ?? 'too_late');
}

function refuseNow(at: At, record: TransactionRecorded, reason: RejectionReason): Arrival {
  remember(at.state, record, 'refused');
  return { type: 'unchanged', refused: refusal(at, record, reason) };
}

const remember = (
  state: MemberState,
  record: TransactionRecorded,
  what: 'refused' | 'conflict' | 'correction',
): void => leaveTrace(state, { id: record.transactionId, digest: contentDigest(record), what });

const refusal = (at: At, record: TransactionRecorded, reason: RejectionReason): DomainEvent => ({
  type: 'TransactionRejected',
  value: {
    programmeVersion: at.rules.versionAt(record.occurredAt)?.version ?? 0,
    memberId: record.memberId,
    transactionId: record.transactionId,
    content: contentDigest(record),
    reason,
  },
});

/** A sale as it is held, with nothing granted yet. Throws on a sale without tenant or currency. */
export function saleFrom(record: TransactionRecorded): Sale {
  const { tenantId, currency } = record;
  if (tenantId === null || currency === null)
    throw new Error(`sale ${record.transactionId} without tenant or currency`);
  return {
    kind: 'sale',
    id: record.transactionId,
    businessDay: record.businessDay,
    tenantId,
    amount: record.amount,
    currency,
    occurredAt: record.occurredAt,
    receivedAt: record.receivedAt,
    refusal: undefined,
    remaining: record.amount,
    posted: undefined,
    grants: nothing,
    byteLength: 0,
  };
}

function correctionFrom(record: TransactionRecorded): Correction {
  const { originalId } = record;
  if (originalId === null || record.type === 'sale')
    throw new Error(`${record.type} ${record.transactionId} names nothing`);
  return {
    kind: record.type,
    id: record.transactionId,
    originalId,
    businessDay: record.businessDay,
    tenantId: record.tenantId,
    amount: record.amount,
    currency: record.currency,
    occurredAt: record.occurredAt,
    receivedAt: record.receivedAt,
    refusal: undefined,
  };
}
