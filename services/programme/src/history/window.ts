import { epochDayOf } from '@semarak/schemas';
import { countSale, enrolmentUnder } from '../entitlements/grants.ts';
import { forgetLots } from '../entitlements/months.ts';
import type { ProgrammeRules } from '../rules/rules.ts';

import { heldDigest } from './content.ts';
import { foldDay, forgetYears } from './firsts.ts';
import {
  correctionsOf,
  marksUpTo,
  ownFolded,
  recordOf,
  saleConcerned,
  setCorrections,
  type Correction,
  type MemberState,
  type Sale,
} from './state.ts';
import { leaveTrace, type TraceKind } from './trace.ts';

const dayMs = 86_400_000;
/** How long after its own time a refund or void at most waits for what it names. */
const waitMsMax = 366 * dayMs;

/**
 * Records whose place lies before this instant are folded, or too late when they arrive. It never goes back
 * behind what is folded, though a version with a longer window comes.
 */
export const horizonOf = (state: MemberState, rules: ProgrammeRules): number =>
  Math.max(state.clock - rules.keptMs, state.foldedTo * dayMs);

/**
 * What a member's clock comes to by a record: the newest receivedAt, but of a record that was received after its own
 * correction window at most `clockLeadMsMax` after it happened. So a receivedAt of next spring, that of a machine's
 * clock which stood ahead, folds nothing that could be corrected when the record happened, and a copy with the
 * right receivedAt still finds its place.
 */
export function clockAfter(
  clock: number,
  { occurredAt, receivedAt }: { readonly occurredAt: number; readonly receivedAt: number },
  rules: ProgrammeRules,
): number {
  if (receivedAt <= clock) return clock;
  const lead = occurredAt + rules.clockLeadMsMax;
  // Most are received at once: the version need not be looked for.
  if (receivedAt <= lead) return receivedAt;
  const window = rules.versionAt(occurredAt)?.correctionWindowMs ?? 0;
  return receivedAt - occurredAt <= window ? receivedAt : Math.max(clock, lead);
}

/**
 * The place that decides when a correction is folded: its sale’s; while that is unknown, the last
 * place that what it names can have. The business day in an id bounds that: a record happens on it
 * or the day after, in any time zone less than three days after its midnight in UTC. A void of what
 * has not come waits as long as any may: it may name a refund, and that a sale of any day.
 */
export function placeOf(state: MemberState, correction: Correction): number {
  const sale = saleConcerned(state, correction);
  if (sale !== undefined) return sale.occurredAt;
  const { occurredAt } = correction;
  return Math.max(occurredAt, Math.min(lastPlaceOf(state, correction), occurredAt + waitMsMax));
}

function lastPlaceOf(state: MemberState, correction: Correction): number {
  if (correction.kind === 'refund') return endOfDayIn(correction.originalId);
  const target = recordOf(state, correction.originalId);
  // What a void names may be a refund of any sale to come.
  if (target === undefined) return Infinity;
  return endOfDayIn(target.kind === 'refund' ? target.originalId : target.id);
}

function endOfDayIn(id: string): number {
  const day = epochDayOf(id.split('/')[1] ?? '');
  return day === undefined ? -Infinity : endOfDay(day);
}

/** All that belongs to a business day has happened before this day began in UTC, in any time zone. */
export const dayAfter = (businessDay: number): number => businessDay + 3;

const endOfDay = (businessDay: number): number => dayAfter(businessDay) * dayMs;

/**
 * Folds what is older than the window into the base, business days as a whole, so that no sale to come
 * lies before one that is folded. Changes nothing that is granted; what remains is a trace of each
 * record, so that copies and conflicts are still known.
 */
export function foldOld(state: MemberState, rules: ProgrammeRules, horizonBefore: number): void {
  const horizon = horizonOf(state, rules);
  const firstDay = state.packed?.firstDay ?? state.recent[0]?.businessDay;
  if (firstDay !== undefined && endOfDay(firstDay) <= horizon) foldSales(state, rules, horizon);
  if (state.corrections.size === 0) return;
  // Once for each day of the horizon, so that what waits is not looked through at every record.
  const day = Math.floor(horizon / dayMs);
  if (day !== Math.floor(horizonBefore / dayMs)) foldWaiting(state, day);
}

function foldSales(state: MemberState, rules: ProgrammeRules, horizon: number): void {
  const { sales } = state;
  const { base, visited } = ownFolded(state);
  const enrolment = enrolmentUnder(rules, state.enrolledAt);
  let count = 0;
  let bytes = 0;
  let encodedCount = 0;
  for (const sale of sales) {
    if (endOfDay(sale.businessDay) > horizon) break;
    const version = sale.remaining > 0 ? rules.versionAt(sale.occurredAt) : undefined;
    if (version !== undefined) {
      countSale(base, sale, { version, enrolment });
      foldDay(visited, sale.businessDay, version.categoryNumberOf(sale.tenantId));
    }
    forgetSale(state, sale);
    state.foldedTo = Math.max(state.foldedTo, dayAfter(sale.businessDay));
    count++;
    bytes += sale.byteLength;
    if (sale.byteLength > 0) encodedCount++;
  }
  const last = sales[count - 1];
  if (last !== undefined) state.marks.splice(0, marksUpTo(state.marks, last));
  sales.splice(0, count);
  forgetYears(visited);
  forgetLots(base, base.month);
  forgetLots(state.end, base.month);
  const { encoded } = state;
  if (encoded === undefined) return;
  encoded.start += bytes;
  encoded.count -= encodedCount;
}

function forgetSale(state: MemberState, sale: Sale): void {
  const refused = sale.refusal !== undefined;
  trace(state, sale, refused ? 'refused_sale' : 'sale');
  for (const correction of correctionsOf(state, sale.id)) {
    if (correction.kind === 'void') {
      trace(state, correction, 'void');
      continue;
    }
    trace(
      state,
      correction,
      refused || correction.refusal === 'too_late' ? 'refused_refund' : 'refund',
    );
    const voids = correctionsOf(state, correction.id).filter((other) => other.kind === 'void');
    for (const other of voids) detach(state, other, 'void');
  }
  setCorrections(state, sale.id, []);
}

function foldWaiting(state: MemberState, day: number): void {
  const old: Correction[] = [];
  for (const list of state.corrections.values())
    for (const correction of list)
      if (
        saleConcerned(state, correction) === undefined &&
        placeOf(state, correction) < day * dayMs
      )
        old.push(correction);
  if (old.length > 0) state.foldedTo = Math.max(state.foldedTo, day);
  for (const correction of old)
    detach(state, correction, correction.kind === 'void' ? 'void' : 'waiting');
}

/** Takes a correction out of the history and leaves a trace of it. */
export function detach(state: MemberState, correction: Correction, what: TraceKind): void {
  trace(state, correction, what);
  const rest = correctionsOf(state, correction.originalId).filter((other) => other !== correction);
  setCorrections(state, correction.originalId, rest);
}

function trace(state: MemberState, record: Sale | Correction, what: TraceKind): void {
  leaveTrace(state, { id: record.id, digest: heldDigest(record), what });
  state.byId?.delete(record.id);
}
