import type { RejectionReason } from '@semarak/schemas';
import type { ProgrammeRules, ProgrammeVersion } from '../rules/rules.ts';
import {
  correctionsOf,
  inHistoryOrder,
  recordOf,
  saleConcerned,
  type Correction,
  type MemberState,
  type Sale,
} from './state.ts';

/** A verdict that is not what was last told. */
export interface VerdictChange {
  readonly record: Sale | Correction;
  readonly before: RejectionReason | undefined;
  readonly after: RejectionReason | undefined;
}

/** What judging needs beside the record. */
export interface Bench {
  readonly state: MemberState;
  readonly rules: ProgrammeRules;
  /** Before the record that arrives: a sale with a place before it comes too late. */
  readonly horizon: number;
}

/** The verdict on a record by itself, as if nothing else had come. */
export function verdictAlone(
  record: { readonly occurredAt: number; readonly receivedAt: number },
  version: ProgrammeVersion | undefined,
): RejectionReason | undefined {
  if (version === undefined) return 'no_programme_in_force';
  if (record.receivedAt - record.occurredAt > version.correctionWindowMs) return 'too_late';
  return undefined;
}

/**
 * Judges a sale and everything attached to it, sets what remains of it and each refusal, and adds
 * what has changed. The order of refusals is the order of the statements.
 */
function judgeSale(at: Bench, sale: Sale, changes: VerdictChange[]): void {
  const { state } = at;
  const version = at.rules.versionAt(sale.occurredAt);
  const folded = sale.occurredAt < at.horizon && !wasAccepted(sale) ? 'too_late' : undefined;
  const verdict = verdictAlone(sale, version) ?? folded;
  set(sale, verdict, changes);
  const attached = correctionsOf(state, sale.id);
  if (attached.length === 0) {
    sale.remaining = verdict === undefined ? sale.amount : 0;
    return;
  }
  if (verdict !== undefined || version === undefined) {
    for (const correction of attached) letWait(state, correction, changes);
    sale.remaining = 0;
    return;
  }
  const late = (record: Correction): boolean =>
    record.receivedAt - sale.occurredAt > version.correctionWindowMs;
  /** Whether a void in time names the record; too late ones are refused on the way. */
  const isVoided = (id: string): boolean => {
    let voided = false;
    for (const correction of correctionsOf(state, id)) {
      if (correction.kind !== 'void') continue;
      const tooLate = late(correction);
      set(correction, tooLate ? 'too_late' : undefined, changes);
      voided ||= !tooLate;
    }
    return voided;
  };
  const saleVoided = isVoided(sale.id);
  sale.remaining = saleVoided ? 0 : sale.amount;
  const refunds = attached.filter((correction) => correction.kind === 'refund');
  for (const refund of refunds.sort(inHistoryOrder)) {
    if (late(refund)) {
      set(refund, 'too_late', changes);
      letVoidsWait(state, refund, changes);
    } else if (isVoided(refund.id)) set(refund, undefined, changes);
    else if (saleVoided) set(refund, 'sale_voided', changes);
    else if (refund.amount > sale.remaining) set(refund, 'refund_exceeds_sale', changes);
    else {
      set(refund, undefined, changes);
      sale.remaining -= refund.amount;
    }
  }
}

/** One that has been in the history stays until its business day is folded, however old. */
const wasAccepted = ({ posted, refusal }: Sale): boolean =>
  posted !== undefined && refusal === undefined;

/** Judges what a record concerns: its sale with all that is attached, or itself while that is unknown. */
export function judge(at: Bench, record: Sale | Correction, changes: VerdictChange[]): void {
  const sale = record.kind === 'sale' ? record : saleConcerned(at.state, record);
  if (sale !== undefined) judgeSale(at, sale, changes);
  else if (record.kind !== 'sale') judgeLoose(at, record, changes);
}

/** Judges a refund or void whose sale is unknown, and the voids that name it. */
function judgeLoose(at: Bench, correction: Correction, changes: VerdictChange[]): void {
  const alone = (record: Correction) =>
    set(record, verdictAlone(record, at.rules.versionAt(record.occurredAt)), changes);
  alone(correction);
  if (correction.kind === 'void') return;
  for (const other of correctionsOf(at.state, correction.id))
    if (other.kind === 'void') alone(other);
}

/** Judges every record again: for when other versions of the programme are known. */
export function judgeAll(at: Bench, changes: VerdictChange[]): void {
  const { state } = at;
  for (const sale of state.sales) judgeSale(at, sale, changes);
  for (const list of state.corrections.values())
    for (const correction of list)
      if (saleConcerned(state, correction) === undefined && !namesLooseRefund(state, correction))
        judgeLoose(at, correction, changes);
}

/** Such a void is judged with the refund. */
function namesLooseRefund(state: MemberState, correction: Correction): boolean {
  return correction.kind === 'void' && recordOf(state, correction.originalId)?.kind === 'refund';
}

/** What names a refused record waits: it changes nothing and is not refused. */
function letWait(state: MemberState, correction: Correction, changes: VerdictChange[]): void {
  set(correction, undefined, changes);
  if (correction.kind === 'refund') letVoidsWait(state, correction, changes);
}

function letVoidsWait(state: MemberState, refund: Correction, changes: VerdictChange[]): void {
  for (const other of correctionsOf(state, refund.id))
    if (other.kind === 'void') set(other, undefined, changes);
}

function set(
  record: Sale | Correction,
  after: RejectionReason | undefined,
  changes: VerdictChange[],
): void {
  if (record.refusal === after) return;
  changes.push({ record, before: record.refusal, after });
  record.refusal = after;
}
