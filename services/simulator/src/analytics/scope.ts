/**
 * Which records of the programme a question is about. `all`: the programme holds nothing but the
 * simulation. `own`: it holds others too, so only the simulation's members and tills count, and of its
 * members only those whom nobody else's records concern.
 */
export type Scope =
  | { readonly type: 'all'; readonly programme: string }
  | {
      readonly type: 'own';
      readonly programme: string;
      readonly memberPrefix: string;
      readonly terminalPrefix: string;
      /** Own members with records of others. */
      readonly without: readonly string[];
    };

const text = (value: string): string => `'${value.replace(/[\\']/g, '\\$&')}'`;

/** Conditions for relations whose rows belong to members. */
export function memberRows(scope: Scope): string {
  const conditions = [`programme = ${text(scope.programme)}`];
  if (scope.type === 'own') {
    conditions.push(`startsWith(member_id, ${text(scope.memberPrefix)})`);
    if (scope.without.length > 0)
      conditions.push(`member_id NOT IN (${scope.without.map(text).join(', ')})`);
  }
  return conditions.join(' AND ');
}

/** Conditions for relations whose rows belong to tills, with or without a member. */
export function tillRows(scope: Scope): string {
  const conditions = [`programme = ${text(scope.programme)}`];
  if (scope.type === 'own') {
    conditions.push(`startsWith(transaction_id, ${text(scope.terminalPrefix)})`);
    if (scope.without.length > 0)
      conditions.push(`ifNull(member_id, '') NOT IN (${scope.without.map(text).join(', ')})`);
  }
  return conditions.join(' AND ');
}

/** The whole programme, whoever sent its records. */
export const programmeRows = (scope: Scope): string => `programme = ${text(scope.programme)}`;

export const isCounted = (scope: Scope, memberId: string | undefined): boolean =>
  scope.type === 'all' || memberId === undefined || !scope.without.includes(memberId);
