import { entitlements } from '../entitlements/entitlements.ts';
import { recordOf, saleConcerned, type MemberState } from '../history/state.ts';
import type { ProgrammeRules, ProgrammeVersion } from '../rules/rules.ts';
import type { MemberRecord } from './decide.ts';
import { sameGrants, tellMembership, tellSale, type SaleChange } from './difference.ts';
import type { DomainEvent } from './events.ts';
import { passMonths, tellExpired } from './passing.ts';

/** Computes anew what the history grants, tells the difference, and holds the new result. */
export function grantAgain(
  at: { readonly state: MemberState; readonly rules: ProgrammeRules },
  record: MemberRecord,
  events: DomainEvent[],
): void {
  const { state, rules } = at;
  const changes: SaleChange[] = [];
  const before = state.end;
  state.end = entitlements(state, rules, (sale, after) => {
    const told =
      sale.posted === undefined ? sale.refusal !== undefined : sale.posted === sale.remaining;
    if (!told || !sameGrants(sale.grants, after))
      changes.push({ sale, before: sale.grants, after });
  });
  const { memberId } = record.value;
  passMonths(events, before, state.end.month, { memberId, rules });
  if (memberId !== null)
    tellMembership(
      events,
      { before, after: state.end },
      {
        memberId,
        cause: record.type === 'MemberEnrolled' ? memberId : record.value.transactionId,
        version: versionConcerned(at, record),
      },
    );
  let { balance } = before;
  for (const change of changes) {
    const { sale } = change;
    balance += change.after.points - change.before.points;
    const programmeVersion = rules.versionAt(sale.occurredAt)?.version ?? 0;
    tellSale(events, change, { memberId, programmeVersion, balance });
    sale.grants = change.after;
    sale.posted = sale.remaining;
  }
  if (memberId !== null)
    tellExpired(events, { before, after: state.end }, { memberId, rules, balance });
}

/** The version in force for what a record changes: at its sale; at the activation for an enrolment. */
function versionConcerned(
  { state, rules }: { readonly state: MemberState; readonly rules: ProgrammeRules },
  record: MemberRecord,
): ProgrammeVersion | undefined {
  if (record.type === 'MemberEnrolled')
    return rules.versionAt(state.end.activatedAt ?? record.value.enrolledAt);
  const held = recordOf(state, record.value.transactionId);
  const sale = held === undefined || held.kind === 'sale' ? held : saleConcerned(state, held);
  return rules.versionAt((sale ?? record.value).occurredAt);
}
