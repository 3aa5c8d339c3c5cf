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

/** How a history is counted. */
export interface Counting {
  /** Where to begin: the place of a sale, and where the member stands before it. */
  readonly from: { readonly index: number; readonly position: Position };
  /** Called for each sale with what it grants. */
  readonly granted: (sale: Sale, grants: Grants) => void;
  /** Called before each sale with where the member stands; true: counting may end there. */
  readonly reached: (sale: Sale, position: Position) => boolean;
}

export const fromBase = ({ base }: History): Counting['from'] => ({
  index: 0,
  position: copyPosition(base),
});

/**
 * The one rule: what a history gives the right to, sale by sale in history order. Returns where the
 * member stands at the end; undefined when counting ended earlier. Moves the position given, and
 * changes neither base nor sales.
 */
export function entitlements(
  history: History,
  rules: ProgrammeRules,
  { from, granted, reached }: Counting,
): Position | undefined {
  const enrolment = enrolmentUnder(rules, history.enrolledAt);
  const { position } = from;
  const { sales } = history;
  // What is closed stays closed, and takes away the same whether it is before or after the sales.
  beginMonth(position, rules.closedMonth + 1);
  for (let index = from.index; index < sales.length; index++) {
    const sale = sales[index];
    if (sale === undefined) continue;
    if (reached(sale, position)) return undefined;
    const version = sale.remaining > 0 ? rules.versionAt(sale.occurredAt) : undefined;
    granted(sale, version ? countSale(position, sale, { version, enrolment }) : nothing);
  }
  if (position.activatedAt === undefined && enrolment !== undefined)
    activateByEnrolment(position, enrolment);
  return position;
}
