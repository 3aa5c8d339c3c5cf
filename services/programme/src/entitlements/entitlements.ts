import { copyPosition, nothing, type Grants, type Position, type Sale } from '../history/state.ts';
import type { ProgrammeRules } from '../rules/rules.ts';
import { activateByEnrolment, countSale, enrolmentUnder } from './grants.ts';
import { beginMonth } from './months.ts';

/** What a member’s history consists of once refunds and voids are taken off its sales. */
export interface History {
  /** The carried-forward base: what all folded records came to. */
  readonly base: Position;
  readonly enrolledAt: number | undefined;
  /** In history order, with what remains of each. */
  readonly sales: readonly Sale[];
}

/**
 * The one rule: what a history gives the right to. Calls `granted` for each sale in history order
 * and returns where the member stands at the end. Changes neither base nor sales.
 */
export function entitlements(
  history: History,
  rules: ProgrammeRules,
  granted: (sale: Sale, grants: Grants) => void,
): Position {
  const enrolment = enrolmentUnder(rules, history.enrolledAt);
  const position = copyPosition(history.base);
  for (const sale of history.sales) {
    const version = sale.remaining > 0 ? rules.versionAt(sale.occurredAt) : undefined;
    granted(sale, version ? countSale(position, sale, { version, enrolment }) : nothing);
  }
  if (position.activatedAt === undefined && enrolment !== undefined)
    activateByEnrolment(position, enrolment);
  beginMonth(position, rules.closedMonth + 1);
  return position;
}
