import type { Reports } from '../api/reports.ts';
import { change } from './judgement.ts';

type Tenant = Reports['report_tenants'];

export type SortKey = 'name' | 'spend' | 'visits' | 'members' | 'status';
export interface Order {
  readonly by: SortKey;
  readonly direction: 'ascending' | 'descending';
}

/** The tenants in an order; those that are equal in it by spend, then by name. */
export function orderTenants<Item extends Tenant & { readonly judgement: string }>(
  tenants: readonly Item[],
  { by, direction }: Order,
): Item[] {
  const sign = direction === 'ascending' ? 1 : -1;
  const compare = (a: Item, b: Item): number => {
    switch (by) {
      case 'name':
        return a.name.localeCompare(b.name);
      case 'spend':
        return a.spend - b.spend;
      case 'visits':
        return a.visits - b.visits;
      case 'members':
        return a.members - b.members;
      case 'status':
        return urgency(a) - urgency(b);
    }
  };
  return [...tenants].sort(
    (a, b) => sign * compare(a, b) || b.spend - a.spend || a.name.localeCompare(b.name),
  );
}

/** Busy first, then steady, then by how far it fell. */
function urgency(tenant: Tenant & { readonly judgement: string }): number {
  if (tenant.judgement === 'busy') return -2;
  if (tenant.judgement === 'steady') return -1;
  return -(change(tenant.spend, tenant.previous_spend) ?? -1);
}

/** True when every word is found in the tenant's name, category or floor. */
export function tenantFits(
  tenant: Pick<Tenant, 'name' | 'category' | 'floor'>,
  text: string,
): boolean {
  const where = `${tenant.name} ${tenant.category} ${tenant.floor}`.toLowerCase();
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => where.includes(word));
}
