/** What a tenant sold in a period and in the one before it. */
export interface TenantFigures {
  readonly tenant_id: string;
  readonly spend: number;
  readonly visits: number;
  readonly previous_spend: number;
  readonly previous_visits: number;
}

export type Judgement = 'busy' | 'promote' | 'steady';

/** A fall of this share or more asks for promotion. */
export const fallShareMin = 0.2;
const quarter = 0.25;

/**
 * Which tenants are busy (the quarter with the most visits) and which need promotion: those without a
 * visit, and those whose spend or visits fell by `fallShareMin` or more against the period before. When
 * no tenant has anything in the period before, the quarter with the fewest visits needs promotion.
 * A busy tenant that falls needs promotion, as falling is what somebody has to act on.
 */
export function judgeTenants(tenants: readonly TenantFigures[]): Map<string, Judgement> {
  const visits = tenants.map((tenant) => tenant.visits).sort((a, b) => b - a);
  const size = Math.floor(tenants.length * quarter);
  const busyFrom = Math.max(visits[size - 1] ?? Number.POSITIVE_INFINITY, 1);
  const fewUpTo = visits[tenants.length - size] ?? -1;
  const comparable = tenants.some(
    ({ previous_spend, previous_visits }) => previous_spend > 0 || previous_visits > 0,
  );
  return new Map(
    tenants.map((tenant) => {
      if (tenant.visits === 0 || (comparable && fell(tenant))) return [tenant.tenant_id, 'promote'];
      if (tenant.visits >= busyFrom) return [tenant.tenant_id, 'busy'];
      const isFew = !comparable && tenant.visits <= fewUpTo;
      return [tenant.tenant_id, isFew ? 'promote' : 'steady'];
    }),
  );
}

const fell = (tenant: TenantFigures): boolean =>
  [change(tenant.spend, tenant.previous_spend), change(tenant.visits, tenant.previous_visits)].some(
    (share) => share !== undefined && share <= -fallShareMin,
  );

/** The change as a share of what was before; undefined when there was nothing. */
export const change = (now: number, before: number): number | undefined =>
  before === 0 ? undefined : (now - before) / before;
