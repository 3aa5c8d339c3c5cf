import { epochMonthOf, type TransactionRecorded, type Typed } from '@semarak/schemas';
import { countSale, enrolmentUnder } from '../entitlements/grants.ts';
import { markIfFar } from '../entitlements/marks.ts';
import { lastDaysOf, noFirsts, passSale } from '../history/firsts.ts';
import {
  insertSale,
  isNewest,
  nothing,
  recordOf,
  rewrite,
  rewriteAll,
  saleOf,
  type MemberState,
  type Sale,
} from '../history/state.ts';
import { tracesOf } from '../history/trace.ts';
import { judge, judgeAll, verdictAlone, type VerdictChange } from '../history/verdicts.ts';
import { clockAfter, foldOld, horizonOf } from '../history/window.ts';
import type { ProgrammeRules, ProgrammeVersion } from '../rules/rules.ts';
import { takeIn, saleFrom } from './arrival.ts';
import { tellMembership, tellSale, tellVerdicts } from './difference.ts';
import type { DomainEvent } from './events.ts';
import { passMonths } from './passing.ts';
import { grantAgain } from './regrant.ts';

/** The records that a member’s history is made of. */
export type MemberRecord = Typed<'TransactionRecorded' | 'MemberEnrolled'>;

export interface Decision {
  /** The state given, moved on: the same object. */
  readonly state: MemberState;
  /**
   * First what months that are over take away: tiers no longer kept, points expired. Then the
   * difference between what was granted and what is: activation; tier changes step by step; for
   * each affected sale in history order its posting, forfeited and earned tickets, the gift
   * withdrawn and entitled, parking; points expired of lots that changed; last the verdicts in
   * history order.
   */
  readonly events: DomainEvent[];
}

/**
 * Takes one record into a member’s history and tells what changes. Depends on nothing but its
 * arguments. The state is moved: it is changed in place, and the caller keeps only the one handed
 * back. A newest sale costs constant time, anything else time in the length of the history held.
 */
export function decide(state: MemberState, record: MemberRecord, rules: ProgrammeRules): Decision {
  if (record.type === 'TransactionRecorded') {
    const version = versionToAppend(state, record.value, rules);
    if (version !== undefined) return append(state, record.value, { rules, version });
  }
  return decideAnew(state, record, { rules, from: 'change' });
}

/** `decide` that counts every sale again, whatever comes; property tests hold the two equal. */
export const decideFully = (
  state: MemberState,
  record: MemberRecord,
  rules: ProgrammeRules,
): Decision => decideAnew(state, record, { rules, from: 'base' });

function decideAnew(
  state: MemberState,
  record: MemberRecord,
  by: { readonly rules: ProgrammeRules; readonly from: 'change' | 'base' },
): Decision {
  const { rules } = by;
  const events: DomainEvent[] = [];
  const { memberId } = record.value;
  passMonths(events, state.end, rules.closedMonth + 1, { memberId, rules });
  const horizon = horizonOf(state, rules);
  const known = state.versionsKnown;
  const at = { state, rules, known, horizon };
  const rulesChanged = known !== rules.versions.length;
  state.versionsKnown = rules.versions.length;

  const arrival = takeIn(at, record);
  const verdicts: VerdictChange[] = [];
  if (rulesChanged) judgeAll(at, verdicts);
  else if (arrival.type === 'judge') judge(at, arrival.record, verdicts);

  if (arrival.type === 'unchanged')
    for (const released of arrival.released)
      if (released.refusal !== undefined)
        verdicts.push({ record: released, before: released.refusal, after: undefined });

  if (rulesChanged || arrival.type !== 'unchanged') {
    const concerned = arrival.type === 'judge' ? saleOf(state, arrival.record) : undefined;
    const everything = rulesChanged || arrival.type !== 'judge';
    if (everything) rewriteAll(state);
    else if (concerned !== undefined) rewrite(state, concerned);
    if (everything || by.from === 'base') grantAgain(at, { record, from: 'base' }, events);
    else if (concerned !== undefined) grantAgain(at, { record, from: concerned }, events);
  }
  if (verdicts.length > 0) tellVerdicts(events, verdicts, { memberId, state, rules });
  if (arrival.type === 'unchanged' && arrival.refused !== undefined) events.push(arrival.refused);
  foldOld(state, rules, horizon);
  return { state, events };
}

/** The version that decides a newest sale to which nothing else refers; undefined: it is no such sale. */
function versionToAppend(
  state: MemberState,
  record: TransactionRecorded,
  rules: ProgrammeRules,
): ProgrammeVersion | undefined {
  const { transactionId, occurredAt } = record;
  if (record.type !== 'sale' || state.versionsKnown !== rules.versions.length) return undefined;
  if (!isNewest(state, { occurredAt, id: transactionId })) return undefined;
  // Of yesterday, while today has begun: what is the first of today can change.
  if (record.memberId !== null && record.businessDay < lastDaysOf(state, rules).mall)
    return undefined;
  const version = rules.versionAt(occurredAt);
  if (verdictAlone(record, version) !== undefined) return undefined;
  if (occurredAt < horizonOf(state, rules)) return undefined;
  if (recordOf(state, transactionId) !== undefined) return undefined;
  if (state.corrections.has(transactionId)) return undefined;
  // Of a month so long closed that the points expire at once.
  const good = version?.points?.expiresAfterMonths;
  if (good !== undefined && epochMonthOf(record.businessDay) + good <= rules.closedMonth)
    return undefined;
  if (tracesOf(state, transactionId).length > 0) return undefined;
  return version;
}

function append(
  state: MemberState,
  record: TransactionRecorded,
  by: { readonly rules: ProgrammeRules; readonly version: ProgrammeVersion },
): Decision {
  const { rules, version } = by;
  const { end } = state;
  const { memberId } = record;
  const events: DomainEvent[] = [];
  const sale: Sale = saleFrom(record);
  passMonths(events, end, rules.closedMonth + 1, { memberId, rules });
  markIfFar(state, { sale, position: end });
  if (end.activatedAt !== undefined && sale.occurredAt >= end.activatedAt && sale.remaining > 0)
    passMonths(events, end, epochMonthOf(sale.businessDay), { memberId, rules });
  const { activatedAt, activatedBy, tier } = end;
  insertSale(state, sale);
  if (sale.remaining > 0) {
    const enrolment =
      activatedAt === undefined ? enrolmentUnder(rules, state.enrolledAt) : undefined;
    sale.grants = countSale(end, sale, { version, enrolment });
  }
  if (memberId !== null && (end.tier !== tier || end.activatedAt !== activatedAt)) {
    const before = { activatedAt, activatedBy, tier };
    tellMembership(events, { before, after: end }, { memberId, cause: sale.id, version });
  }
  const number = version.categoryNumberOf(sale.tenantId);
  const category = rules.categories[number];
  const firsts =
    memberId === null || sale.remaining === 0
      ? noFirsts
      : passSale(lastDaysOf(state, rules), sale.businessDay, number);
  tellSale(
    events,
    {
      sale,
      before: { grants: nothing, firsts: noFirsts, category, version },
      after: { grants: sale.grants, firsts, category, version },
    },
    {
      memberId,
      programmeVersion: version.version,
      balance: end.balance,
    },
  );
  sale.posted = sale.remaining;
  const clock = clockAfter(state.clock, record, rules);
  if (clock > state.clock) {
    const horizonBefore = horizonOf(state, rules);
    state.clock = clock;
    foldOld(state, rules, horizonBefore);
  }
  return { state, events };
}
