import type { RejectionReason, TransactionRecorded } from '@semarak/schemas';
import { contentDigest, isCopy } from '../history/content.ts';
import {
  attach,
  correctionsOf,
  insertSale,
  nothing,
  recordOf,
  type Correction,
  type MemberState,
  type Sale,
} from '../history/state.ts';
import {
  leaveTrace,
  mayHaveForgotten,
  traceContent,
  tracesOf,
  type Trace,
  type TraceKind,
} from '../history/trace.ts';
import { verdictAlone } from '../history/verdicts.ts';
import { clockAfter, detach, horizonOf, placeOf } from '../history/window.ts';
import type { ProgrammeRules } from '../rules/rules.ts';
import type { MemberRecord } from './decide.ts';
import type { DomainEvent } from './events.ts';

/** What an arriving record does to the history, before anything is judged or granted. */
export type Arrival =
  | { readonly type: 'judge'; readonly record: Sale | Correction }
  | { readonly type: 'enrolled' }
  | {
      readonly type: 'unchanged';
      readonly refused: DomainEvent | undefined;
      /** Voids of a refund that can no longer count: from now on they wait for nothing. */
      readonly released: readonly Correction[];
    };

interface At {
  readonly state: MemberState;
  readonly rules: ProgrammeRules;
  /** Before the record. */
  readonly horizon: number;
}

const unchanged: Arrival = { type: 'unchanged', refused: undefined, released: [] };

/** Puts a record in its place in the history, if it has one there. Moves the state. */
export function takeIn(at: At, record: MemberRecord): Arrival {
  if (record.type === 'MemberEnrolled') return enrol(at.state, record.value.enrolledAt);
  const { value } = record;
  const held = recordOf(at.state, value.transactionId);
  if (held !== undefined) return meetHeld(at, held, value);
  const traces = tracesOf(at.state, value.transactionId);
  const trace = traces.find(({ what }) => what !== 'conflict');
  if (trace !== undefined) return meetTrace(at, trace, value);
  // What may be a copy does not move the clock.
  if (!isBeyondMemory(at, value)) at.state.clock = clockAfter(at.state.clock, value, at.rules);
  return value.type === 'sale' ? takeSale(at, value) : takeCorrection(at, value);
}

/** Whether a record that is not known may be a copy of one that was folded and forgotten since. */
const isBeyondMemory = ({ state, horizon }: At, record: TransactionRecorded): boolean =>
  record.occurredAt < horizon && mayHaveForgotten(state);

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
  return { type: 'unchanged', refused: refusal(at, record, 'conflict'), released: [] };
}

/** A sale whose place is folded is held until the end of this decision, so that what names it waits. */
function takeSale(at: At, record: TransactionRecorded): Arrival {
  const isNamed = at.state.corrections.has(record.transactionId);
  if (!isNamed && isBeyondMemory(at, record)) return refuseOld(at, record);
  const sale = saleFrom(record);
  insertSale(at.state, sale);
  return { type: 'judge', record: sale };
}

function takeCorrection(at: At, record: TransactionRecorded): Arrival {
  const { state, rules } = at;
  const correction = correctionFrom(record);
  if (recordOf(state, correction.originalId) === undefined) {
    const fate = fateOfFolded(state, correction);
    if (fate !== 'unknown') {
      remember(state, record, correction.kind === 'void' ? 'void' : 'refused_refund');
      const released = correction.kind === 'refund' ? release(state, correction.id) : [];
      const refused = fate === 'too_late' ? refusal(at, record, 'too_late') : undefined;
      return { type: 'unchanged', refused, released };
    }
    if (placeOf(state, correction) < horizonOf(state, rules)) return refuseOld(at, record);
  }
  attach(state, correction);
  return { type: 'judge', record: correction };
}

/** What becomes of a refund or void whose sale is folded; of one that names a refused record, nothing. */
function fateOfFolded(
  state: MemberState,
  correction: Correction,
): 'too_late' | 'waits' | 'unknown' {
  const target = tracesOf(state, correction.originalId).find(({ what }) => what !== 'conflict');
  if (target?.what === 'sale') return 'too_late';
  if (target?.what === 'refused_sale') return 'waits';
  if (correction.kind === 'refund') return 'unknown';
  if (target?.what === 'refund') return 'too_late';
  return target?.what === 'refused_refund' ? 'waits' : 'unknown';
}

/**
 * Refuses a record whose place is already folded: a refund or void of something unknown, or what may be a copy.
 * That leaves no trace: it would push out one of a record that is known.
 */
function refuseOld(at: At, record: TransactionRecorded): Arrival {
  const reason = verdictAlone(record, at.rules.versionAt(record.occurredAt)) ?? 'too_late';
  if (!isBeyondMemory(at, record))
    remember(at.state, record, record.type === 'void' ? 'void' : 'waiting');
  return { type: 'unchanged', refused: refusal(at, record, reason), released: [] };
}

function release(state: MemberState, refundId: string): readonly Correction[] {
  const voids = correctionsOf(state, refundId).filter(({ kind }) => kind === 'void');
  for (const each of voids) detach(state, each, 'void');
  return voids;
}

function remember(state: MemberState, record: TransactionRecorded, what: TraceKind): void {
  leaveTrace(state, { id: record.transactionId, digest: contentDigest(record), what });
}

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
    changed: false,
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
