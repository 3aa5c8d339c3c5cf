/** What a tenant sold in a period and in the one before it. */
export interface TenantFigures {
  readonly tenant_id: string;
  readonly category: string;
  readonly spend: number;
  readonly visits: number;
  readonly previous_spend: number;
  readonly previous_visits: number;
}

export type Judgement = 'busy' | 'promote' | 'steady';

/** A fall of this share or more asks for promotion. */
export const fallShareMin = 0.2;
/** Without a period before: less than this share of what its category's tenants have on average. */
export const categoryShareMin = 0.5;
const quarter = 0.25;

/**
 * Which tenants are busy (the quarter with the most visits) and which need promotion: those without a
 * visit, and those whose spend or visits fell by `fallShareMin` or more against the period before. When
 * no tenant has anything in the period before, those with less than `categoryShareMin` of the visits
 * of an average tenant of the same category. A busy tenant that falls needs promotion, as falling is
 * what somebody has to act on.
 */
export function judgeTenants(tenants: readonly TenantFigures[]): Map<string, Judgement> {
  const visits = tenants.map((tenant) => tenant.visits).sort((a, b) => b - a);
  const size = Math.floor(tenants.length * quarter);
  const busyFrom = Math.max(visits[size - 1] ?? Number.POSITIVE_INFINITY, 1);
  const needsPromotion = areComparable(tenants) ? fell : isSmallIn(tenants);
  return new Map(
    tenants.map((tenant) => {
      if (tenant.visits === 0 || needsPromotion(tenant)) return [tenant.tenant_id, 'promote'];
      return [tenant.tenant_id, tenant.visits >= busyFrom ? 'busy' : 'steady'];
    }),
  );
}

/** Whether anything was sold in the period before. */
export const areComparable = (tenants: readonly TenantFigures[]): boolean =>
  tenants.some(({ previous_spend, previous_visits }) => previous_spend > 0 || previous_visits > 0);

function isSmallIn(tenants: readonly TenantFigures[]): (tenant: TenantFigures) => boolean {
  const categories = new Map<string, { visits: number; tenants: number }>();
  for (const { category, visits } of tenants) {
    const sum = categories.get(category) ?? { visits: 0, tenants: 0 };
    categories.set(category, { visits: sum.visits + visits, tenants: sum.tenants + 1 });
  }
  return ({ category, visits }) => {
    const all = categories.get(category);
    return all !== undefined && visits < (categoryShareMin * all.visits) / all.tenants;
  };
}

const fell = (tenant: TenantFigures): boolean =>
  [change(tenant.spend, tenant.previous_spend), change(tenant.visits, tenant.previous_visits)].some(
    (share) => share !== undefined && share <= -fallShareMin,
  );

/** The change as a share of what was before; undefined when there was nothing. */
export const change = (now: number, before: number): number | undefined =>
  before === 0 ? undefined : (now - before) / before;
