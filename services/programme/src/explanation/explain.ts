import { epochMonthOf, isoDate } from '@semarak/schemas';
import { countSale, enrolmentUnder } from '../entitlements/grants.ts';
import {
  copyPosition,
  correctionsOf,
  inHistoryOrder,
  nothing,
  recordOf,
  saleConcerned,
  type Correction,
  type Grants,
  type MemberState,
  type Position,
  type Sale,
} from '../history/state.ts';
import { tracesOf } from '../history/trace.ts';
import { mallDate, minuteOfDay } from '../rules/mall-time.ts';
import type { ProgrammeRules, ProgrammeVersion } from '../rules/rules.ts';
import { explainCounted, timeText } from './counted.ts';
import type {
  CorrectionExplanation,
  CorrectionOutcome,
  Explanation,
  FoldedExplanation,
  MembershipExplanation,
  SaleExplanation,
} from './explanation.ts';

const dayMs = 86_400_000;

/**
 * Why a member’s transaction earned what it did, by the rules that decided it; undefined when nothing
 * is known of the id. Counts the history again up to the sale, in time linear in its length; changes
 * nothing.
 */
export function explain(
  state: MemberState,
  rules: ProgrammeRules,
  transactionId: string,
): Explanation | undefined {
  const held = recordOf(state, transactionId);
  if (held === undefined) return explainFolded(state, rules, transactionId);
  return held.kind === 'sale' ? explainSale(state, rules, held) : explainCorrection(state, held);
}

function explainSale(state: MemberState, rules: ProgrammeRules, sale: Sale): SaleExplanation {
  const version = rules.versionAt(sale.occurredAt);
  const { before, after, grants } = countUpTo(state, rules, sale);
  const membership = explainMembership(state, { sale, version, rules, before, after });
  const counts = membership.outcome === 'counts' || membership.outcome === 'activates';
  const month = epochMonthOf(sale.businessDay);
  return {
    type: 'sale',
    transactionId: sale.id,
    programme: rules.programme,
    programmeVersion: version?.version ?? null,
    occurredAt: sale.occurredAt,
    localTime: localTime(sale, version ?? rules.versions[0]),
    businessDay: isoDate(sale.businessDay),
    tenantId: sale.tenantId,
    category: version?.categoryOf(sale.tenantId) ?? null,
    currency: sale.currency,
    amount: sale.amount,
    remaining: sale.remaining,
    refused: sale.refusal ?? null,
    corrections: [...correctionsOf(state, sale.id)]
      .sort(inHistoryOrder)
      .map((correction) => outcomeOf(state, correction)),
    membership,
    counted:
      counts && version !== undefined
        ? explainCounted({ sale, version, before, after, grants, month })
        : null,
  };
}

/** The history counted up to a sale. */
function countUpTo(
  state: MemberState,
  rules: ProgrammeRules,
  sale: Sale,
): { before: Position; after: Position; grants: Grants } {
  const enrolment = enrolmentUnder(rules, state.enrolledAt);
  const after = copyPosition(state.base);
  for (const each of state.sales) {
    const before = each === sale ? copyPosition(after) : after;
    const version = each.remaining > 0 ? rules.versionAt(each.occurredAt) : undefined;
    const grants = version === undefined ? nothing : countSale(after, each, { version, enrolment });
    if (each === sale) return { before, after, grants };
  }
  return { before: after, after, grants: nothing };
}

function explainMembership(
  state: MemberState,
  of: {
    readonly sale: Sale;
    readonly version: ProgrammeVersion | undefined;
    readonly rules: ProgrammeRules;
    readonly before: Position;
    readonly after: Position;
  },
): MembershipExplanation {
  const { sale, version, before, after } = of;
  const activatingAmount = version?.activatingAmount ?? null;
  const { enrolledAt } = state;
  let outcome: MembershipExplanation['outcome'];
  if (sale.refusal !== undefined || version === undefined) outcome = 'refused';
  else if (sale.remaining === 0) outcome = 'nothing_remains';
  else if (enrolledAt === undefined) outcome = 'not_enrolled';
  else if (after.activatedAt === undefined)
    outcome = sale.occurredAt < enrolledAt ? 'before_enrolment' : 'amount_does_not_activate';
  else if (sale.occurredAt < after.activatedAt) outcome = 'before_activation';
  else if (before.activatedAt === undefined && after.activatedBy === sale.id) outcome = 'activates';
  else outcome = 'counts';
  return {
    outcome,
    enrolledAt: enrolledAt ?? null,
    activatedAt: after.activatedAt ?? null,
    activatingAmount,
    missing:
      outcome === 'amount_does_not_activate' && activatingAmount !== null
        ? activatingAmount - sale.remaining
        : 0,
  };
}

function explainCorrection(state: MemberState, correction: Correction): CorrectionExplanation {
  const sale = saleConcerned(state, correction);
  return {
    ...outcomeOf(state, correction),
    originalId: correction.originalId,
    currency: correction.currency ?? sale?.currency ?? null,
    sale:
      sale === undefined
        ? null
        : {
            transactionId: sale.id,
            amount: sale.amount,
            remaining: sale.remaining,
            points: sale.grants.points,
          },
  };
}

function outcomeOf(state: MemberState, correction: Correction): CorrectionOutcome {
  const { id, kind, occurredAt, amount, refusal } = correction;
  return {
    transactionId: id,
    type: kind,
    occurredAt,
    amount,
    outcome: refusal === undefined ? unrefused(state, correction) : 'refused',
    refused: refusal ?? null,
  };
}

function unrefused(state: MemberState, correction: Correction): CorrectionOutcome['outcome'] {
  const sale = saleConcerned(state, correction);
  const target = recordOf(state, correction.originalId);
  if (correction.kind === 'void' && target?.kind === 'void') return 'no_effect';
  if (sale === undefined || sale.refusal !== undefined) return 'waits';
  if (correction.kind === 'refund')
    return voidsInTime(state, correction.id).length > 0 ? 'voided' : 'accepted';
  if (target?.kind === 'refund' && target.refusal === 'too_late') return 'waits';
  return voidsInTime(state, correction.originalId)[0] === correction ? 'accepted' : 'no_effect';
}

const voidsInTime = (state: MemberState, id: string): readonly Correction[] =>
  correctionsOf(state, id)
    .filter(({ kind, refusal }) => kind === 'void' && refusal === undefined)
    .sort(inHistoryOrder);

function explainFolded(
  state: MemberState,
  rules: ProgrammeRules,
  transactionId: string,
): FoldedExplanation | undefined {
  const was = tracesOf(state, transactionId).find(({ what }) => what !== 'conflict')?.what;
  if (was === undefined || was === 'conflict') return undefined;
  return {
    type: 'folded',
    transactionId,
    was: was === 'waiting' ? 'waiting_refund' : was,
    keptDays: Math.round(rules.keptMs / dayMs),
  };
}

function localTime(sale: Sale, version: ProgrammeVersion | undefined): string {
  if (version === undefined) return '';
  const { clock } = version;
  const date = isoDate(mallDate(clock, sale.occurredAt));
  return `${date}T${timeText(minuteOfDay(clock, sale.occurredAt))}`;
}
