import { entitlements, fromBase } from '../entitlements/entitlements.ts';
import { carryOver, grantTheSame, markBefore, markIfFar } from '../entitlements/marks.ts';
import { beginMonth } from '../entitlements/months.ts';
import {
  categoryStanding,
  copyDays,
  countFirsts,
  noFirsts,
  type Firsts,
} from '../history/firsts.ts';
import {
  copyPosition,
  indexOfSale,
  marksUpTo,
  recordOf,
  rewrite,
  saleConcerned,
  type MemberState,
  type Position,
  type Sale,
} from '../history/state.ts';
import type { ProgrammeRules, ProgrammeVersion } from '../rules/rules.ts';
import type { MemberRecord } from './decide.ts';
import {
  sameGrants,
  sameTerm,
  tellMembership,
  tellSale,
  type GrantsChange,
  type SaleChange,
} from './difference.ts';
import type { DomainEvent } from './events.ts';
import { passMonths, tellExpired } from './passing.ts';

interface At {
  readonly state: MemberState;
  readonly rules: ProgrammeRules;
  /** How many versions were known when what was told was decided. */
  readonly known: number;
}

/**
 * Computes anew what the history grants, tells the difference, and holds the new result. Counts from
 * the mark before the sale that has changed, until nothing later can depend on the change.
 */
export function grantAgain(
  at: At,
  { record, from }: { readonly record: MemberRecord; readonly from: Sale | 'base' },
  events: DomainEvent[],
): void {
  const { state, rules } = at;
  const before = state.end;
  const { changes, end } = countAgain(at, from);
  state.end = end;
  const { memberId } = record.value;
  const told = memberId === null ? withCategories(at, changes) : withFirsts(at, changes, from);
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
  for (const change of told) {
    const { sale } = change;
    balance += change.after.grants.points - change.before.grants.points;
    const programmeVersion = rules.versionAt(sale.occurredAt)?.version ?? 0;
    tellSale(events, change, { memberId, programmeVersion, balance });
    sale.grants = change.after.grants;
    sale.posted = sale.refusal === undefined ? sale.remaining : undefined;
    rewrite(state, sale);
  }
  if (memberId !== null)
    tellExpired(events, { before, after: state.end }, { memberId, rules, balance });
}

/** Of sales that are the first of nothing: the changes, and those of sales of which only the category has changed. */
function withCategories(at: At, changes: readonly GrantsChange[]): SaleChange[] {
  const firsts = { before: noFirsts, after: noFirsts };
  if (at.known === at.rules.versions.length)
    return changes.map((change) => withHeld(at, change, firsts));
  return withUnchanged(at, changes, () => firsts);
}

/**
 * The changes with what each sale was and is the first of, and those of sales of which only that or the category has
 * changed, in the order of history.
 */
function withFirsts(at: At, changes: readonly GrantsChange[], from: Sale | 'base'): SaleChange[] {
  const { state, rules } = at;
  const { sales } = state;
  const last = copyDays(state.visited);
  const after = countFirsts(last, sales, (sale) => categoryStanding(sale, rules));
  state.lastDays = last;
  const afterAt = (index: number): Firsts => after[index] ?? noFirsts;
  if (from !== 'base' && from.remaining > 0 === wasStanding(from))
    return changes.map((change) => {
      const firsts = afterAt(indexOfSale(sales, change.sale));
      return withHeld(at, change, { before: firsts, after: firsts });
    });
  const before = countFirsts(copyDays(state.visited), sales, (sale) =>
    wasStanding(sale) ? versionTold(at, sale)?.categoryNumberOf(sale.tenantId) : undefined,
  );
  return withUnchanged(at, changes, (index) => ({
    before: before[index] ?? noFirsts,
    after: afterAt(index),
  }));
}

/** With those of sales whose grants have not changed, but their category or what they are the first of. */
function withUnchanged(
  at: At,
  changes: readonly GrantsChange[],
  firstsAt: (index: number) => { readonly before: Firsts; readonly after: Firsts },
): SaleChange[] {
  const granted = new Map(changes.map((each) => [each.sale, each]));
  return at.state.sales.flatMap((sale, index) => {
    const firsts = firstsAt(index);
    const change = granted.get(sale);
    if (change !== undefined) return [withHeld(at, change, firsts)];
    const moved = firsts.before !== firsts.after || (wasStanding(sale) && isMoved(at, sale));
    return moved ? [withHeld(at, { sale, before: sale.grants, after: sale.grants }, firsts)] : [];
  });
}

/** A change with what the sale was and is the first of, of nothing without a member, and its categories. */
const withHeld = (
  at: At,
  { sale, before, after }: GrantsChange,
  firsts: { readonly before: Firsts; readonly after: Firsts },
): SaleChange => ({
  sale,
  before: { grants: before, firsts: firsts.before, ...told(sale, versionTold(at, sale)) },
  after: { grants: after, firsts: firsts.after, ...told(sale, versionNow(at, sale)) },
});

const wasStanding = ({ posted }: Sale): boolean => posted !== undefined && posted > 0;

const versionTold = ({ rules, known }: At, { occurredAt }: Sale): ProgrammeVersion | undefined =>
  known === rules.versions.length
    ? rules.versionAt(occurredAt)
    : rules.versionAtWhenKnown(known, occurredAt);

const versionNow = ({ rules }: At, { occurredAt }: Sale): ProgrammeVersion | undefined =>
  rules.versionAt(occurredAt);

const told = ({ tenantId }: Sale, version: ProgrammeVersion | undefined) => ({
  category: version?.categoryOf(tenantId),
  version,
});

/** Whether another version decides now, by which the sale is in another category or its points in another lot. */
function isMoved(at: At, sale: Sale): boolean {
  const [before, now] = [versionTold(at, sale), versionNow(at, sale)];
  if (before === now) return false;
  const { tenantId, grants } = sale;
  return (
    before?.categoryOf(tenantId) !== now?.categoryOf(tenantId) ||
    (grants.points !== 0 && !sameTerm(before, now))
  );
}

function countAgain(
  { state, rules }: At,
  changed: Sale | 'base',
): { changes: GrantsChange[]; end: Position } {
  const { sales, marks, unmarked } = state;
  const changes: GrantsChange[] = [];
  const mark = changed === 'base' ? undefined : markBefore(state, changed);
  const from =
    mark === undefined
      ? fromBase(state)
      : { index: indexOfSale(sales, mark.sale), position: mark.position };
  /** The first mark that is still to come: it was made before the change. */
  let next = mark === undefined ? 0 : marksUpTo(marks, mark.sale);
  state.unmarked = 0;
  let change: { before: Position; after: Position } | undefined;
  const counted = entitlements(state, rules, {
    from,
    granted(sale, after) {
      const told =
        sale.posted === undefined ? sale.refusal !== undefined : sale.posted === sale.remaining;
      if (!told || !sameGrants(sale.grants, after))
        changes.push({ sale, before: sale.grants, after });
    },
    reached(sale, position) {
      const known = marks[next];
      if (known === undefined) {
        markIfFar(state, { sale, position });
        next = marks.length;
      } else if (known.sale === sale) {
        beginMonth(known.position, rules.closedMonth + 1);
        if (changed !== 'base' && grantTheSame(known.position, position, rules)) {
          change = { before: copyPosition(known.position), after: position };
          return true;
        }
        marks[next++] = { sale, position: copyPosition(position) };
        state.unmarked = 0;
      }
      return false;
    },
  });
  if (counted !== undefined) return { changes, end: counted };
  const end = copyPosition(state.end);
  if (change !== undefined) {
    for (const { position } of marks.slice(next)) carryOver(position, change);
    carryOver(end, change);
  }
  state.unmarked = unmarked;
  return { changes, end };
}

/** The version in force for what a record changes: at its sale; at the activation for an enrolment. */
function versionConcerned(
  { state, rules }: At,
  record: MemberRecord,
): ProgrammeVersion | undefined {
  if (record.type === 'MemberEnrolled')
    return rules.versionAt(state.end.activatedAt ?? record.value.enrolledAt);
  const held = recordOf(state, record.value.transactionId);
  const sale = held === undefined || held.kind === 'sale' ? held : saleConcerned(state, held);
  return rules.versionAt((sale ?? record.value).occurredAt);
}
